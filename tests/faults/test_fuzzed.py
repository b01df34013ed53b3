"""The reader under a fuzzer that sees which of its code a file reaches, for a bounded time."""

import gzip
import os
import subprocess

import pytest

from tests.support import ROOT, SAMPLE

pytestmark = pytest.mark.faults
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
PYTHON = ROOT / ".venv-fuzz/bin/python"
SEEDS = [
    "Fecha,Medias,Desviaciones\n2022/12/1,15.5,0.4\n2022-12-07,15,0.1\n01/12/2022,1,2\n",
    "Fecha;Medias;Desviaciones\n2022/12/1;15,5;0,4\r\n2022/12/07;1,5e1;,4\n",
    "sep=;\n\nfecha\tmedias\tdesviaciones\n2022/12/1\t15\t0\n",
    'Notas,"Fecha",Medias,Desviaciones\n"a, b",2022/12/1,"15.5",0.4\n"x,2022/12/1,1,1\n',
]


@pytest.mark.skipif(
    not PYTHON.exists()
    or subprocess.run([PYTHON, "-c", "import atheris"], capture_output=True, check=False).returncode
    != 0,
    reason="there is no atheris for this machine",
)
def test_no_file_breaks_the_reader_or_makes_it_say_what_the_file_does_not(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    contents = [SAMPLE.read_bytes(), gzip.compress(SEEDS[0].encode())]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        contents += [seed.encode(encoding) for seed in SEEDS]
    for number, content in enumerate(contents):
        (corpus / str(number)).write_bytes(content)
    dictionary = tmp_path / "dictionary"
    words = ["2022/12/1", "31/12/2022", ",", ";", "\\x09", '\\"', "e9", "1_5", "\\x0d\\x0a",
             "\\xef\\xbb\\xbf", "\\xff\\xfe", "\\xd9\\xa1", "nan", "\\x00"]  # fmt: skip
    dictionary.write_text("".join(f'"{word}"\n' for word in words))
    done = subprocess.run(
        [
            PYTHON, "-m", "tests.faults.fuzz_reader", f"-max_total_time={SECONDS}",
            "-max_len=2000", "-timeout=10", "-rss_limit_mb=400", "-print_final_stats=1",
            f"-dict={dictionary}", f"-artifact_prefix={tmp_path}/", corpus,
        ],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=SECONDS + 120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    runs = [line for line in done.stdout.splitlines() if "number_of_executed_units" in line]
    assert int(runs[0].split()[-1]) > 1000
    # It came further than the seeds did.
    assert len(list(corpus.iterdir())) > len(contents)
