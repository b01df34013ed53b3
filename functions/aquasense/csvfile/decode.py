"""Decode an uploaded file into blocks of text lines, in constant memory."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from aquasense.csvfile.reasons import RejectionError
from aquasense.csvfile.utf8 import Utf8Decoder

CHUNK = 1 << 16

# First bytes of file formats that are not CSV, with the code and reason of the rejection.
NOT_CSV = (
    (
        b"PK\x03\x04",
        "zip_file",
        "this is a zip archive or an Excel workbook (.xlsx); save it as CSV",
    ),
    (b"\xd0\xcf\x11\xe0", "excel_file", "this is an old Excel workbook (.xls); save it as CSV"),
    (b"%PDF", "pdf_file", "this is a PDF; the figures have to be in a CSV file"),
)
UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Readable(Protocol):
    """A binary stream: a file, an S3 body."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class FileLimits:
    """Upper limits of an uploaded file, which bound the memory and time of one run.

    A series has one reading a day, at most 73,414 rows in two centuries: larger files are not
    files of this kind.

    Attributes:
        line_length: in characters.
        rows: number of lines, blank lines included.
        size: bytes after decompression.
    """

    line_length: int = 10_000
    rows: int = 1_500_000
    size: int = 64 * 1024 * 1024


class UnreadableFile(RejectionError):
    """The whole file is rejected; a retry gives the same result.

    Attributes:
        full_reason: the reason with the text of the header, which is private; empty if the reason
            is not about the header.
    """

    full_reason = ""


def decode_blocks(stream: Readable, limits: FileLimits) -> Iterator[str]:
    """Yield the text in blocks of whole lines, joined by LF, without the last line end.

    A line over the limit may be cut to one character more than the limit: it is still too long.

    Raises:
        UnreadableFile: empty, binary, another file format, damaged, or over the size limit.
    """
    carry = ""
    for text in _decode(stream, limits):
        whole, newline, rest = text.rpartition("\n")
        if newline:
            yield carry + whole
            carry = rest
        else:
            carry += rest
        if len(carry) > limits.line_length:
            carry = carry[: limits.line_length + 1]
    if carry:
        yield carry


def _decode(stream: Readable, limits: FileLimits) -> Iterator[str]:
    first = _read_first(stream)
    if first.startswith(b"\x1f\x8b"):
        compressed = _CompressedStream(first, stream)
        yield from _decode_plain(_decompress(compressed), limits)
    else:
        yield from _decode_plain(_read_chunks(first, stream), limits)


def _decode_plain(chunks: Iterator[bytes], limits: FileLimits) -> Iterator[str]:
    first = next(chunks, b"")
    if not first:
        raise UnreadableFile("empty_file", "the file is empty")
    for magic, code, reason in NOT_CSV:
        if first.startswith(magic):
            raise UnreadableFile(code, reason)
    mark, decoder = _choose_decoder(first)
    text_decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
    size = 0
    for chunk in chain([first], chunks):
        size += len(chunk)
        if size > limits.size:
            raise UnreadableFile(
                "too_large", "the file is larger than {limit:,} bytes", limit=limits.size
            )
        yield text_decoder.decode(chunk.removeprefix(mark) if size == len(chunk) else chunk)
    yield text_decoder.decode(b"", final=True)


def _choose_decoder(first: bytes) -> tuple[bytes, codecs.IncrementalDecoder]:
    """Return the byte order mark and the decoder for a text that begins with these bytes."""
    for mark, encoding in UTF_16:
        if first.startswith(mark):
            return mark, codecs.getincrementaldecoder(encoding)("replace")
    if b"\0" in first:
        raise UnreadableFile("binary_file", "this is not a text file; a CSV file is needed")
    return codecs.BOM_UTF8, Utf8Decoder()


def _read_first(stream: Readable) -> bytes:
    """Return a first chunk of at least four bytes, enough to recognise the file format."""
    first = b""
    while len(first) < 4 and (chunk := stream.read(CHUNK)):
        first += chunk
    return first


def _read_chunks(first: bytes, stream: Readable) -> Iterator[bytes]:
    yield first
    while chunk := stream.read(CHUNK):
        yield chunk


def _decompress(compressed: "_CompressedStream") -> Iterator[bytes]:
    archive = gzip.GzipFile(fileobj=compressed)
    while True:
        try:
            chunk = archive.read(CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableFile(
                "damaged_gzip", "the gzip file is damaged or incomplete"
            ) from error
        if not chunk:
            return
        compressed.allowed += 2 * len(chunk)
        yield chunk


class _CompressedStream(io.RawIOBase):
    """A gzip stream that is damaged if it has more compressed bytes than `allowed`.

    Gzip hardly enlarges data: an archive much larger than its content, such as thousands of empty
    members, would be read to its end for nothing. The caller raises `allowed` with the content.
    """

    def __init__(self, first: bytes, stream: Readable) -> None:
        self._first, self._stream = first, stream
        self.allowed = 16 * CHUNK

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._first:
            chunk, self._first = self._first[:size], self._first[size:]
            return chunk
        chunk = self._stream.read(size)
        self.allowed -= len(chunk)
        if self.allowed < 0:
            raise UnreadableFile(
                "damaged_gzip", "the gzip file does not hold what its size promises"
            )
        return chunk
