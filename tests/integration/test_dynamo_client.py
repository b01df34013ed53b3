"""DynamoDB's client: retries, deadlines, credentials, TLS."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from aiodynamo.client import Client
from aiodynamo.credentials import Credentials, Key, StaticCredentials
from aiodynamo.errors import (
    AccessDenied,
    ConditionalCheckFailed,
    ExpiredToken,
    NoCredentialsFound,
    ProvisionedThroughputExceeded,
    RequestLimitExceeded,
    ServiceUnavailable,
    TableNotFound,
    UnknownError,
    ValidationException,
)
from aiodynamo.http.types import RequestFailed, Response
from aiohttp import ClientConnectorCertificateError, web
from yarl import URL

from adapters import dynamodb
from tests.fakes.dynamo import error_response
from tests.serving import create_certificate

OK = Response(200, b'{"Item": {}}')
THROTTLED = error_response("ProvisionedThroughputExceededException")
EXPIRED = error_response("ExpiredTokenException")


class Wire:
    """HTTP client that returns its responses in turn and repeats the last; keeps the requests."""

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), []

    async def __call__(self, request):
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Renewable(Credentials):
    """Credentials with a new key after each invalidation."""

    def __init__(self):
        self.number = 0

    async def get_key(self, http):
        return Key(f"key{self.number}", "secret")

    def invalidate(self):
        self.number += 1
        return True

    def is_disabled(self):
        return False


def send(wire, credentials=None, seconds=5.0):
    client = Client(
        dynamodb.TransientErrors(wire),
        credentials or StaticCredentials(Key("id", "secret", "token")),
        "eu-west-1",
        endpoint=URL("http://127.0.0.1:4567"),
        throttle_config=dynamodb.JitterRetry(
            time_limit_secs=seconds, base_delay_secs=0.001, max_delay_secs=0.001
        ),
    )
    return asyncio.run(client.send_request(action="GetItem", payload={"TableName": "t"}))


@pytest.mark.parametrize(
    "transient",
    [
        THROTTLED,
        error_response("ThrottlingException"),
        Response(500, b""),
        Response(503, b""),
        error_response("RequestLimitExceeded"),
        Response(429, b""),
        Response(502, b"<html>Bad Gateway</html>"),
        Response(504, b""),
        error_response("ValidationException", 507),
        TimeoutError(),
        RequestFailed(ConnectionResetError()),
    ],
)
def test_transient_errors_are_retried(transient):
    wire = Wire(transient, transient, OK)
    assert send(wire) == {"Item": {}}
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("persistent", "error"),
    [
        (THROTTLED, ProvisionedThroughputExceeded),
        (Response(503, b""), ServiceUnavailable),
        (error_response("RequestLimitExceeded"), RequestLimitExceeded),
        (Response(502, b"<html>"), UnknownError),
        (TimeoutError(), TimeoutError),
        (RequestFailed(ConnectionResetError()), ConnectionResetError),
    ],
)
def test_the_last_error_is_raised_at_the_deadline(monkeypatch, persistent, error):
    # The clock advances by 20 ms with each attempt.
    clock = SimpleNamespace(monotonic=count(0, 0.02).__next__)
    monkeypatch.setattr(dynamodb, "time", clock)
    wire = Wire(persistent)
    with pytest.raises(error):
        send(wire, seconds=0.05)
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (error_response("ResourceNotFoundException"), TableNotFound),
        (error_response("ValidationException"), ValidationException),
        (error_response("AccessDeniedException"), AccessDenied),
        (error_response("ConditionalCheckFailedException"), ConditionalCheckFailed),
        (Response(400, b""), UnknownError),
        (Response(413, b"<html>"), UnknownError),
    ],
)
def test_permanent_errors_are_not_retried(response, error):
    wire = Wire(response)
    with pytest.raises(error):
        send(wire)
    assert len(wire.sent) == 1


def test_expired_credentials_are_renewed_and_used():
    wire = Wire(EXPIRED, OK)
    assert send(wire, Renewable()) == {"Item": {}}
    used = [request.headers["Authorization"] for request in wire.sent]
    assert ["Credential=key0/" in used[0], "Credential=key1/" in used[1]] == [True, True]


def test_expired_credentials_that_cannot_be_renewed_are_an_error():
    with pytest.raises(ExpiredToken):
        send(Wire(EXPIRED))


def test_no_credentials_are_an_error():
    wire = Wire(OK)
    with pytest.raises(NoCredentialsFound):
        send(wire, StaticCredentials(None), seconds=0.01)
    assert wire.sent == []


def test_a_request_is_addressed_and_signed():
    wire = Wire(OK)
    send(wire)
    (request,) = wire.sent
    assert (request.method, request.url) == ("POST", "http://127.0.0.1:4567")
    assert request.body == b'{"TableName":"t"}'
    assert request.headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert request.headers["X-Amz-Security-Token"] == "token"


@asynccontextmanager
async def serve(handle, tls=None):
    """Answer every request to a port of 127.0.0.1 with `handle(request)`; yield its URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def get_items(handle, count=1, tls=None, retry_seconds=2.0):
    """Send so many requests through one client to a server; return the responses."""

    async def run():
        async with (
            serve(handle, tls) as url,
            dynamodb.connect("eu-west-1", url, retry_seconds) as client,
        ):
            return [await client.send_request(action="GetItem", payload={}) for _ in range(count)]

    return asyncio.run(run())


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def test_requests_share_a_connection_and_name_the_signed_host(key):
    connections = set()

    async def handle(request):
        connections.add((request.transport.get_extra_info("peername"), request.headers["Host"]))
        return web.json_response({})

    assert get_items(handle, 3) == [{}, {}, {}]
    ((_, host),) = connections
    assert host == "127.0.0.1"


