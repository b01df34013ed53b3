"""A proxy between the functions and an emulator that injects faults of AWS and the network."""

import asyncio
import json
import random
import threading
from collections import Counter
from typing import Any, Self

import aiohttp
from aiohttp import web
from yarl import URL

STALL = 3.0
HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
THROTTLING = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"

# Kinds of fault.
THROTTLED, FAILED, RESET, LOST, STALLED, CUT, PARTLY = (
    "throttled", "failed", "reset", "answer lost", "stalled", "cut", "partly done",
)  # fmt: skip
KINDS = (THROTTLED, FAILED, RESET, LOST, STALLED, CUT, PARTLY)


class FaultyProxy:
    """Forward requests from a port of 127.0.0.1 to the emulator, in a separate thread.

    Attributes:
        endpoint: The proxy's address.
        likelihood: Probability of a fault by service; 0 for services without an entry.
        kinds: Kinds of fault, equally likely; STALLED half as often, because it takes time.
        injected: Number of faults by service and kind.
    """

    def __init__(self, upstream: str, seed: int = 0) -> None:
        self.endpoint = ""
        self.likelihood: dict[str, float] = {}
        self.kinds: tuple[str, ...] = KINDS
        self.injected: Counter[tuple[str, str]] = Counter()
        self._upstream = upstream
        self._chance = random.Random(seed)
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            self._ready.set()
            await self._over.wait()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        service = _service(request, body)
        kind = self._fault(service, request, body)
        if kind:
            self.injected[service, kind] += 1
        match kind:
            case "throttled":
                return _throttled(service)
            case "failed":
                return web.Response(status=500, text="{}")
            case "reset":
                return _broken(request)
            case "stalled":
                await asyncio.sleep(STALL)
                return _broken(request)
            case "partly done":
                return await self._partly(request, body)
        status, headers, content = await self._forward(request, body)
        if kind == LOST:
            return _broken(request)
        if kind == CUT:
            response = web.StreamResponse(status=status, headers=headers)
            response.content_length = len(content)
            await response.prepare(request)
            await response.write(content[: len(content) // 2])
            return _broken(request)
        # The response to HEAD has a Content-Length without a body.
        return web.Response(status=status, headers=headers, body=content)

    def _fault(self, service: str, request: web.Request, body: bytes) -> str:
        if self._chance.random() >= self.likelihood.get(service, 0):
            return ""
        kind = self._chance.choice(self.kinds)
        if kind == STALLED and STALLED in self.kinds[1:] and self._chance.random() < 0.5:
            kind = self.kinds[0]
        if kind == PARTLY and not _is_batch(request, body):
            return LOST
        return kind

    async def _forward(
        self, request: web.Request, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        headers.pop("Expect", None)
        url = URL(self._upstream + request.raw_path, encoded=True)
        async with self._session.request(request.method, url, headers=headers, data=body) as answer:
            content = await answer.read()
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
            return answer.status, kept, content

    async def _partly(self, request: web.Request, body: bytes) -> web.Response:
        """Write part of a batch, in random order, and return the rest as unprocessed."""
        payload = json.loads(body)
        ((table, requests),) = payload["RequestItems"].items()
        self._chance.shuffle(requests)
        cut = self._chance.randint(0, len(requests) - 1)
        if cut:
            part = json.dumps({"RequestItems": {table: requests[:cut]}}).encode()
            status, headers, content = await self._forward(request, part)
            if status != 200:
                return web.Response(status=status, headers=headers, body=content)
        return _json(200, {"UnprocessedItems": {table: requests[cut:]}})


def _service(request: web.Request, body: bytes) -> str:
    target = request.headers.get("X-Amz-Target", "")
    if target.startswith("DynamoDB"):
        return "DynamoDB"
    if b"Action=Publish" in body or "SimpleNotification" in target:
        return "SNS"
    return "SQS" if target.startswith("AmazonSQS") or b"Action=" in body else "S3"


def _is_batch(request: web.Request, body: bytes) -> bool:
    return request.headers.get("X-Amz-Target", "").endswith("BatchWriteItem") and b"Put" in body


def _throttled(service: str) -> web.Response:
    if service == "DynamoDB":
        name = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        return _json(400, {"__type": name, "message": "slow down"})
    body = SLOW_DOWN if service == "S3" else THROTTLING
    status = 503 if service == "S3" else 400
    return web.Response(status=status, body=body, content_type="application/xml")


def _json(status: int, content: Any) -> web.Response:
    return web.Response(
        status=status, text=json.dumps(content), content_type="application/x-amz-json-1.0"
    )


def _broken(request: web.Request) -> web.Response:
    """Reset the connection; the returned response is not sent."""
    if request.transport:
        request.transport.abort()
    return web.Response()
