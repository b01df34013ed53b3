"""A canned DynamoDB that is never the bottleneck.

    python -m bench.stub PORT

PUT /set with {"keep": true} makes it store what is written; each PUT resets the counts. GET /counts
returns the number of requests by action.
"""

import asyncio
import json
import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import Any

from bench import data

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n"


class Store:
    """Items by partition: the generated series and what was stored since."""

    def __init__(self) -> None:
        self.partitions: dict[str, list[tuple[str, str]]] = data.partitions()

    def put(self, item: dict[str, Any]) -> None:
        rows = self.partitions.setdefault(item["pk"]["S"], [])
        entry = (item["sk"]["S"], json.dumps(item))
        if not rows or rows[-1] < entry:
            rows.append(entry)
        else:
            insort(rows, entry)

    def query(self, payload: dict[str, Any]) -> str:
        values = {name: value["S"] for name, value in payload["ExpressionAttributeValues"].items()}
        low, high = values.get(":v1", ""), values.get(":v2", "\U0010ffff")
        rows = self.partitions.get(values[":v0"], [])
        start, end = bisect_left(rows, (low,)), bisect_right(rows, (high, "\U0010ffff"))
        items = [item for _, item in rows[start:end]]
        return f'{{"Items":[{",".join(items)}],"Count":{len(items)}}}'


class State:
    """The options in force, and the requests counted."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.counts: Counter[str] = Counter()
        self.set({})

    def set(self, options: dict[str, Any]) -> None:
        self.counts.clear()
        self.keep = options.get("keep", False)

    def answer(self, action: str, body: bytes) -> str:
        self.counts[action] += 1
        if action == "Query":
            return self.store.query(json.loads(body))
        if action == "BatchWriteItem":
            if self.keep:
                ((_, requests),) = json.loads(body)["RequestItems"].items()
                for request in requests:
                    self.store.put(request["PutRequest"]["Item"])
            self.counts["items"] += body.count(b'"PutRequest"')
            return '{"UnprocessedItems":{}}'
        return "{}"


class Connection(asyncio.Protocol):
    """The part of HTTP/1.1 that the benchmark's clients use."""

    def __init__(self, state: State) -> None:
        self._state, self._buffer = state, b""

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
        _, is_action, target = request.partition(b"DynamoDB_20120810.")
        if is_action:
            text = self._state.answer(target.partition(b"\r\n")[0].decode().strip(), body)
        elif head.startswith(b"put"):
            self._state.set(json.loads(body))
            text = "{}"
        else:
            text = json.dumps(self._state.counts)
        content = text.encode()
        self._transport.write(HEAD.format(len(content)).encode() + content)


async def main(port: int) -> None:
    state = State(Store())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", port, backlog=1000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
