"""What the client does about an answer that is none: retries, credentials, giving up."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
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
from aiodynamo.models import StaticDelayRetry
from yarl import URL

from adapters import dynamo
from adapters.dynamo import LeanClient


def refusal(kind, status=400):
    return Response(status, json.dumps({"__type": f"com.amazonaws#{kind}"}).encode())


OK = Response(200, b'{"Item": {}}')
THROTTLED = refusal("ProvisionedThroughputExceededException")
EXPIRED = refusal("ExpiredTokenException")


EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def credentials():
    """As a server of Go's may send them: in chunks."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    content = {
        "AccessKeyId": "fromtask",
        "SecretAccessKey": "secret",
        "Token": "token",
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
        len(body),
        body,
    )


class Wire:
    """Answers in turn, the last one again and again; remembers what was sent."""

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), []

    async def __call__(self, request):
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Renewable(Credentials):
    """Credentials that are others each time they are invalidated."""

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
    client = LeanClient(
        wire,
        credentials or StaticCredentials(Key("id", "secret", "token")),
        "eu-west-1",
        endpoint=URL("http://127.0.0.1:4567"),
        throttle_config=StaticDelayRetry(time_limit_secs=seconds, delay=0.001),
    )
    return asyncio.run(client.send_request(action="GetItem", payload={"TableName": "t"}))


@pytest.mark.parametrize(
    "passing",
    [
        THROTTLED,
        refusal("ThrottlingException"),
        Response(500, b""),
        Response(503, b""),
        refusal("RequestLimitExceeded"),
        Response(429, b""),
        Response(502, b"<html>Bad Gateway</html>"),
        Response(504, b""),
        refusal("ValidationException", 507),
        TimeoutError(),
        RequestFailed(ConnectionResetError()),
    ],
)
def test_what_passes_is_tried_again(passing):
    wire = Wire(passing, passing, OK)
    assert send(wire) == {"Item": {}}
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("lasting", "error"),
    [
        (THROTTLED, ProvisionedThroughputExceeded),
        (Response(503, b""), ServiceUnavailable),
        (refusal("RequestLimitExceeded"), RequestLimitExceeded),
        (Response(502, b"<html>"), UnknownError),
        (TimeoutError(), TimeoutError),
        (RequestFailed(ConnectionResetError()), ConnectionResetError),
    ],
)
def test_when_the_time_is_over_it_says_what_it_met_with(lasting, error):
    wire = Wire(lasting)
    with pytest.raises(error):
        send(wire, seconds=0.05)
    assert len(wire.sent) > 2


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (refusal("ResourceNotFoundException"), TableNotFound),
        (refusal("ValidationException"), ValidationException),
        (refusal("AccessDeniedException"), AccessDenied),
        (refusal("ConditionalCheckFailedException"), ConditionalCheckFailed),
        (Response(400, b""), UnknownError),
        (Response(413, b"<html>"), UnknownError),
    ],
)
def test_what_another_attempt_cannot_cure_is_said_at_once(refused, error):
    wire = Wire(refused)
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


def test_credentials_come_from_the_containers_endpoint(monkeypatch):
    asked = []

    async def serve(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].split()[0]
                await reader.readexactly(int(length))
                asked.append(head)
                writer.write(credentials() if head.startswith(b"GET /credentials") else EMPTY)
        writer.close()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{port}/credentials"
        )
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", "/nonexistent")
        async with dynamo.connect("eu-west-1", f"http://127.0.0.1:{port}", 2.0) as client:
            await client.send_request(action="GetItem", payload={})
            await client.send_request(action="GetItem", payload={})
        server.close()

    asyncio.run(run())

    assert sum(head.startswith(b"GET /credentials") for head in asked) == 1
    assert all(b"Credential=fromtask/" in head for head in asked[1:])
