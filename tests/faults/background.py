"""Long-running programs, run in the background of the other tests."""

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
    """A child process, started before the tests and read after them."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._process: subprocess.Popen[str] | None = None

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
        """Wait until the program has ended with exit code 0, and return its output."""
        assert self._process
        output = self._process.communicate(timeout=self._seconds)[0]
        assert self._process.returncode == 0, output[-4000:]
        return output

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


type Programs = dict[str, Program]


def memory_program(rows: int) -> Program:
    """Return a program that reads a file of this many rows and prints its peak memory in KB."""
    return Program([sys.executable, "-m", "tests.faults.memory", str(rows)], 600)


def fuzzer_program(folder: Path) -> Program:
    """Return a program that fuzzes the reader for FUZZ_SECONDS, with its corpus in the folder."""
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
    """Return the seed corpus."""
    contents = [SAMPLE.read_bytes(), gzip.compress(SEEDS[0].encode())]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        contents += [seed.encode(encoding) for seed in SEEDS]
    return contents


def can_fuzz() -> bool:
    """Return True if atheris is installed for this machine."""
    if not FUZZ_PYTHON.exists():
        return False
    command = [FUZZ_PYTHON, "-c", "import atheris"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
