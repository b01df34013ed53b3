"""The trend equals that of pymannkendall, and with dependent months that of SciPy."""

import random
from typing import Any

import pytest

from aquasense.figures.mann_kendall import DEPENDENCE_YEARS, Trend, compute_trend
from tests.parity.packages import NEEDED, ask

pytestmark = NEEDED

SERIES = 120
COMPARED = ("score", "variance", "z", "p_value", "slope", "lower", "upper")

type Pair = tuple[Trend, dict[str, Any]]


def made_up_series(seed: int) -> list[list[float | None]]:
    """Return a row for each year: with ties, missing months, dependent months or a trend."""
    chance = random.Random(seed)
    years = chance.choice((8, 9, DEPENDENCE_YEARS, 12, 20, 30))
    missing, digits = chance.choice((0, 0.1, 0.3)), chance.choice((0, 1, 6))
    dependence, slope = chance.choice((0, 1)), chance.choice((0, 0.02, -0.1))
    rows: list[list[float | None]] = []
    for year in range(years):
        common = chance.gauss(slope * year, dependence)
        values = [round(month % 7 + chance.gauss(common, 1), digits) for month in range(12)]
        rows.append([None if chance.random() < missing else value for value in values])
    return rows


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Return for each series our trend and that of the packages."""
    made_up = [made_up_series(seed) for seed in range(SERIES)]
    ours = [compute_trend(list(zip(*rows, strict=True))) for rows in made_up]
    return list(zip(ours, ask("mann_kendall.py", made_up), strict=True))


def assert_equal(pairs: list[Pair], seasons: str) -> None:
    for trend, theirs in pairs:
        for name in COMPARED:
            expected = pytest.approx(theirs[seasons][name], rel=1e-9, abs=1e-9)
            assert getattr(trend, name) == expected, (name, trend)


def test_short_series_have_the_trend_of_independent_months(pairs: list[Pair]) -> None:
    short = [(trend, theirs) for trend, theirs in pairs if not trend.dependence]
    assert len(short) > SERIES / 5
    assert_equal(short, "independent")


def test_long_series_have_the_trend_of_dependent_months(pairs: list[Pair]) -> None:
    # A score of 1 has p = 1, from which the variance does not follow.
    long = [pair for pair in pairs if pair[0].dependence and abs(pair[0].score) > 1]
    assert len(long) > SERIES / 2
    assert_equal(long, "dependent")
    significant = [trend.p_value < 0.1 for trend, _ in long]
    assert 10 < sum(significant) < len(long) - 10


def test_the_variance_of_dependent_months_is_not_that_of_independent_months(
    pairs: list[Pair],
) -> None:
    ratios = [t.variance / theirs["independent"]["variance"] for t, theirs in pairs if t.dependence]
    assert min(ratios) < 1 < 5 < max(ratios)
