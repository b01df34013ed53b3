"""Coverage-guided fuzzing of the reader, for a bounded time."""

import gzip
import os
import subprocess

import pytest

from tests.support import ROOT, SAMPLE

pytestmark = pytest.mark.faults

FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
FUZZ_PYTHON = ROOT / ".venv-fuzz/bin/python"
SEEDS = [
    "Fecha,Medias,Desviaciones\n2022/12/1,15.5,0.4\n2022-12-07,15,0.1\n01/12/2022,1,2\n",
    "Fecha;Medias;Desviaciones\n2022/12/1;15,5;0,4\r\n2022/12/07;1,5e1;,4\n",
    "sep=;\n\nfecha\tmedias\tdesviaciones\n2022/12/1\t15\t0\n",
    'Notas,"Fecha",Medias,Desviaciones\n"a, b",2022/12/1,"15.5",0.4\n"x,2022/12/1,1,1\n',
]
WORDS = ["2022/12/1", "31/12/2022", ",", ";", "\\x09", '\\"', "e9", "1_5", "\\x0d\\x0a",
         "\\xef\\xbb\\xbf", "\\xff\\xfe", "\\xd9\\xa1", "nan", "\\x00"]  # fmt: skip


def list_seeds() -> list[bytes]:
    contents = [SAMPLE.read_bytes(), gzip.compress(SEEDS[0].encode())]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        contents += [seed.encode(encoding) for seed in SEEDS]
    return contents


def has_atheris() -> bool:
    if not FUZZ_PYTHON.exists():
        return False
    command = [FUZZ_PYTHON, "-c", "import atheris"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_every_file_is_read_as_the_oracle_reads_it_or_rejected(tmp_path):
    if not has_atheris():
        pytest.skip("atheris is not installed for this machine")
    corpus, dictionary = tmp_path / "corpus", tmp_path / "dictionary"
    corpus.mkdir()
    seeds = list_seeds()
    for number, content in enumerate(seeds):
        (corpus / str(number)).write_bytes(content)
    dictionary.write_text("".join(f'"{word}"\n' for word in WORDS))
    process = subprocess.run(
        [
            FUZZ_PYTHON, "-m", "tests.faults.fuzz_reader", f"-max_total_time={FUZZ_SECONDS}",
            "-max_len=2000", "-timeout=10", "-rss_limit_mb=400", "-print_final_stats=1",
            f"-dict={dictionary}", f"-artifact_prefix={tmp_path}/", corpus,
        ],
        cwd=ROOT, env={"PYTHONPATH": os.pathsep.join([str(ROOT / "functions"), str(ROOT)])},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=FUZZ_SECONDS + 120, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout[-4000:]
    (runs,) = [line for line in process.stdout.splitlines() if "number_of_executed_units" in line]
    assert int(runs.split()[-1]) > 1000
    # The fuzzer reached code that the seeds do not.
    assert len(list(corpus.iterdir())) > len(seeds)
