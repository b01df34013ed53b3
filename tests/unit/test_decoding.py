"""From bytes to lines: what people's programs write, and what they upload by mistake."""

import codecs
import gzip
import io

import pytest

from aquasense.csvfile.decode import CHUNK, FileLimits, UnreadableFile, decode_blocks
from tests.support import LIMITS, SAMPLE, Trickle, csv, judged, rows_of

PLAIN = csv("2022/12/1,15.5,0.4", "2022/12/7,15.2,0.1")
EXPECTED = judged(PLAIN)
ACCENTED = "Día,Media,Desviación\n2022/12/1,15.5,0.4\n"


def lines(stream):
    """Every line of a file, as its blocks bring them."""
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
@pytest.mark.parametrize("at_a_time", [1, 3, 1 << 20])
def test_the_same_lines_whatever_the_encoding_and_however_they_arrive(content, at_a_time):
    found = lines(Trickle(content, at_a_time))
    assert found == PLAIN.decode().splitlines()
    assert judged(content) == EXPECTED


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("at_a_time", [1, 2, 1 << 20])
def test_accents_of_any_spanish_excel_are_read(encoding, at_a_time):
    found = lines(Trickle(ACCENTED.encode(encoding), at_a_time))
    assert found == ACCENTED.splitlines()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (gzip.compress(b""), "empty_file"),
        (b"PK\x03\x04" + bytes(100), "zip_file"),
        (gzip.compress(b"PK\x03\x04" + bytes(100)), "zip_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "excel_file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf_file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary_file"),
        (PLAIN.decode().encode("utf-16-le"), "binary_file"),
        (b"\x1f\x8b", "damaged_gzip"),
        (gzip.compress(PLAIN)[:-4], "damaged_gzip"),
        (gzip.compress(PLAIN)[:20], "damaged_gzip"),
        (gzip.compress(PLAIN)[:15] + b"\xff\xff\xff" + gzip.compress(PLAIN)[18:], "damaged_gzip"),
        (gzip.compress(PLAIN) + b"more", "damaged_gzip"),
        (b"\x1f\x8b\x07" + bytes(50), "damaged_gzip"),
    ],
)
def test_what_is_no_text_file_is_rejected_whole_with_one_reason(content, code):
    with pytest.raises(UnreadableFile) as caught:
        lines(io.BytesIO(content))
    assert caught.value.code == code
    assert caught.value.reason


def test_a_line_too_long_is_one_rejection_in_constant_memory():
    limits = FileLimits(line_length=1000)
    content = csv("2022/12/1,15,0.1", 3 * CHUNK * "x", "2022/12/2,16,0.2", 1001 * "y")
    first, long, second, last = judged(content, limits)
    assert (long.line, long.code, long.text) == (3, "line_too_long", 200 * "x" + "…")
    assert (first.line, second.line) == (2, 4)
    assert last.code == "line_too_long"
    assert judged(content, limits) == judged(content.rstrip(b"\n"), limits)


def test_of_a_line_too_long_the_same_is_shown_however_it_came():
    limits = FileLimits(line_length=100)
    whole, cut = judged(csv(150 * "x", 2 * CHUNK * "x"), limits)
    assert whole.text == cut.text == 100 * "x" + "…"


def test_a_line_as_long_as_allowed_is_judged_as_any_other():
    line = "2022/12/1,15." + 31 * "0" + ",0.1"
    assert judged(csv(line), FileLimits(line_length=len(line)))[0].date == "2022-12-01"


def test_the_size_limit_counts_bytes_after_decompression():
    bomb = gzip.compress(csv(*["2022/12/1,15,0.1"] * 100_000))
    assert len(bomb) < 20_000
    with pytest.raises(UnreadableFile) as caught:
        judged(bomb, FileLimits(size=1_000_000))
    assert caught.value.code == "too_large"


def test_the_row_limit_rejects_the_whole_file():
    content = csv(*["2022/12/1,15,0.1"] * 20)
    with pytest.raises(UnreadableFile) as caught:
        judged(content, FileLimits(rows=10))
    assert caught.value.code == "too_many_rows"
    assert len(judged(content, FileLimits(rows=21))) == 20


def test_chunk_boundaries_are_not_line_boundaries():
    content = SAMPLE.read_bytes()
    padded = b"\n" * (CHUNK - 30) + content
    shifted = [row._replace(line=row.line - CHUNK + 30) for row in rows_of(padded)]
    assert shifted == rows_of(content)


def code_of(content):
    """Why a file is rejected whole; None where it is not."""
    try:
        lines(io.BytesIO(content))
    except UnreadableFile as error:
        return error.code
    return None


def test_a_damaged_archive_is_a_rejection_wherever_the_damage_is():
    packed = gzip.compress(PLAIN)
    for at in range(10, len(packed)):
        broken = packed[:at] + bytes([packed[at] ^ 0xFF]) + packed[at + 1 :]
        assert code_of(broken) in (None, "damaged_gzip"), f"damage at byte {at}"
