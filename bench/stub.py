"""A canned DynamoDB: answers at once (or after a set time), counts, and is never the bottleneck.

    python -m bench.stub PORT [SQLITE]

PUT /set with {"latency": seconds, "unprocessed": true, "keep": true} changes it, GET /counts says
how many requests of each action there were since.
"""

import asyncio
import json
import sqlite3
import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import Any

from bench import data

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n"


class Store:
    """What Query finds: the made-up series, what was kept, or a file of SQLite."""

    def __init__(self, file: str | None) -> None:
        self.partitions: dict[str, list[tuple[str, str]]] = data.partitions()
        self._file = sqlite3.connect(file) if file else None

    def put(self, item: dict[str, Any]) -> None:
        rows = self.partitions.setdefault(item["pk"]["S"], [])
        entry = (item["sk"]["S"], json.dumps(item))
        if not rows or rows[-1] < entry:
            rows.append(entry)
        else:
            insort(rows, entry)

    def query(self, payload: dict[str, Any]) -> str:
        values = {name: one["S"] for name, one in payload["ExpressionAttributeValues"].items()}
        low, high = values.get(":v1", ""), values.get(":v2", "\U0010ffff")
        if self._file:
            rows = self._file.execute(
                "SELECT item FROM rows WHERE pk = ? AND sk BETWEEN ? AND ?",
                (values[":v0"], low, high),
            ).fetchall()
            found = [row[0] for row in rows]
        else:
            kept = self.partitions.get(values[":v0"], [])
            start, end = bisect_left(kept, (low,)), bisect_right(kept, (high, "\U0010ffff"))
            found = [item for _, item in kept[start:end]]
        return f'{{"Items":[{",".join(found)}],"Count":{len(found)}}}'


class State:
    """How it is set, and what it counted."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.counts: Counter[str] = Counter()
        self.set({})

    def set(self, wanted: dict[str, Any]) -> None:
        self.counts.clear()
        self.latency = wanted.get("latency", 0.0)
        self.unprocessed = wanted.get("unprocessed", False)
        self.keep = wanted.get("keep", False)

    def answer(self, action: str, body: bytes) -> str:
        self.counts[action] += 1
        if action == "Query":
            return self.store.query(json.loads(body))
        if action == "BatchWriteItem":
            if self.unprocessed:
                return f'{{"UnprocessedItems":{json.dumps(json.loads(body)["RequestItems"])}}}'
            if self.keep:
                ((_, requests),) = json.loads(body)["RequestItems"].items()
                for request in requests:
                    self.store.put(request["PutRequest"]["Item"])
            self.counts["items"] += body.count(b'"PutRequest"')
            return '{"UnprocessedItems":{}}'
        return "{}"


class Connection(asyncio.Protocol):
    """As much of HTTP/1.1 as the clients here send."""

    def __init__(self, state: State) -> None:
        self._state, self._buffer = state, b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, received: bytes) -> None:
        self._buffer += received
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            _, _, rest = head.partition(b"content-length:")
            length = int(rest.partition(b"\r\n")[0] or 0)
            if b"expect: 100-continue" in head and len(self._buffer) == end + 4 and length:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            request = self._buffer[:end]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(request, head, body)

    def _answer(self, request: bytes, head: bytes, body: bytes) -> None:
        _, found, target = request.partition(b"DynamoDB_20120810.")
        if found:
            text = self._state.answer(target.partition(b"\r\n")[0].decode().strip(), body)
        elif head.startswith(b"put"):
            self._state.set(json.loads(body))
            text = "{}"
        else:
            text = json.dumps(self._state.counts)
        content = text.encode()
        whole = HEAD.format(len(content)).encode() + content
        if found and self._state.latency:
            self._loop.call_later(self._state.latency, self._transport.write, whole)
        else:
            self._transport.write(whole)


async def main(port: int, file: str | None) -> None:
    state = State(Store(file))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", port, backlog=1000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
