"""Look the packages that are shipped up among known vulnerabilities, by pip-audit.

pip-audit asks one of two fixed hosts, package by package and version by version. Many a machine
reaches neither, only a mirror of the package index, which tells of a package's newest version and
perhaps of no other. So pip-audit asks this program, as it would ask OSV, and this program asks the
index that pip installs from. Whatever the index does not tell is a failure: a package that nobody
could look up is not a package without weaknesses.
"""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pip._internal.models.index import PyPI

from tools.console import Failure, err, out, run_tool
from tools.local_env import ROOT, program

SHIPPED = ("ecs/requirements.txt", "functions/requirements.txt")


def index_documents() -> str:
    """The address below which the index pip installs from has its documents about packages."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip() or PyPI.simple_url
    return index.rstrip("/").removesuffix("/simple") + "/pypi"


def weaknesses(documents: str, name: str, version: str) -> list[dict[str, Any]]:
    """What the index knows against one version of a package, as OSV would put it.

    The index: its JSON API, "Known vulnerabilities"
    OSV: https://ossf.github.io/osv-schema/

    Raises:
        LookupError: the index does not tell.
    """
    document = _document(f"{documents}/{name}/{version}/json")
    if document is None:
        # About its newest version the index speaks at the package's own address as well.
        document = _document(f"{documents}/{name}/json")
        if document is None:
            raise LookupError("the index does not know it")
        newest = document["info"]["version"]
        if newest != version:
            raise LookupError(f"the index tells only of {newest}: make lock UPGRADE=1")
    if "vulnerabilities" not in document:
        raise LookupError("the index says nothing of weaknesses")
    return [
        {
            "id": told["id"],
            "aliases": told["aliases"],
            "summary": told.get("summary") or told["details"],
            "withdrawn": told.get("withdrawn"),
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": name},
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"fixed": fixed} for fixed in told["fixed_in"]],
                        }
                    ],
                }
            ],
        }
        for told in document["vulnerabilities"]
    ]


class Answering(ThreadingHTTPServer):
    """Answers as OSV's `POST /v1/query` does.

    What the index did not tell is in `untold`; pip-audit hears of it as a package without
    weaknesses, so that it goes on to the others.
    """

    def __init__(self, documents: str) -> None:
        super().__init__(("127.0.0.1", 0), _Question)
        self.documents = documents
        self.untold: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Answering":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Question(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = asked["package"]["name"], asked["version"]
        found: list[dict[str, Any]] = []
        try:
            found = weaknesses(self.server.documents, name, version)
        except (LookupError, OSError, ValueError) as error:
            self.server.untold.append(f"{name} {version} ({error})")
        body = json.dumps({"vulns": found}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _document(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            document: dict[str, Any] = json.load(answer)
            return document
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def audit(documents: str, files: Sequence[Path]) -> int:
    """Run pip-audit over requirement files; its exit code.

    Raises:
        Failure: the index does not tell of every package in them.
    """
    with Answering(documents) as answering:
        done = subprocess.run(
            [
                program(".venv-scan", "pip-audit"),
                *("--strict", "--disable-pip", "--progress-spinner", "off"),
                *("--vulnerability-service", "osv", "--osv-url", answering.url),
                *(part for file in files for part in ("--requirement", str(file))),
            ],
            env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
    # The table of what was found. That there was nothing may be said only if all was looked up.
    out.print(done.stdout, end="", markup=False)
    if answering.untold:
        raise Failure("Not audited: " + "; ".join(answering.untold))
    err.print(done.stderr, end="", markup=False)
    return done.returncode


def main() -> int:
    """Audit what is shipped."""
    return audit(index_documents(), [ROOT / file for file in SHIPPED])


if __name__ == "__main__":
    run_tool(main)
