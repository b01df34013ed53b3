"""Properties of generated files, months and histories of uploads."""

import contextlib
import io
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
from tests.support import HEADER, Trickle, csv, parse_csv, rows_of, version, versions_of

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
def test_scan_file_raises_nothing_but_unreadable_file(content):
    with contextlib.suppress(UnreadableFile):
        scan = scan_file(io.BytesIO(content), SMALL)
        assert scan.rejected >= len(scan.rejections)


@given(csv_like, st.integers(1, 7))
def test_the_result_does_not_depend_on_the_size_of_each_read(content, read_size):
    results = []
    for stream in (io.BytesIO(content), Trickle(content, read_size)):
        try:
            results.append(list(parse_file(stream, SMALL)))
        except UnreadableFile as error:
            results.append(error.code)
    # A NUL makes a file binary in the first chunk only.
    assert results[0] == results[1] or "binary_file" in results


@given(dates, numbers, deviations, st.sampled_from([",", ";", "\t"]), st.sampled_from("/-"),
       st.booleans(), st.booleans())  # fmt: skip
def test_rows_have_the_exact_decimals_of_the_file(
    day, mean, deviation, delimiter, separator, day_first, comma
):
    parts = [f"{day.year:04d}", str(day.month), str(day.day)]
    written = [mean, deviation]
    if comma and delimiter != ",":
        written = [text.replace(".", ",") for text in written]
    line = delimiter.join([separator.join(parts[::-1] if day_first else parts), *written])
    (row,) = parse_csv(csv(line, header=HEADER.replace(",", delimiter)))
    assert isinstance(row, Row)
    assert row.date == day.isoformat()
    assert Decimal(row.mean) == Decimal(mean)
    assert Decimal(row.deviation) == Decimal(deviation)


@given(csv_like)
def test_every_line_is_parsed_alone(content):
    lines = content.decode().split("\n")[1:]
    try:
        together = list(parse_file(io.BytesIO(content), SMALL))
    except UnreadableFile:
        return
    alone = [
        parsed._replace(line=number)
        for number, line in enumerate(lines, start=2)
        for parsed in parse_csv(csv(line))
    ]
    if not any("\r" in line or "\0" in line for line in lines):
        assert together == alone


@given(raw_lines)
def test_a_leading_space_does_not_change_a_row_or_a_code(line):
    if "\0" in line or "\r" in line or "\n" in line:
        return
    # With the space, the line is parsed field by field.
    plain, spaced = parse_csv(csv(line)), parse_csv(csv(f" {line}"))
    if plain and isinstance(plain[0], Rejection):
        assert [rejection.code for rejection in plain] == [rejection.code for rejection in spaced]
    else:
        assert plain == spaced


@given(st.lists(numbers, min_size=1, max_size=31), st.lists(numbers, max_size=31),
       st.lists(deviations, min_size=1, max_size=31))  # fmt: skip
def test_figures_are_exact_to_the_nearest_float(means, before, spread):
    readings = [version(str(day), mean) for day, mean in enumerate(means)]
    previous = [version(str(day), mean) for day, mean in enumerate(before)]
    exact = [Fraction(mean) for mean in means]
    assert float(monthly.monthly_mean(readings).value) == float(sum(exact) / len(exact))
    spread_readings = [version("a", deviation=deviation) for deviation in spread]
    greatest = monthly.greatest_deviation(spread_readings).value
    assert Fraction(greatest) == max(Fraction(deviation) for deviation in spread)
    change = monthly.change_of_maximum(readings, previous).value
    if before:
        highest = max(exact), max(Fraction(mean) for mean in before)
        assert float(change) == float(highest[0]) - float(highest[1])
    else:
        assert change is None


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_the_previous_month_contains_the_day_before_the_first(year, month):
    last = date(year, month, 1) - timedelta(days=1)
    assert Month(year, month).previous() == Month(last.year, last.month)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(1, 8), st.integers(1, 60))
def test_overlapping_uploads_in_any_order_give_the_readings_of_one_file(rng, files, days):
    first = date(2000, 1, 1)
    values: dict[str, tuple[str, str]] = {}
    uploads = []
    for number in range(files):
        lines = []
        for _ in range(rng.randint(0, days)):
            day = (first + timedelta(days=rng.randrange(days))).isoformat()
            mean = f"{rng.randint(5, 30)}.{rng.randrange(10**15):015d}"
            values[day] = mean, f"0.{rng.randrange(10**15)}"
            lines.append(",".join([day, *values[day]]))
        uploads.append((f"{number:04d}", csv(*lines)))
    one_file = csv(*(",".join([day, *pair]) for day, pair in sorted(values.items())))
    expected = [(row.date, row.mean, row.deviation) for row in rows_of(one_file)]

    # As in the table: one item for each key, however events are ordered and repeated.
    events = uploads + rng.choices(uploads, k=files)
    rng.shuffle(events)
    table = {
        (stored.date, stored.upload_id): stored
        for upload_id, content in events
        for stored in versions_of(content, upload_id)
    }
    versions = list(table.values())
    rng.shuffle(versions)
    current = current_readings(versions)
    assert [(reading.date, reading.mean, reading.deviation) for reading in current] == expected
