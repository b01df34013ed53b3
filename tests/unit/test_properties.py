"""What has to hold for every file and every history, tried on made-up ones."""

import contextlib
import io
import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.lines import Rejection, Row
from aquasense.csvfile.reader import parse_file, scan_file
from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.readings.versions import current_readings
from tests.support import HEADER, Trickle, csv, judged, rows_of, version, versions_of

SMALL = FileLimits(line_length=200, rows=500, size=100_000)

numbers = st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", fullmatch=True)
deviations = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,20})?", fullmatch=True)
dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))
cells = st.one_of(
    numbers,
    st.sampled_from(["", " ", "nan", "1e5", "1_5", "1,5", '"', '""', '"1,5"', "2022/12/1",
                     "31/12/2022", "12/31/2022", "\0", "ñ", "\ufeff", "\x1a", "-0"]),
    st.text(max_size=5),
)  # fmt: skip
raw_lines = st.lists(cells, max_size=5).map(",".join)
csv_like = st.lists(raw_lines, max_size=20).map(lambda lines: csv(*lines))


headed = st.binary(max_size=40).map(lambda tail: HEADER.encode() + b"\n" + tail)


@given(st.one_of(st.binary(max_size=300), csv_like, headed))
def test_no_file_makes_reading_fail_in_another_way(content):
    with contextlib.suppress(UnreadableFile):
        found = scan_file(io.BytesIO(content), SMALL)
        assert found.rejected >= len(found.rejections)


@given(csv_like, st.integers(1, 7))
def test_how_the_bytes_arrive_does_not_matter(content, at_a_time):
    try:
        whole = list(parse_file(io.BytesIO(content), SMALL))
    except UnreadableFile as error:
        whole = error.code
    try:
        pieces = list(parse_file(Trickle(content, at_a_time), SMALL))
    except UnreadableFile as error:
        pieces = error.code
    # A NUL makes a file binary only where it is among the first bytes that arrive.
    if "binary_file" not in (whole, pieces):
        assert pieces == whole


@given(dates, numbers, deviations, st.sampled_from([",", ";", "\t"]), st.sampled_from("/-"),
       st.booleans(), st.booleans())  # fmt: skip
def test_an_accepted_value_is_the_decimal_of_the_file(
    day, mean, deviation, delimiter, separator, day_first, comma
):
    parts = [f"{day.year:04d}", str(day.month), str(day.day)]
    written = [mean, deviation]
    if comma and delimiter != ",":
        written = [text.replace(".", ",") for text in written]
    line = delimiter.join([separator.join(parts[::-1] if day_first else parts), *written])
    (row,) = judged(csv(line, header=HEADER.replace(",", delimiter)))
    assert isinstance(row, Row)
    assert row.date == day.isoformat()
    assert Decimal(row.mean) == Decimal(mean)
    assert Decimal(row.deviation) == Decimal(deviation)


@given(csv_like)
def test_every_line_is_judged_alone(content):
    lines = content.decode().split("\n")[1:]
    try:
        together = list(parse_file(io.BytesIO(content), SMALL))
    except UnreadableFile:
        return
    alone = [
        one._replace(line=number)
        for number, line in enumerate(lines, start=2)
        for one in judged(csv(line))
    ]
    if not any("\r" in line or "\0" in line for line in lines):
        assert together == alone


@given(raw_lines)
def test_the_fast_way_and_the_careful_one_judge_alike(line):
    if "\0" in line or "\r" in line or "\n" in line:
        return
    fast, careful = judged(csv(line)), judged(csv(f" {line}"))
    if fast and isinstance(fast[0], Rejection):
        assert [one.code for one in fast] == [one.code for one in careful]
    else:
        assert fast == careful


@given(st.lists(numbers, min_size=1, max_size=31), st.lists(numbers, max_size=31),
       st.lists(deviations, min_size=1, max_size=31))  # fmt: skip
def test_figures_are_those_of_exact_fractions(means, before, spread):
    readings = [version(str(day), mean) for day, mean in enumerate(means)]
    previous = [version(str(day), mean) for day, mean in enumerate(before)]
    exact = [Fraction(mean) for mean in means]
    assert float(monthly.monthly_mean(readings).value) == float(sum(exact) / len(exact))
    assert Fraction(
        monthly.greatest_deviation([version("a", deviation=one) for one in spread]).value
    ) == max(Fraction(one) for one in spread)
    found = monthly.change_of_maximum(readings, previous).value
    if before:
        highest = max(exact), max(Fraction(mean) for mean in before)
        assert float(found) == float(highest[0]) - float(highest[1])
    else:
        assert found is None


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_the_previous_month_ends_the_day_before(year, month):
    last = date(year, month, 1) - timedelta(days=1)
    assert Month(year, month).previous() == Month(last.year, last.month)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(1, 8), st.integers(1, 60))
def test_a_history_in_pieces_in_any_order_and_repeated_gives_what_one_sorted_file_gives(
    chance, files, days
):
    first = date(2000, 1, 1)
    said: dict[str, tuple[str, str]] = {}
    uploads = []
    for number in range(files):
        lines = []
        for _ in range(chance.randint(0, days)):
            day = (first + timedelta(days=chance.randrange(days))).isoformat()
            mean = f"{chance.randint(5, 30)}.{chance.randrange(10**15):015d}"
            said[day] = mean, f"0.{chance.randrange(10**15)}"
            lines.append(",".join([day, *said[day]]))
        uploads.append((f"{number:04d}", csv(*lines)))
    one_file = csv(*(",".join([day, *values]) for day, values in sorted(said.items())))
    expected = [(row.date, row.mean, row.deviation) for row in rows_of(one_file)]

    # As the table is written: by key, in whatever order the events come, some of them twice.
    events = uploads + chance.choices(uploads, k=files)
    chance.shuffle(events)
    table = {}
    for order, content in events:
        for one in versions_of(content, order):
            table[one.date, one.upload_id] = one
    stored = list(table.values())
    random.Random(files).shuffle(stored)
    assert [(one.date, one.mean, one.deviation) for one in current_readings(stored)] == expected
