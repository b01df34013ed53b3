"""Decode the encodings of usual programs; reject files that are not CSV."""

import codecs
import gzip
import io
from functools import partial

import pytest

from aquasense.csvfile.decode import CHUNK, FileLimits, UnreadableFile, decode_blocks
from tests.support import LIMITS, SAMPLE, Trickle, csv, parse_csv, rows_of

PLAIN = csv("2022/12/1,15.5,0.4", "2022/12/7,15.2,0.1")
EXPECTED = parse_csv(PLAIN)
# Without the time, a test's id is the same in every process.
compress = partial(gzip.compress, mtime=0)
ACCENTED = "Día,Media,Desviación\n2022/12/1,15.5,0.4\n"


def decode_lines(stream):
    return [line for block in decode_blocks(stream, LIMITS) for line in block.split("\n")]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + PLAIN,
        codecs.BOM_UTF16_LE + PLAIN.decode().encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.decode().encode("utf-16-be"),
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        PLAIN.rstrip(b"\n"),
        gzip.compress(PLAIN),
        gzip.compress(PLAIN[:40]) + gzip.compress(PLAIN[40:]),
        gzip.compress(codecs.BOM_UTF16_LE + PLAIN.decode().encode("utf-16-le")),
    ],
    ids=["utf-8-mark", "utf-16-le", "utf-16-be", "crlf", "cr", "no-last-newline", "gzip",
         "gzip-of-two-members", "gzip-of-utf-16"],
)  # fmt: skip
@pytest.mark.parametrize("read_size", [1, 3, 1 << 20])
def test_encoding_line_ends_compression_and_read_size_do_not_change_the_lines(content, read_size):
    assert decode_lines(Trickle(content, read_size)) == PLAIN.decode().splitlines()
    assert parse_csv(content) == EXPECTED


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("read_size", [1, 2, 1 << 20])
def test_accents_are_decoded_in_every_encoding_of_excel(encoding, read_size):
    stream = Trickle(ACCENTED.encode(encoding), read_size)
    assert decode_lines(stream) == ACCENTED.splitlines()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (compress(b""), "empty_file"),
        (b"PK\x03\x04" + bytes(100), "zip_file"),
        (compress(b"PK\x03\x04" + bytes(100)), "zip_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "excel_file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf_file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary_file"),
        (PLAIN.decode().encode("utf-16-le"), "binary_file"),
        (b"\x1f\x8b", "damaged_gzip"),
        (compress(PLAIN)[:-4], "damaged_gzip"),
        (compress(PLAIN)[:20], "damaged_gzip"),
        (compress(PLAIN)[:15] + b"\xff\xff\xff" + compress(PLAIN)[18:], "damaged_gzip"),
        (compress(PLAIN) + b"more", "damaged_gzip"),
        (b"\x1f\x8b\x07" + bytes(50), "damaged_gzip"),
    ],
)
def test_a_file_that_is_not_text_is_rejected_as_a_whole(content, code):
    with pytest.raises(UnreadableFile) as caught:
        decode_lines(io.BytesIO(content))
    assert caught.value.code == code
    assert caught.value.reason


def test_a_line_over_the_limit_is_one_rejection():
    limits = FileLimits(line_length=1000)
    content = csv("2022/12/1,15,0.1", 3 * CHUNK * "x", "2022/12/2,16,0.2", 1001 * "y")
    first, long, second, last = parse_csv(content, limits)
    assert (long.line, long.code, long.text) == (3, "line_too_long", 200 * "x" + "…")
    assert (first.line, second.line) == (2, 4)
    assert last.code == "line_too_long"
    assert parse_csv(content, limits) == parse_csv(content.rstrip(b"\n"), limits)


def test_a_line_over_the_limit_is_shown_alike_in_one_chunk_and_in_several():
    limits = FileLimits(line_length=100)
    whole, cut = parse_csv(csv(150 * "x", 2 * CHUNK * "x"), limits)
    assert whole.text == cut.text == 100 * "x" + "…"


def test_a_line_of_the_greatest_length_is_parsed():
    line = "2022/12/1,15." + 31 * "0" + ",0.1"
    assert parse_csv(csv(line), FileLimits(line_length=len(line)))[0].date == "2022-12-01"


def test_the_size_limit_counts_bytes_after_decompression():
    bomb = gzip.compress(csv(*["2022/12/1,15,0.1"] * 100_000))
    assert len(bomb) < 20_000
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(bomb, FileLimits(size=1_000_000))
    assert caught.value.code == "too_large"


def test_the_row_limit_rejects_the_whole_file():
    content = csv(*["2022/12/1,15,0.1"] * 20)
    with pytest.raises(UnreadableFile) as caught:
        parse_csv(content, FileLimits(rows=10))
    assert caught.value.code == "too_many_rows"
    assert len(parse_csv(content, FileLimits(rows=21))) == 20


def test_a_line_may_lie_across_two_chunks():
    content = SAMPLE.read_bytes()
    padded = b"\n" * (CHUNK - 30) + content
    shifted = [row._replace(line=row.line - CHUNK + 30) for row in rows_of(padded)]
    assert shifted == rows_of(content)


def rejection_code(content):
    """Return the code of a rejected file; None for an accepted one."""
    try:
        decode_lines(io.BytesIO(content))
    except UnreadableFile as error:
        return error.code
    return None


def test_a_gzip_file_may_be_damaged_at_any_byte():
    packed = gzip.compress(PLAIN)
    for index in range(10, len(packed)):
        damaged = packed[:index] + bytes([packed[index] ^ 0xFF]) + packed[index + 1 :]
        assert rejection_code(damaged) in (None, "damaged_gzip"), f"damage at byte {index}"