def test_a_connection_closed_while_idle_is_replaced(key):
    numbers = count()

    async def handle(request):
        if next(numbers) == 1:
            # Closed only when the next request has come, as in the race of real servers.
            request.transport.abort()
        return web.json_response({})

    assert get_items(handle, 2) == [{}, {}]
    assert next(numbers) == 3


def test_an_attempt_ends_in_time_and_is_repeated(key, monkeypatch):
    monkeypatch.setattr(dynamodb, "TOTAL_TIMEOUT", 0.1)
    numbers = count()

    async def handle(request):
        attempt = next(numbers)
        if attempt == 0:
            await asyncio.sleep(5)
        return web.json_response({"attempt": attempt})

    assert get_items(handle) == [{"attempt": 1}]


def test_a_server_that_never_answers_is_a_timeout(key, monkeypatch):
    monkeypatch.setattr(dynamodb, "TOTAL_TIMEOUT", 0.1)

    async def handle(request):
        await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        get_items(handle, retry_seconds=0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return create_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def answer(request):
    return web.json_response({})


def test_an_untrusted_certificate_is_an_error(key, server_tls, monkeypatch):
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with pytest.raises(ClientConnectorCertificateError):
        get_items(answer, tls=server_tls, retry_seconds=0)


def test_the_ca_bundle_of_the_environment_is_trusted(key, server_tls, certificate, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[0]))
    assert get_items(answer, tls=server_tls) == [{}]


def test_credentials_come_from_the_containers_endpoint(monkeypatch):
    paths, signatures = [], []
    expires = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    credentials = {"AccessKeyId": "fromtask", "SecretAccessKey": "secret", "Token": "token"}

    async def handle(request):
        paths.append(request.path)
        if request.path == "/credentials":
            return web.json_response(credentials | {"Expiration": expires})
        signatures.append(request.headers["Authorization"])
        return web.json_response({})

    async def run():
        async with serve(handle) as url:
            monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/credentials")
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("HOME", "/nonexistent")
            async with dynamodb.connect("eu-west-1", url, 2.0) as client:
                await client.send_request(action="GetItem", payload={})
                await client.send_request(action="GetItem", payload={})

    asyncio.run(run())

    assert paths == ["/credentials", "/", "/"]
    assert all("Credential=fromtask/" in signature for signature in signatures)
