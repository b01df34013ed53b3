"""pip-audit, and an index that knows of weaknesses, or does not tell."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.audit import audit
from tools.console import Failure

pytestmark = pytest.mark.faults

WEAKNESS = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "details": "A header of a megabyte\nis read whole.",
    "fixed_in": ["2.1"],
    "summary": None,
    "withdrawn": None,
}


class Index(ThreadingHTTPServer):
    """A package index with the documents it is given, by path; it knows of nothing else."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Document)
        self.documents: dict[str, dict[str, Any]] = {}

    def tell(self, name: str, newest: str, weaknesses: list[dict[str, Any]]) -> None:
        """What a mirror has: one document, about the newest version."""
        document = {"info": {"version": newest}, "vulnerabilities": weaknesses}
        self.documents[f"/pypi/{name}/json"] = document

    def audit(self, file: Path, *pins: str) -> int:
        """Audit a requirements file of these pins."""
        file.write_text("".join(f"{pin} --hash=sha256:{'0' * 64}\n" for pin in pins))
        return audit(f"http://127.0.0.1:{self.server_port}/pypi", [file])


class Document(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        document = self.server.documents.get(self.path)
        body = json.dumps(document or {}).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        threading.Thread(target=index.serve_forever, daemon=True).start()
        yield index
        index.shutdown()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "requirements.txt"


def test_packages_without_known_weaknesses_pass(
    index: Index, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.tell("yarl", "1.25.1", [])
    index.tell("idna", "3.20", [])

    assert index.audit(file, "yarl==1.25.1", "idna==3.20") == 0
    assert "No known vulnerabilities found" in capsys.readouterr().err


def test_a_known_weakness_fails_and_says_what_mends_it(
    index: Index, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.tell("yarl", "2.0", [WEAKNESS])
    index.tell("idna", "3.20", [])

    assert index.audit(file, "yarl==2.0", "idna==3.20") == 1
    assert capsys.readouterr().out.split()[-4:] == ["yarl", "2.0", "PYSEC-2026-1", "2.1"]


def test_a_weakness_that_was_withdrawn_is_none(index: Index, file: Path) -> None:
    index.tell("yarl", "2.0", [WEAKNESS | {"withdrawn": "2026-02-01T00:00:00Z"}])

    assert index.audit(file, "yarl==2.0") == 0


def test_what_the_index_says_of_the_newest_version_says_nothing_of_an_older_one(
    index: Index, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.tell("yarl", "2.0", [])
    index.tell("idna", "3.20", [WEAKNESS])

    with pytest.raises(Failure, match=r"^Not audited: yarl 1.9 \(.* only of 2.0: .*\)$"):
        index.audit(file, "yarl==1.9", "idna==3.20")

    said = capsys.readouterr()
    # What was found is still told; that there is nothing else is not.
    assert "PYSEC-2026-1" in said.out
    assert said.err == ""


def test_an_older_version_is_audited_where_the_index_tells_of_it(index: Index, file: Path) -> None:
    index.tell("yarl", "2.1", [])
    index.documents["/pypi/yarl/2.0/json"] = {
        "info": {"version": "2.0"},
        "vulnerabilities": [WEAKNESS],
    }

    assert index.audit(file, "yarl==2.0") == 1


def test_every_package_the_index_does_not_tell_of_is_named(index: Index, file: Path) -> None:
    index.documents["/pypi/idna/json"] = {"info": {"version": "3.20"}}

    with pytest.raises(Failure, match=r"yarl 2.0 \(.*not know it\); idna 3.20 \(.*says nothing"):
        index.audit(file, "yarl==2.0", "idna==3.20")


def test_an_index_that_is_not_there_fails(file: Path) -> None:
    file.write_text(f"yarl==2.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(Failure, match="yarl 2.0 .*refused"):
        audit("http://127.0.0.1:9/pypi", [file])
