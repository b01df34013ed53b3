"""Programs that take long and need nobody: they run beside the other tests."""

import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support import ROOT, SAMPLE

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


class Program:
    """Started early, asked late."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._process: subprocess.Popen[str] | None = None
        self._told = ""

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={"PYTHONPATH": os.pathsep.join([str(ROOT / "functions"), str(ROOT)])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def output(self) -> str:
        """What it said, once it has ended well."""
        assert self._process
        self._told = self._process.communicate(timeout=self._seconds)[0]
        assert self._process.returncode == 0, self._told[-4000:]
        return self._told

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


type Aside = dict[str, Program]


def memory_of(rows: int) -> Program:
    """Reads a file of so many rows; says how much memory that took at the most."""
    return Program([sys.executable, "-m", "tests.faults.memory", str(rows)], 600)


def fuzzer(folder: Path) -> Program:
    """Makes files for a bounded time; what it finds is kept in folder/corpus."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds()):
        (corpus / str(number)).write_bytes(content)
    dictionary = folder / "dictionary"
    dictionary.write_text("".join(f'"{word}"\n' for word in WORDS))
    command = [
        str(FUZZ_PYTHON), "-m", "tests.faults.fuzz_reader", f"-max_total_time={FUZZ_SECONDS}",
        "-max_len=2000", "-timeout=10", "-rss_limit_mb=400", "-print_final_stats=1",
        f"-dict={dictionary}", f"-artifact_prefix={folder}/", str(corpus),
    ]  # fmt: skip
    return Program(command, FUZZ_SECONDS + 120)


def seeds() -> list[bytes]:
    """Files to begin with."""
    contents = [SAMPLE.read_bytes(), gzip.compress(SEEDS[0].encode())]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        contents += [seed.encode(encoding) for seed in SEEDS]
    return contents


def can_fuzz() -> bool:
    """Whether there is an atheris for this machine."""
    if not FUZZ_PYTHON.exists():
        return False
    tried = subprocess.run([FUZZ_PYTHON, "-c", "import atheris"], capture_output=True, check=False)
    return tried.returncode == 0
