"""Bytes of whatever people upload to the text lines of an editor, in constant memory."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from aquasense.utf8 import Utf8

CHUNK = 1 << 16

# What a file begins with when it is no CSV, and what to tell the person who uploaded it.
NOT_CSV = (
    (
        b"PK\x03\x04",
        "zip_file",
        "this is a zip archive or an Excel workbook (.xlsx); save it as CSV",
    ),
    (b"\xd0\xcf\x11\xe0", "excel_file", "this is an old Excel workbook (.xls); save it as CSV"),
    (b"%PDF", "pdf_file", "this is a PDF; the figures have to be in a CSV file"),
)
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Readable(Protocol):
    """Anything bytes can be read from: a file, an S3 body."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Limits:
    """What a file may be at the most, so that none can fill memory or time.

    line_length is in characters, rows in lines, size in bytes after decompression.
    """

    line_length: int = 10_000
    rows: int = 20_000_000
    size: int = 1 << 30


class Unreadable(Exception):
    """The whole file is rejected. Never a reason to try again."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def blocks(stream: Readable, limits: Limits) -> Iterator[str]:
    """The text in pieces of whole lines, all line ends being LF and the last one left out.

    A line that is too long is cut to one character more than is allowed, by which it is known.

    Raises:
        Unreadable: empty, no text, another kind of file, damaged, or over the size limit.
    """
    carry = ""
    for text in _texts(stream, limits):
        whole, end, rest = text.rpartition("\n")
        if end:
            yield carry + whole
            carry = rest
        else:
            carry += rest
        if len(carry) > limits.line_length:
            carry = carry[: limits.line_length + 1]
    if carry:
        yield carry


def _texts(stream: Readable, limits: Limits) -> Iterator[str]:
    first = _filled(stream)
    if not first:
        raise Unreadable("empty_file", "the file is empty")
    if first.startswith(b"\x1f\x8b"):
        packed = _Rejoined(first, stream)
        yield from _plain(_unpacked(gzip.GzipFile(fileobj=packed), packed), limits)
    else:
        yield from _plain(_chunks(first, stream), limits)


def _plain(chunks: Iterator[bytes], limits: Limits) -> Iterator[str]:
    first = next(chunks, b"")
    if not first:
        raise Unreadable("empty_file", "the file is empty")
    for magic, code, reason in NOT_CSV:
        if first.startswith(magic):
            raise Unreadable(code, reason)
    encoding, mark = "utf-8", b""
    for known_mark, name in BYTE_ORDER_MARKS:
        if first.startswith(known_mark):
            encoding, mark = name, known_mark
    if encoding == "utf-8" and b"\0" in first:
        raise Unreadable("binary_file", "this is not a text file; a CSV file is needed")
    given = Utf8() if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    decoder = io.IncrementalNewlineDecoder(given, translate=True)
    size = 0
    for chunk in chain([first], chunks):
        size += len(chunk)
        if size > limits.size:
            raise Unreadable("too_large", f"the file is larger than {limits.size:,} bytes")
        yield decoder.decode(chunk.removeprefix(mark) if size == len(chunk) else chunk)
    yield decoder.decode(b"", final=True)


def _filled(stream: Readable) -> bytes:
    """A first chunk long enough to recognise a file by, however little each read gives."""
    first = b""
    while len(first) < 4 and (more := stream.read(CHUNK)):
        first += more
    return first


def _chunks(first: bytes, stream: Readable) -> Iterator[bytes]:
    yield first
    while chunk := stream.read(CHUNK):
        yield chunk


def _unpacked(archive: gzip.GzipFile, packed: "_Rejoined") -> Iterator[bytes]:
    while True:
        try:
            chunk = archive.read(CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable("damaged_gzip", "the gzip file is damaged or incomplete") from error
        if not chunk:
            return
        packed.allowed += 2 * len(chunk)
        yield chunk


class _Rejoined(io.RawIOBase):
    """A gzip file with the bytes already taken from it put back in front.

    Compressed, nothing is much larger than it was: a file that goes on without giving anything,
    such as one of empty archives, is stopped where more was read than is `allowed`.
    """

    def __init__(self, first: bytes, stream: Readable) -> None:
        self._first, self._stream = first, stream
        self.allowed = 16 * CHUNK

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._first:
            taken, self._first = self._first[:size], self._first[size:]
            return taken
        taken = self._stream.read(size)
        self.allowed -= len(taken)
        if self.allowed < 0:
            raise Unreadable("damaged_gzip", "the gzip file does not hold what its size promises")
        return taken
