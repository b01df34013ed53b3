"""Fuzz the reader with malicious files; check its rows with an independent oracle."""

import contextlib
import gzip
import io
import subprocess
import sys
import time
import tracemalloc
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.lines import Rejection, Row, SerialDate
from aquasense.csvfile.reader import latest_rows, parse_file, scan_file
from aquasense.csvfile.utf8 import Utf8Decoder
from tests.conftest import times_examples
from tests.faults.oracle import find_missing_line, find_wrong_row
from tests.support import HEADER, ROOT, Trickle

SMALL = FileLimits(line_length=200, rows=500, size=100_000)

digits = st.text("0123456789", min_size=1, max_size=6)
TRICKY = (
    "1_5 １５ ١٥ ² ½ nan inf -inf 1e5 1E-3 1e 0x10 +1 -0 -0.0 .5 5. . - 1,5 1.000,5 1..2 00012 "
    '1e99 1e100 \ufeff \x00 \x0b \x0c \x1c \x85 \u2028 \xa0 " "" "1" "1,5" \'1\' '
    "2022/2/29 2024/2/29 1900/2/29 2000-02-29 31/12/2022 12/31/2022 2022/12-01 2022/00/10 "
    "1899/12/31 2101/1/1 20221201 2022/12/1T00 2022.12.1 ２０２２/12/1 "
    "2022/12/1T00:00 1.12.2022 2022-12-01T00:00:00.0 1-dic-2022 2022-Dec-1 1/ene/22 44896 44896.0 "
    "-999 -9999.0 -999.1 NA #N/A"
)
tricky = st.sampled_from(TRICKY.split(" "))
plain_date = st.dates().map(lambda day: f"{day.year}/{day.month}/{day.day}")
number = st.one_of(digits, st.builds("{}.{}".format, digits, digits))
cell = st.one_of(number, tricky, plain_date, st.text(max_size=4), st.just(""))
good_line = st.builds("2022/{}/{},{},{}".format, st.integers(1, 12), st.integers(1, 28), number,
                      number)  # fmt: skip
line = st.one_of(
    good_line,
    st.lists(cell, max_size=5).map(",".join),
    st.lists(cell, min_size=3, max_size=3).map(";".join),
    good_line.flatmap(lambda text: st.integers(0, len(text)).map(
        lambda index: text[:index] + "\x00" + text[index:])),
)  # fmt: skip
header = st.sampled_from(
    [HEADER, HEADER.replace(",", ";"), HEADER.replace(",", "\t"), f"sep=,\n{HEADER}",
     "Desviaciones,Notas,Fecha,Medias", f" {HEADER.upper()} ", '"Fecha","Medias","Desviaciones"'],
)  # fmt: skip
ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
text = st.builds(lambda head, lines, end: end.join([head, *lines]), header,
                 st.lists(line, max_size=15), ends)  # fmt: skip
encoded = st.one_of(
    text.map(lambda string: string.encode("utf-8", "surrogatepass")),
    text.map(lambda string: b"\xef\xbb\xbf" + string.encode("utf-8", "surrogatepass")),
    text.map(lambda string: b"\xff\xfe" + string.encode("utf-16-le", "surrogatepass")),
    text.map(lambda string: b"\xfe\xff" + string.encode("utf-16-be", "surrogatepass")),
    text.map(lambda string: string.encode("latin-1", "replace")),
)
files = st.one_of(encoded, encoded.map(gzip.compress), st.binary(max_size=200))
damaged = st.builds(
    lambda content, index, damage: content[: index % (len(content) + 1)] + damage
    + content[index % (len(content) + 1) + len(damage) :],
    files, st.integers(0, 10_000), st.binary(max_size=3),
)  # fmt: skip


def parse_lines(content):
    """Parse every line of a file; return no lines if it is rejected."""
    with contextlib.suppress(UnreadableFile):
        scan = scan_file(io.BytesIO(content), SMALL)
        assert scan.rejected >= len(scan.rejections)
        return list(parse_file(io.BytesIO(content), SMALL))
    return []


@times_examples(4)
@given(st.one_of(files, damaged))
@example(b"\x1f\x8b")
@example(gzip.compress(b"")[:-1])
@example(gzip.compress(HEADER.encode()) + b"\0\0rest")
@example(b"\xff\xfe" + b"F")
@example(b"\xff\xfe" + HEADER.encode("utf-16-le") + b"\n")
@example(f"{HEADER}\n2022/12/1,15,5,0,4".encode())
@example(f"{HEADER}\n2022/12/1,15,0.4".encode() + b"\x85")
@example(f'{HEADER}\n2022/12/1,15,"0.4\n2022/12/2,15,0.4'.encode())
def test_rows_have_the_values_of_their_lines(content):
    parsed = parse_lines(content)
    assert all(isinstance(line, Row | Rejection) for line in parsed)
    rows = [(row.line, row.date, row.mean, row.deviation) for row in parsed if isinstance(row, Row)]
    # The oracle cannot read a file that is damaged at its end.
    with contextlib.suppress(EOFError, zlib.error, gzip.BadGzipFile):
        assert find_wrong_row(content, rows) is None


