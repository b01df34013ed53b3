"""The transport under DynamoDB's client, against servers that behave and servers that do not."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl

import pytest
from aiodynamo.credentials import Key
from aiodynamo.http.types import Request, RequestFailed
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters import http, signing
from adapters.http import Http

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def talk(serve, use, *, tls=None, **timeouts):
    """Run a client against a server whose every connection is `serve(reader, writer, number)`."""

    async def run():
        number = 0

        async def connected(reader, writer):
            nonlocal number
            number += 1
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(reader, writer, number)
            writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        async with server, Http(**timeouts) as client:
            scheme = "https" if tls else "http"

            def ask(path="/", method="POST", body=b"{}"):
                url = f"{scheme}://127.0.0.1:{port}{path}"
                return client(Request(method, url, {"X-A": "b"}, body))

            found = await use(ask)
        return found, number

    return asyncio.run(run())


async def request_from(reader):
    """A request's head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def answering(reader, writer, number):
    while True:
        await request_from(reader)
        writer.write(OK)


def test_a_request_is_whole_and_the_connection_is_used_again():
    seen = []

    async def serve(reader, writer, number):
        while True:
            seen.append(await request_from(reader))
            writer.write(OK)

    async def use(ask):
        return [await ask(body=b"one"), await ask("/a?b=c", "GET", None)]

    answers, connections = talk(serve, use)
    assert [(one.status, one.body) for one in answers] == [(200, b"ok")] * 2
    assert connections == 1
    assert seen[0][0].startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"X-A: b\r\n" in seen[0][0]
    assert seen[0][1] == b"one"
    assert seen[1][0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_requests_at_once_have_a_connection_each_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(http, "CONNECTIONS", 5)

    async def serve(reader, writer, number):
        while True:
            await request_from(reader)
            await asyncio.sleep(0.01)
            writer.write(OK)

    async def use(ask):
        return await asyncio.gather(*(ask() for _ in range(40)))

    answers, connections = talk(serve, use)
    assert len(answers) == 40
    assert connections == 5


def test_a_connection_closed_while_idle_is_replaced_and_nobody_notices():
    async def serve(reader, writer, number):
        await request_from(reader)
        writer.write(OK)
        if number < 3:
            # Closed only when the next request has come, as in the race of real servers.
            await reader.read(1)
            writer.transport.abort()
            return
        await answering(reader, writer, number)

    async def use(ask):
        return [await ask() for _ in range(3)]

    answers, _ = talk(serve, use)
    assert [one.body for one in answers] == [b"ok"] * 3


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b"hello\r\n\r\n", b"HTTP/1.1 200"],
    ids=["nothing", "too-little", "no-http", "half-a-line"],
)
def test_a_server_that_breaks_off_is_a_failed_request(said):
    async def serve(reader, writer, number):
        await request_from(reader)
        writer.write(said)

    with pytest.raises(RequestFailed):
        talk(serve, lambda ask: ask())


def test_a_server_that_says_nothing_is_given_up_in_time():
    async def serve(reader, writer, number):
        await reader.read()

    with pytest.raises(TimeoutError):
        talk(serve, lambda ask: ask(), total_timeout=0.05)


def test_a_timeout_or_a_cancelled_request_leaves_no_answer_behind_for_the_next():
    async def serve(reader, writer, number):
        while True:
            _, body = await request_from(reader)
            await asyncio.sleep(float(body))
            writer.write(OK.replace(b"ok", body[-2:]))

    async def use(ask):
        with pytest.raises(TimeoutError):
            await ask(body=b"0.25")
        cancelled = asyncio.create_task(ask(body=b"0.12"))
        await asyncio.sleep(0.01)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        return await ask(body=b"0.00")

    answer, connections = talk(serve, use, total_timeout=0.2)
    assert answer.body == b"00"
    assert connections == 3


def test_nobody_there_is_a_failed_request():
    async def run():
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with Http() as client:
            await client(Request("GET", f"http://127.0.0.1:{port}/", None, None))

    with pytest.raises(RequestFailed):
        asyncio.run(run())


def test_a_line_break_cannot_be_smuggled_into_a_header():
    async def run():
        async with Http() as client:
            await client(Request("GET", "http://127.0.0.1:1/", {"A": "b\r\nC: d"}, None))

    with pytest.raises(RequestFailed):
        asyncio.run(run())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody trusts, with its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def server_tls(certificate):
    http._tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield context
    http._tls.cache_clear()


def test_a_certificate_nobody_vouches_for_is_a_failed_request(server_tls):
    with pytest.raises(RequestFailed) as caught:
        talk(answering, lambda ask: ask(), tls=server_tls)
    assert isinstance(caught.value.inner, ssl.SSLCertVerificationError)


def test_over_tls_with_a_certificate_that_is_trusted(server_tls, certificate, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))

    async def use(ask):
        return [await ask(), await ask()]

    answers, connections = talk(answering, use, tls=server_tls)
    assert [one.body for one in answers] == [b"ok", b"ok"]
    assert connections == 1


@pytest.mark.parametrize("token", [None, "a-session-token"])
@pytest.mark.parametrize("host", ["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:4566"])
def test_a_signature_is_the_one_botocore_makes(token, host, monkeypatch):
    body = b'{"TableName":"t"}'
    ours = signing.headers(Key("id", "secret", token), "eu-west-1", host, "Query", body)
    names = ("Content-Type", "X-Amz-Target")
    request = AWSRequest("POST", f"http://{host}/", {name: ours[name] for name in names}, body)
    moment = datetime.datetime.strptime(ours["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    signer = SigV4Auth(Credentials("id", "secret", None), "dynamodb", "eu-west-1")
    signer.add_auth(request)
    assert ours["Authorization"] == request.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == token
