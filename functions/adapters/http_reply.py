"""An HTTP/1.1 answer, put together from what arrives (source: RFC 9112)."""

import re

# More than any answer of DynamoDB (16 MB), so that nobody can fill the memory.
MOST_HEAD, MOST_BODY = 1 << 16, 1 << 25

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?\Z")
_LENGTH = re.compile(rb"\d{1,9}\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,7})[ \t]*(?:;[^\r\n]*)?\Z")


class Malformed(Exception):
    """What came is no HTTP/1.1 answer."""


class Reply:
    """Status and body. Feed it until it says that it is complete."""

    __slots__ = ("_buffer", "_length", "_until_close", "begun", "body", "keep_alive", "status")

    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()
        self.keep_alive = False
        self.begun = False
        self._buffer = bytearray()
        # Bytes of the body; None while the head is not complete, or where it comes in chunks.
        self._length: int | None = None
        self._until_close = False

    def feed(self, data: bytes) -> bool:
        """Take what arrived; whether the answer is complete now.

        Raises:
            Malformed: it never will be.
        """
        self.begun = True
        self._buffer += data
        while self.status < 200:
            # Below 200 it is not the answer yet, only news about it.
            if not self._head():
                return False
        if self._until_close or self._length is not None:
            return self._plain()
        while not (done := self._chunk()):
            if done is None:
                return False
        return True

    def end(self) -> bool:
        """The connection was closed; whether the answer is complete thereby."""
        return self._until_close

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MOST_HEAD:
                raise Malformed("the head of the answer does not end")
            return False
        line, *fields = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        status = _STATUS.match(line)
        if not status:
            raise Malformed(f"not a status line: {line[:100]!r}")
        self.status = int(status[2])
        self._length = None
        length, chunked, connection = b"", False, b""
        for field in fields:
            name, colon, value = field.partition(b":")
            if not colon or name != name.strip():
                raise Malformed(f"not a header: {field[:100]!r}")
            name, value = name.lower(), value.strip()
            if name == b"content-length":
                if length not in (b"", value) or not _LENGTH.match(value):
                    raise Malformed("two lengths, or one that is none")
                length = value
            elif name == b"transfer-encoding":
                if value.lower() != b"chunked":
                    raise Malformed(f"transfer encoding {value[:100]!r}")
                chunked = True
            elif name == b"connection":
                connection = value.lower()
        if length and chunked:
            raise Malformed("a length and chunks at once")
        self.keep_alive = status[1] == b"1" and b"close" not in connection
        if self.status in (204, 304):
            self._length = 0
        elif not chunked:
            self._length = int(length) if length else None
            self._until_close = not length and self.status >= 200
            self.keep_alive = self.keep_alive and not self._until_close
        if (self._length or 0) > MOST_BODY:
            raise Malformed("the answer is too large")
        return True

    def _plain(self) -> bool:
        self.body += self._buffer
        self._buffer.clear()
        if self._length is None:
            if len(self.body) > MOST_BODY:
                raise Malformed("the answer is too large")
            return False
        if len(self.body) > self._length:
            raise Malformed("more came than the length said")
        return len(self.body) == self._length

    def _chunk(self) -> bool | None:
        """Take a chunk: whether it was the last one, None where more has to come first."""
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > MOST_HEAD:
                raise Malformed("the head of a chunk does not end")
            return None
        size = _CHUNK.match(bytes(self._buffer[:end]))
        if not size:
            raise Malformed("not the size of a chunk")
        length = int(size[1], 16)
        if len(self.body) + length > MOST_BODY:
            raise Malformed("the answer is too large")
        if length == 0:
            return self._trailers(end + 2)
        if len(self._buffer) < end + 2 + length + 2:
            return None
        if self._buffer[end + 2 + length : end + 4 + length] != b"\r\n":
            raise Malformed("a chunk is longer than its size")
        self.body += self._buffer[end + 2 : end + 2 + length]
        del self._buffer[: end + 4 + length]
        return False

    def _trailers(self, start: int) -> bool | None:
        if self._buffer[start : start + 2] == b"\r\n":
            end = start + 2
        else:
            end = self._buffer.find(b"\r\n\r\n", start) + 4
            if end < 4:
                if len(self._buffer) > MOST_HEAD:
                    raise Malformed("the trailers do not end")
                return None
        if len(self._buffer) > end:
            raise Malformed("more came than the last chunk")
        return True
