"""The connection to DynamoDB: aiodynamo's client over a lean transport.

aiodynamo keeps what it is good at: credentials and their renewal, the kinds of errors, retries with
jitter, expressions. Sending, signing and paging are done here, because they
are most of what a request costs (docs/performance.md). Writing in batches is adapters.batches.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiodynamo.client import Client
from aiodynamo.credentials import Credentials
from aiodynamo.errors import NoCredentialsFound, RequestLimitExceeded, exception_from_response
from aiodynamo.http.types import Request, RequestFailed
from aiodynamo.models import DecorelatedJitterRetry
from aiodynamo.sign import make_default_endpoint
from yarl import URL

from adapters import signing
from adapters.batches import Unavailable, write
from adapters.http import Http, host_header

__all__ = ["LeanClient", "Unavailable", "connect", "query", "write"]


@asynccontextmanager
async def connect(region: str, endpoint_url: str | None, patience: float) -> AsyncIterator[Client]:
    """A client with both timeouts, jittered retries and the usual chain of credentials.

    Args:
        region: AWS region.
        endpoint_url: None for AWS itself.
        patience: seconds within which a failing request is tried again.
    """
    async with Http() as http:
        yield LeanClient(
            http,
            Credentials.auto(),
            region,
            endpoint=URL(endpoint_url) if endpoint_url else make_default_endpoint(region),
            numeric_type=int,
            throttle_config=DecorelatedJitterRetry(
                time_limit_secs=patience, base_delay_secs=0.05, max_delay_secs=2
            ),
        )


@dataclass(frozen=True)
class LeanClient(Client):
    """aiodynamo's client with a send_request of its own; the rest of it is built on that one."""

    @cached_property
    def _address(self) -> tuple[str, str]:
        endpoint = self.endpoint or make_default_endpoint(self.region)
        return str(endpoint), host_header(endpoint)

    async def send_request(self, *, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """DynamoDB's answer, after as many attempts as the time limit of retries allows.

        Raises:
            Exception: what the last attempt met with, or what no other attempt could cure.
        """
        address, host = self._address
        body = json.dumps(payload, separators=(",", ":")).encode()
        failure: Exception = NoCredentialsFound()
        deadline = time.monotonic() + self.throttle_config.time_limit_secs
        # Not its attempts(): an asynchronous generator that is left early costs a task to close.
        for delay in self.throttle_config.delays():
            key = await self.credentials.get_key(self.http)
            if key is not None:
                signed = signing.headers(key, self.region, host, action, body)
                try:
                    answer = await self.http(Request("POST", address, signed, body))
                except TimeoutError as error:
                    failure = error
                except RequestFailed as error:
                    failure = error.inner
                else:
                    if answer.status == 200:
                        content: dict[str, Any] = json.loads(answer.body)
                        return content
                    failure = exception_from_response(answer.status, answer.body)
                    if not _passes(answer.status, failure):
                        self.handle_exception(failure)
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(delay)
        raise failure


def _passes(status: int, failure: Exception) -> bool:
    """Whether a failure says nothing about the request, so that the same may succeed later.

    aiodynamo knows throttling, expired credentials and two of the statuses; these it gives up on:
    what a proxy or a balancer on the way answers, and the limit of an account.
    """
    return status >= 500 or status == 429 or isinstance(failure, RequestLimitExceeded)


async def query(
    client: Client,
    table: str,
    partition: str,
    between: tuple[str, str] | None = None,
    *,
    consistent: bool = False,
) -> list[dict[str, Any]]:
    """The items of a partition by sort key, in DynamoDB's JSON, however many pages they fill.

    Args:
        client: of connect().
        table: its name.
        partition: value of pk.
        between: the least and the greatest sk, both included.
        consistent: whether to see every write that was acknowledged before.
    """
    values = {":v0": {"S": partition}}
    names = {"#n0": "pk"}
    condition = "#n0 = :v0"
    if between:
        names["#n1"] = "sk"
        values |= {":v1": {"S": between[0]}, ":v2": {"S": between[1]}}
        condition += " AND #n1 BETWEEN :v1 AND :v2"
    payload = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ConsistentRead": consistent,
    }
    found: list[dict[str, Any]] = []
    while True:
        page = await client.send_request(action="Query", payload=payload)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        payload["ExclusiveStartKey"] = page["LastEvaluatedKey"]
