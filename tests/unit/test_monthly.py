"""The monthly figures, exact to the last digit."""

from decimal import Decimal

import pytest

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.monthly import Coverage
from aquasense.figures.registry import FIGURES
from aquasense.readings.versions import current_readings
from tests.support import SAMPLE, of_month, readings, version, versions_of

SAMPLE_READINGS = current_readings(versions_of(SAMPLE.read_bytes(), "1"))


@pytest.mark.parametrize(
    ("metric", "month", "expected"),
    [
        ("temp", Month(2022, 12), "15.374606476138302"),
        ("sd", Month(2022, 12), "0.406611695429108"),
        ("maxdiff", Month(2022, 12), "-4.48863557076381"),
        ("sd", Month(2022, 11), "0.371891874269512"),
        ("maxdiff", Month(2023, 1), "-0.9648021288236155"),
        ("sd", Month(2023, 3), "0.49404241295943"),
    ],
)
def test_the_figures_of_the_sample(metric, month, expected):
    own = of_month(SAMPLE_READINGS, str(month))
    previous = of_month(SAMPLE_READINGS, str(month.previous()))
    assert FIGURES[metric].compute(own, previous).value == Decimal(expected)


def test_the_mean_is_the_double_nearest_to_the_exact_mean():
    # Sums of doubles are 0.30000000000000004 and 0.
    assert monthly.monthly_mean(readings(("a", "0.1"), ("b", "0.2"), ("c", "0"))).value == Decimal(
        "0.1"
    )
    assert monthly.monthly_mean(
        readings(("a", "1e30"), ("b", "1"), ("c", "-1e30"), ("d", "3"))
    ).value == Decimal("1")


def test_the_change_is_the_difference_of_doubles_as_in_pandas_and_excel():
    # The exact difference is -4.488635570763808.
    december, november = "15.569854830055972", "20.05849040081978"
    change = monthly.change_of_maximum(readings(("b", december)), readings(("a", november)))
    assert change.value == Decimal(repr(float(december) - float(november)))
    assert str(change.value) == "-4.48863557076381"


def test_the_maximum_is_that_of_the_exact_decimals():
    # Both are 0.3 as doubles.
    close = readings(("b", "0.3"), ("c", "0.3000000000000000000000000000000000001"))
    change = monthly.change_of_maximum(close, readings(("a", "0.1")))
    assert change.value == Decimal(repr(0.3 - 0.1))


def test_sd_is_the_greatest_unrounded_deviation():
    month = [version("a", deviation="0.50"), version("b", deviation="0.5000000000000000000001")]
    assert monthly.greatest_deviation(month).value == Decimal("0.5000000000000000000001")


def test_maxdiff_is_signed():
    low, high = readings(("a", "10"), ("b", "12")), readings(("c", "20"), ("d", "11"))
    assert monthly.change_of_maximum(high, low).value == Decimal(8)
    assert monthly.change_of_maximum(low, high).value == Decimal(-8)
    assert monthly.change_of_maximum(readings(("a", "-3")), readings(("b", "-5"))).value == Decimal(
        2
    )


def test_maxdiff_is_null_with_a_reason_if_the_previous_month_has_no_readings():
    change = monthly.change_of_maximum(readings(("2022-12-01", "15")), [])
    assert change.value is None
    assert change.reason == "the previous month has no readings"


def test_a_month_is_written_with_four_digits_of_the_year():
    assert str(Month(999, 1)) == "0999-01"


def test_coverage_counts_readings_and_the_largest_gap():
    december = of_month(SAMPLE_READINGS, "2022-12")
    assert monthly.compute_coverage(december) == Coverage(5, "2022-12-01", "2022-12-27", 9)
    assert monthly.compute_coverage(readings(("2022-12-01", "15"))) == Coverage(
        1, "2022-12-01", "2022-12-01", 0
    )
