"""DynamoDB's client: aiodynamo over aiohttp, and queries by partition and sort key."""

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiodynamo.client import Client
from aiodynamo.credentials import Credentials
from aiodynamo.errors import RequestLimitExceeded, exception_from_response
from aiodynamo.http.aiohttp import AIOHTTP
from aiodynamo.http.types import HttpImplementation, Request, RequestFailed, Response
from aiodynamo.models import DecorelatedJitterRetry, RetryTimeout
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

# Seconds: of an attempt, and within it until there is a connection for it.
TOTAL_TIMEOUT, CONNECT_TIMEOUT = 5.0, 2.0


@dataclass(frozen=True)
class TransientErrors:
    """HTTP client for aiodynamo that reports transient error responses as failed requests.

    aiodynamo retries failed requests, throttling, 500 and 503, but raises at once on the other
    responses of proxies and load balancers (429, 502, 504) and on an account's request limit.
    """

    http: HttpImplementation

    async def __call__(self, request: Request) -> Response:
        response = await self.http(request)
        if response.status != 200:
            error = exception_from_response(response.status, response.body)
            if (
                response.status == 429
                or response.status >= 500
                or isinstance(error, RequestLimitExceeded)
            ):
                raise RequestFailed(error)
        return response


class JitterRetry(DecorelatedJitterRetry):
    """aiodynamo's retries with jitter, as an iterator that can be left without closing it.

    A request that succeeds leaves the asynchronous generator of the base class, and closing that
    takes a task: a tenth of the cost of a request.
    """

    def attempts(self) -> AsyncIterator[None]:
        return Attempts(self.delays(), self.time_limit_secs)


class Attempts(AsyncIterator[None]):
    """Iterator over attempts: the first at once, each other after its delay, within a time."""

    def __init__(self, delays: Iterable[float], seconds: float) -> None:
        self._delays = iter(delays)
        self._deadline = time.monotonic() + seconds
        self._first = True

    async def __anext__(self) -> None:
        if self._first:
            self._first = False
            return
        if time.monotonic() > self._deadline:
            raise RetryTimeout
        await asyncio.sleep(next(self._delays))


@asynccontextmanager
async def connect(
    region: str, endpoint_url: str | None, retry_seconds: float
) -> AsyncIterator[Client]:
    """Open a client with both timeouts, retries with jitter and the usual credentials chain.

    Args:
        region: AWS region.
        endpoint_url: None for AWS itself.
        retry_seconds: time within which a failed request is retried.
    """
    endpoint = URL(endpoint_url) if endpoint_url else None
    # As botocore and the AWS CLI do; without it aiohttp trusts the system's certificates.
    ca_bundle = os.environ.get("AWS_CA_BUNDLE")
    async with ClientSession(
        connector=TCPConnector(ssl=ssl.create_default_context(cafile=ca_bundle))
        if ca_bundle
        else None,
        # aiodynamo signs the host without the port of an emulator.
        headers={"Host": str(endpoint.host)} if endpoint else None,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=TOTAL_TIMEOUT, connect=CONNECT_TIMEOUT),
    ) as session:
        yield Client(
            TransientErrors(AIOHTTP(session)),
            Credentials.auto(),
            region,
            endpoint=endpoint,
            numeric_type=int,
            throttle_config=JitterRetry(
                time_limit_secs=retry_seconds, base_delay_secs=0.05, max_delay_secs=2
            ),
        )


class TooManyItems(Exception):
    """A request needs more items than it may read.

    Attributes:
        limit: number of items that it may read.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} items")
        self.limit = limit


def check_number(number: int, limit: int | None) -> None:
    """Raise TooManyItems if a number of items is over a limit; None is no limit."""
    if limit is not None and number > limit:
        raise TooManyItems(limit)


async def query(
    client: Client,
    table: str,
    partition: str,
    between: tuple[str, str] | None = None,
    *,
    consistent: bool = False,
    max_items: int | None = None,
) -> list[dict[str, Any]]:
    """Return all items of a partition by sort key, in DynamoDB JSON.

    aiodynamo's Table.query converts every attribute to a Python value, which costs more than the
    figure computed from it.

    Args:
        client: from connect().
        table: name of the table.
        partition: value of pk.
        between: lowest and highest sk, both included.
        consistent: whether to see every write acknowledged before.
        max_items: number of items to read at most; None for no limit.

    Raises:
        TooManyItems: there are more than max_items.
    """
    values = {":v0": {"S": partition}}
    names = {"#n0": "pk"}
    condition = "#n0 = :v0"
    if between:
        names["#n1"] = "sk"
        values |= {":v1": {"S": between[0]}, ":v2": {"S": between[1]}}
        condition += " AND #n1 BETWEEN :v1 AND :v2"
    payload: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ConsistentRead": consistent,
    }
    items: list[dict[str, Any]] = []
    while True:
        page = await client.send_request(action="Query", payload=payload)
        items += page["Items"]
        check_number(len(items), max_items)
        if "LastEvaluatedKey" not in page:
            return items
        payload["ExclusiveStartKey"] = page["LastEvaluatedKey"]
