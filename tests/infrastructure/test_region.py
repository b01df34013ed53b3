"""The AWS region: each source alone, and their order."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.aws import account, region
from cli.console import Failure
from cli.process import free_port

pytestmark = pytest.mark.usefixtures("shell")
# In the order of AWS's own tools; each value is the region it gives.
SOURCES = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "profile": "eu-west-3",
    "instance": "eu-north-1",
}


class Metadata(http.server.BaseHTTPRequestHandler):
    """The instance metadata service, version 2."""

    def do_PUT(self) -> None:
        assert self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self._answer(200 if self.path == "/latest/api/token" else 404, "secret")

    def do_GET(self) -> None:
        trusted = self.headers["X-aws-ec2-metadata-token"] == "secret"
        right = trusted and self.path == "/latest/meta-data/placement/region"
        self._answer(200 if right else 401, SOURCES["instance"])

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def metadata() -> Iterator[str]:
    """Run a metadata service, and return its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def set_source(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path, metadata: str) -> None:
    if name == "profile":
        config = folder / "config"
        config.write_text(f"[profile work]\nregion = {SOURCES[name]}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_PROFILE", "work")
    elif name == "instance":
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)
    else:
        monkeypatch.setenv(name, SOURCES[name])


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_suffices(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, metadata: str
) -> None:
    set_source(source, monkeypatch, tmp_path, metadata)

    assert region.find_region() == SOURCES[source]


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_first_of_the_sources_counts(
    first: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, metadata: str
) -> None:
    names = list(SOURCES)[first:]
    for name in names:
        set_source(name, monkeypatch, tmp_path, metadata)

    assert region.find_region() == SOURCES[names[0]]


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")

    assert region.find_region() == "eu-west-2"


def test_the_instance_is_not_asked_if_that_is_disabled(
    monkeypatch: pytest.MonkeyPatch, metadata: str
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)

    assert region.find_region() is None


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "nonsense", "http://["])
def test_an_instance_that_does_not_answer_has_no_region(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", address.format(port=free_port()))

    assert region.find_region() is None


def test_a_proxy_is_not_used_for_the_instance(
    monkeypatch: pytest.MonkeyPatch, metadata: str
) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert region.find_region() == SOURCES["instance"]


@pytest.mark.parametrize("value", ["eu west", "..."])
def test_an_impossible_region_is_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AWS_REGION", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    with pytest.raises(Failure, match="AWS cannot be used") as failed:
        account.find("dev")

    assert "\n" not in str(failed.value)
