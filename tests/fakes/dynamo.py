"""DynamoDB in memory, as the HTTP layer of the deployed client, which signs, retries and pages."""

import json
import random
import re
from bisect import insort
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiodynamo.client import Client
from aiodynamo.credentials import Key, StaticCredentials
from aiodynamo.http.types import Request, Response
from aiodynamo.models import StaticDelayRetry
from yarl import URL

from adapters import dynamodb
from tests.fakes.expressions import evaluate_condition, parse_key_condition

type Item = dict[str, Any]

BATCH, ITEM_BYTES, PAGE_BYTES = 25, 400 * 1024, 1 << 20
# 38 digits are AWS's limit; this project writes whole numbers only.
_NUMBER = re.compile(r"-?\d{1,38}")
MALFORMED = "com.amazon.coral.validate#ValidationException"


class ErrorResponse(Exception):
    """An error response of AWS."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"__type": kind, "message": message}).encode()


class FakeDynamo:
    """One table, as an HTTP client of aiodynamo.

    Attributes:
        items: by (pk, sk), in DynamoDB JSON.
        inserted: new items, oldest first, as in the table's stream.
        page_items: most items of a page of Query; a page also ends at 1 MB.
        staleness: probability that an eventually consistent read misses a recent write.
        before, after: awaited around each action with its name; may raise RequestFailed or
            TimeoutError, or return a Response that replaces the real one.
        unprocessed: returns the requests of a batch that stay unprocessed.
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
        """Replace adapters.dynamodb.connect."""
        yield self.client(retry_seconds)

    async def __call__(self, request: Request) -> Response:
        action = (request.headers or {})["X-Amz-Target"].partition(".")[2]
        self.requests.append(action)
        early = await self.before(action)
        if early is not None:
            return early
        try:
            content = self._do(action, json.loads(request.body or b"{}"))
        except ErrorResponse as error:
            return Response(error.status, error.body)
        late = await self.after(action)
        return late if late is not None else Response(200, json.dumps(content).encode())

    def _do(self, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        match action:
            case "PutItem":
                self._check_table(payload["TableName"])
                return self._put(payload)
            case "GetItem":
                self._check_table(payload["TableName"])
                key = _parse_key(payload["Key"])
                item = self._read(key, payload.get("ConsistentRead", False))
                return {"Item": item} if item else {}
            case "BatchWriteItem":
                return self._batch(payload["RequestItems"])
            case "Query":
                self._check_table(payload["TableName"])
                return self._query(payload)
        raise ErrorResponse("com.amazon.coral.service#UnknownOperationException", action)

    def _check_table(self, table: str) -> None:
        if table != self.table:
            raise ErrorResponse(
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "Requested resource not found",
            )

    def _put(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        item = payload["Item"]
        key = _check_item(item)
        condition = payload.get("ConditionExpression")
        if condition and not evaluate_condition(condition, payload, self.items.get(key)):
            raise ErrorResponse(
                "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "The conditional request failed",
            )
        self._store(key, item)
        return {}

    def _batch(self, requested: Mapping[str, list[Any]]) -> dict[str, Any]:
        ((table, requests),) = requested.items()
        if not 1 <= len(requests) <= BATCH:
            raise ErrorResponse(MALFORMED, "Member must have length less than or equal to 25")
        self._check_table(table)
        items = [request["PutRequest"]["Item"] for request in requests]
        keys = [_check_item(item) for item in items]
        if len(set(keys)) < len(keys):
            raise ErrorResponse(MALFORMED, "Provided list of item keys contains duplicates")
        unprocessed = self.unprocessed(requests)
        for request, key, item in zip(requests, keys, items, strict=True):
            if request not in unprocessed:
                self._store(key, item)
        return {"UnprocessedItems": {table: unprocessed} if unprocessed else {}}

    def _query(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        partition, matches = parse_key_condition(payload)
        keys = [sort for sort in self._sorted.get(partition, []) if matches(sort)]
        if not payload.get("ScanIndexForward", True):
            keys.reverse()
        start = payload.get("ExclusiveStartKey")
        if start:
            last = start["sk"]["S"]
            forward = payload.get("ScanIndexForward", True)
            keys = [key for key in keys if (key > last if forward else key < last)]
        consistent = payload.get("ConsistentRead", False)
        items: list[Item] = []
        size = 0
        limit = min(payload.get("Limit", self.page_items), self.page_items)
        for count, sort in enumerate(keys, start=1):
            item = self._read((partition, sort), consistent)
            if item is not None:
                items.append(item)
                size += _size(item)
            if count == limit or size > PAGE_BYTES:
                break
        page: dict[str, Any] = {"Items": items, "Count": len(items)}
        if keys and (count == limit or size > PAGE_BYTES):
            page["LastEvaluatedKey"] = {"pk": {"S": partition}, "sk": {"S": keys[count - 1]}}
        return page

    def _read(self, key: tuple[str, str], consistent: bool) -> Item | None:
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


def error_response(kind: str, status: int = 400) -> Response:
    """Return the response of AWS to a throttled or failed request."""
    error = ErrorResponse(f"com.amazonaws.dynamodb.v20120810#{kind}", kind, status)
    return Response(error.status, error.body)


def _parse_key(key: Mapping[str, Any]) -> tuple[str, str]:
    if set(key) != {"pk", "sk"} or not all(set(part) == {"S"} for part in key.values()):
        raise ErrorResponse(MALFORMED, "The provided key element does not match the schema")
    return key["pk"]["S"], key["sk"]["S"]


def _check_item(item: Item) -> tuple[str, str]:
    for name in ("pk", "sk"):
        if set(item.get(name, {})) != {"S"} or not item[name]["S"]:
            raise ErrorResponse(MALFORMED, f"Missing the key {name} in the item, or it is empty")
    if len(item["pk"]["S"].encode()) > 2048 or len(item["sk"]["S"].encode()) > 1024:
        raise ErrorResponse(MALFORMED, "Size of the key has exceeded the maximum size limit")
    for value in item.values():
        _check_value(value)
    if _size(item) > ITEM_BYTES:
        raise ErrorResponse(MALFORMED, "Item size has exceeded the maximum allowed size")
    return item["pk"]["S"], item["sk"]["S"]


def _check_value(value: Mapping[str, Any]) -> None:
    ((kind, content),) = value.items()
    match kind:
        case "S" if isinstance(content, str):
            return
        case "N" if isinstance(content, str) and _NUMBER.fullmatch(content):
            return
        case "BOOL" | "NULL" if isinstance(content, bool):
            return
        case "L":
            for element in content:
                _check_value(element)
            return
        case "M":
            for element in content.values():
                _check_value(element)
            return
    raise ErrorResponse(MALFORMED, f"Supplied AttributeValue is not valid: {kind}")


def _size(value: Any) -> int:
    """Return the approximate size that AWS counts: names and contents in UTF-8."""
    if isinstance(value, dict):
        return sum(len(name.encode()) + _size(inner) for name, inner in value.items())
    if isinstance(value, list):
        return sum(_size(inner) + 1 for inner in value)
    return len(str(value).encode())
