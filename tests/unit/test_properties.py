"""Properties of generated files and months."""

import io
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.lines import Row
from aquasense.csvfile.reader import parse_file
from aquasense.dates import Month
from aquasense.figures import monthly
from tests.support import HEADER, Trickle, csv, parse_csv, version

SMALL = FileLimits(line_length=200, rows=500, size=100_000)

# Without -999, which stands for no value.
numbers = st.from_regex(r"(?!-999(\.0+)?\Z)-?[0-9]{1,3}(\.[0-9]{1,20})?", fullmatch=True)
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