@given(encoded)
def test_no_line_with_a_reading_is_skipped(content):
    parsed = parse_lines(content)
    if parsed:
        assert find_missing_line(content, {line.line for line in parsed}) is None


@given(encoded, st.integers(1, 4))
def test_latest_rows_do_not_depend_on_chunks_and_batches(content, size):
    try:
        scan = scan_file(Trickle(content, 3), SMALL)
    except UnreadableFile:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aquasense.csvfile.reader.BATCH", size)
        batches = list(latest_rows(Trickle(content, 3), SMALL, scan))
    assert all(0 < len(batch) <= size for batch in batches)
    parsed = parse_file(Trickle(content, 3), SMALL)
    if scan.serials:
        parsed = [line.row if isinstance(line, SerialDate) else line for line in parsed]
    last = {row.date: row for row in parsed if isinstance(row, Row)}
    rows = [row for batch in batches for row in batch]
    assert rows == sorted(last.values(), key=lambda row: row.line)


class Endless:
    """A stream that repeats a block up to a size, after an optional head."""

    def __init__(self, block, size, head=b""):
        self._head, self._block, self.left = head, block, size

    def read(self, size=-1, /):
        if self._head:
            chunk, self._head = self._head, b""
            return chunk
        length = min(size, self.left, len(self._block))
        self.left -= length
        return self._block[:length]


HEAD = HEADER.encode() + b"\n"
TOO_LARGE = {
    "one line": (b"", b"x", "too_large"),
    "one line below the header": (HEAD, b"x", "too_large"),
    "one number": (HEAD + b"2022/12/1,", b"1", "too_large"),
    "one quoted cell": (HEAD, b'"', "too_large"),
    "blank lines first": (b"", b"\n", "too_many_rows"),
    "blank lines": (HEAD, b"\n", "too_many_rows"),
    "old Mac line ends": (HEAD, b"\r", "too_many_rows"),
    "good rows": (HEAD, b"2022/12/1,1,1\n", "too_many_rows"),
    "bad rows": (HEAD, b"x\n", "too_many_rows"),
    "invalid bytes": (HEAD, b"\xff", "too_large"),
    "invalid bytes and digits": (HEAD, b"\xff1", "too_large"),
    "half a character": (b"\xff\xfe" + HEADER.encode("utf-16-le"), b"\0\xd8", "too_large"),
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", TOO_LARGE)
def test_too_large_a_file_is_rejected_in_little_memory_and_time(case, compressed):
    head, piece, code = TOO_LARGE[case]
    size = 30_000_000
    block = piece * (65536 // len(piece))
    stream = Endless(block, size, head)
    if compressed:
        content = gzip.compress(head + block * (size // len(block)), 1)
        assert len(content) < size / 20
        stream = io.BytesIO(content)
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile) as caught:
            scan_file(stream, FileLimits(rows=30_000, size=3_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == code
    # Several chunks of 64 KB as text, lines and rows.
    assert peak < 12_000_000
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(b"") * 200_000, id="empty members"),
        pytest.param(b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 4_000_000, id="endless file name"),
        pytest.param(gzip.compress(HEAD) + bytes(4_000_000), id="zeros after the end"),
    ],
)
def test_a_gzip_file_without_content_is_not_read_to_its_end(content):
    stream = io.BytesIO(content)
    with pytest.raises(UnreadableFile) as caught:
        scan_file(stream, FileLimits())
    assert caught.value.code == "damaged_gzip"
    assert stream.tell() < len(content)


@given(st.lists(st.sampled_from(
    [b"a", b"1", b"\n", "ñ".encode(), b"\xf1", "€".encode(), b"\xff", b"\xe2\x82", b"\xc3"]
), max_size=15).map(b"".join), st.integers(1, 4))  # fmt: skip
def test_invalid_utf8_is_latin1_wherever_chunks_end(content, size):
    decoder = Utf8Decoder()
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    text = "".join(decoder.decode(chunk) for chunk in chunks) + decoder.decode(b"", final=True)
    assert text == content.decode("utf-8", "as-latin-1")


def test_memory_does_not_grow_with_the_file():
    small, large = (
        int(
            subprocess.run(
                [sys.executable, "-m", "tests.faults.memory", str(rows)],
                cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'functions'}"}, check=True,
                capture_output=True, text=True,
            ).stdout
        )
        for rows in (1_000, 1_000_000)
    )  # fmt: skip
    assert large <= small * 1.1
