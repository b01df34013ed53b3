"""DynamoDB in memory, below the deployed client: signing, retries and paging are the real ones."""

import asyncio
import json
import random
import re
from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiodynamo.client import Client
from aiodynamo.credentials import Key, StaticCredentials
from aiodynamo.http.types import Request, RequestFailed, Response
from aiodynamo.models import StaticDelayRetry
from yarl import URL

from adapters import dynamodb
from tests.fakes.expressions import holds, selected

type Item = dict[str, Any]

BATCH, ITEM_BYTES, PAGE_BYTES = 25, 400 * 1024, 1 << 20
# 38 digits are AWS's limit; this project writes whole numbers only.
_NUMBER = re.compile(r"-?\d{1,38}")
MALFORMED = "com.amazon.coral.validate#ValidationException"


class Refused(Exception):
    """AWS's answer to a request it does not take."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"__type": kind, "message": message}).encode()


class FakeDynamo:
    """One account's tables, reached as the functions reach AWS.

    Attributes:
        items: of the one table by (pk, sk), in DynamoDB's JSON.
        inserted: every new item in the order in which it came: the table's stream.
        page_items: a Query's page ends after so many items, or AWS's megabyte.
        staleness: how likely an eventually consistent read misses what was written last.
        before, after: awaited around each action with its name; may raise RequestFailed or
            TimeoutError, or give a Response to answer with.
        unprocessed: given a batch, the requests of it that are put off.
    """

    def __init__(self, table: str = "table", seed: int = 0) -> None:
        self.table = table
        self.items: dict[tuple[str, str], Item] = {}
        self.inserted: list[Item] = []
        self.page_items = 1000
        self.staleness = 0.0
        self.requests: list[str] = []
        self.before: Callable[[str], Any] = _nothing
        self.after: Callable[[str], Any] = _nothing
        self.unprocessed: Callable[[list[Any]], list[Any]] = lambda _: []
        self._chance = random.Random(seed)
        self._sorted: dict[str, list[str]] = {}
        self._written: list[tuple[str, str]] = []

    def client(self, retry_seconds: float = 5.0) -> Client:
        return Client(
            dynamodb.TransientErrors(self),
            StaticCredentials(Key("test", "test")),
            "eu-west-1",
            endpoint=URL("http://dynamodb.invalid"),
            numeric_type=int,
            throttle_config=StaticDelayRetry(time_limit_secs=retry_seconds, delay=0),
        )

    @asynccontextmanager
    async def connect(self, _region: str, _endpoint: str | None, retry_seconds: float) -> Any:
        """In place of adapters.dynamo.connect."""
        yield self.client(retry_seconds)

    async def __call__(self, request: Request) -> Response:
        action = (request.headers or {})["X-Amz-Target"].partition(".")[2]
        self.requests.append(action)
        early = await self.before(action)
        if early is not None:
            return early
        try:
            content = self._do(action, json.loads(request.body or b"{}"))
        except Refused as refused:
            return Response(refused.status, refused.body)
        late = await self.after(action)
        return late if late is not None else Response(200, json.dumps(content).encode())

    def _do(self, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        match action:
            case "PutItem":
                self._known(payload["TableName"])
                return self._put(payload)
            case "GetItem":
                self._known(payload["TableName"])
                key = _key(payload["Key"])
                found = self._seen(key, payload.get("ConsistentRead", False))
                return {"Item": found} if found else {}
            case "BatchWriteItem":
                return self._batch(payload["RequestItems"])
            case "Query":
                self._known(payload["TableName"])
                return self._query(payload)
        raise Refused("com.amazon.coral.service#UnknownOperationException", action)

    def _known(self, table: str) -> None:
        if table != self.table:
            raise Refused(
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "Requested resource not found",
            )

    def _put(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        item = payload["Item"]
        key = _checked(item)
        condition = payload.get("ConditionExpression")
        if condition and not holds(condition, payload, self.items.get(key)):
            raise Refused(
                "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "The conditional request failed",
            )
        self._store(key, item)
        return {}

    def _batch(self, requested: Mapping[str, list[Any]]) -> dict[str, Any]:
        ((table, requests),) = requested.items()
        if not 1 <= len(requests) <= BATCH:
            raise Refused(MALFORMED, "Member must have length less than or equal to 25")
        self._known(table)
        items = [request["PutRequest"]["Item"] for request in requests]
        keys = [_checked(item) for item in items]
        if len(set(keys)) < len(keys):
            raise Refused(MALFORMED, "Provided list of item keys contains duplicates")
        put_off = self.unprocessed(requests)
        for request, key, item in zip(requests, keys, items, strict=True):
            if request not in put_off:
                self._store(key, item)
        return {"UnprocessedItems": {table: put_off} if put_off else {}}

    def _query(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        partition, wanted = selected(payload)
        keys = [sort for sort in self._sorted.get(partition, []) if wanted(sort)]
        if not payload.get("ScanIndexForward", True):
            keys.reverse()
        start = payload.get("ExclusiveStartKey")
        if start:
            last = start["sk"]["S"]
            forward = payload.get("ScanIndexForward", True)
            keys = [key for key in keys if (key > last if forward else key < last)]
        consistent = payload.get("ConsistentRead", False)
        found: list[Item] = []
        size = 0
        limit = min(payload.get("Limit", self.page_items), self.page_items)
        for count, sort in enumerate(keys, start=1):
            item = self._seen((partition, sort), consistent)
            if item is not None:
                found.append(item)
                size += _size(item)
            if count == limit or size > PAGE_BYTES:
                break
        answer: dict[str, Any] = {"Items": found, "Count": len(found)}
        if keys and (count == limit or size > PAGE_BYTES):
            answer["LastEvaluatedKey"] = {"pk": {"S": partition}, "sk": {"S": keys[count - 1]}}
        return answer

    def _seen(self, key: tuple[str, str], consistent: bool) -> Item | None:
        missed = not consistent and key in self._written[-3:]
        if missed and self._chance.random() < self.staleness:
            return None
        return self.items.get(key)

    def _store(self, key: tuple[str, str], item: Item) -> None:
        if key not in self.items:
            insort(self._sorted.setdefault(key[0], []), key[1])
            self.inserted.append(item)
            self._written.append(key)
        self.items[key] = item


async def _nothing(_: str) -> None:
    return None


def lost(action: str) -> Iterator[None]:
    """The connection broke: whether before or after the request was applied depends on where."""
    raise RequestFailed(ConnectionResetError(f"{action}: connection reset"))


def timed_out(action: str) -> Iterator[None]:
    raise asyncio.TimeoutError(action)  # noqa: UP041 - as aiohttp does


def refusal(kind: str, status: int = 400) -> Response:
    """What AWS says when it throttles or fails."""
    refused = Refused(f"com.amazonaws.dynamodb.v20120810#{kind}", kind, status)
    return Response(refused.status, refused.body)


def _key(key: Mapping[str, Any]) -> tuple[str, str]:
    if set(key) != {"pk", "sk"} or not all(set(part) == {"S"} for part in key.values()):
        raise Refused(MALFORMED, "The provided key element does not match the schema")
    return key["pk"]["S"], key["sk"]["S"]


def _checked(item: Item) -> tuple[str, str]:
    for name in ("pk", "sk"):
        if set(item.get(name, {})) != {"S"} or not item[name]["S"]:
            raise Refused(MALFORMED, f"Missing the key {name} in the item, or it is empty")
    if len(item["pk"]["S"].encode()) > 2048 or len(item["sk"]["S"].encode()) > 1024:
        raise Refused(MALFORMED, "Size of the key has exceeded the maximum size limit")
    for value in item.values():
        _value(value)
    if _size(item) > ITEM_BYTES:
        raise Refused(MALFORMED, "Item size has exceeded the maximum allowed size")
    return item["pk"]["S"], item["sk"]["S"]


def _value(value: Mapping[str, Any]) -> None:
    ((kind, content),) = value.items()
    match kind:
        case "S" if isinstance(content, str):
            return
        case "N" if isinstance(content, str) and _NUMBER.fullmatch(content):
            return
        case "BOOL" | "NULL" if isinstance(content, bool):
            return
        case "L":
            for one in content:
                _value(one)
            return
        case "M":
            for one in content.values():
                _value(one)
            return
    raise Refused(MALFORMED, f"Supplied AttributeValue is not valid: {kind}")


def _size(value: Any) -> int:
    """About what AWS counts: names and contents, in UTF-8."""
    if isinstance(value, dict):
        return sum(len(name.encode()) + _size(inner) for name, inner in value.items())
    if isinstance(value, list):
        return sum(_size(inner) + 1 for inner in value)
    return len(str(value).encode())
