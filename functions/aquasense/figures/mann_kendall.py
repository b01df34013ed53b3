"""The seasonal Mann-Kendall test for a trend, and the seasonal Sen slope.

The test allows for dependence between the seasons by their covariances (Hirsch and Slack 1984). In
a series of fewer than DEPENDENCE_YEARS these are too uncertain, and the seasons are taken as
independent (Hirsch, Slack and Smith 1982). A missing value is in no comparison and has the middle
rank of its season. The interval of the slope is that of Gilbert (1987).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor, sqrt
from statistics import NormalDist, median

DEPENDENCE_YEARS = 10
LEVEL = 0.9

_NORMAL = NormalDist()

# The value of each year, None where there is none.
type Season = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class SeasonTrend:
    """The trend of one season.

    Attributes:
        score: Mann-Kendall score S.
        slope: Sen slope per year.
    """

    score: int
    slope: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend of all seasons.

    Attributes:
        seasons: the trend of each.
        score: sum of their scores.
        variance: of the score.
        z: standard normal deviate of the score, with correction for continuity.
        p_value: two-sided.
        dependence: True if the test allows for dependence between the seasons.
        slope, lower, upper: seasonal Sen slope per year, and its interval of LEVEL.
    """

    seasons: list[SeasonTrend]
    score: int
    variance: float
    z: float
    p_value: float
    dependence: bool
    slope: float
    lower: float
    upper: float


def compute_trend(seasons: Sequence[Season]) -> Trend:
    """Return the trend of a series.

    Args:
        seasons: equally long, each with at least two values.
    """
    years = len(seasons[0])
    pair_sums, rank_sums = Counter[tuple[int, int]](), [0] * years
    trends, all_slopes, independent = [], [], 0.0
    for season in seasons:
        values = [(year, value) for year, value in enumerate(season) if value is not None]
        signs, ranks, slopes = [], [0] * years, []
        for (i, earlier), (j, later) in combinations(values, 2):
            sign = (later > earlier) - (later < earlier)
            signs.append(sign)
            pair_sums[i, j] += sign
            # Twice the difference of a rank, ties averaged, from the middle rank.
            ranks[i] -= sign
            ranks[j] += sign
            slopes.append((later - earlier) / (j - i))
        independent += _compute_variance(signs, ranks)
        rank_sums = [total + rank for total, rank in zip(rank_sums, ranks, strict=True)]
        all_slopes += slopes
        trends.append(SeasonTrend(sum(signs), median(slopes)))
    score = sum(trend.score for trend in trends)
    dependence = years >= DEPENDENCE_YEARS
    variance = _compute_variance(pair_sums.values(), rank_sums) if dependence else independent
    # Correction for continuity: the score has steps of 2.
    z = (abs(score) - 1) / sqrt(variance) if score else 0.0
    return Trend(
        trends,
        score,
        variance,
        z if score > 0 else -z,
        2 * _NORMAL.cdf(-z),
        dependence,
        median(all_slopes),
        *_find_interval(sorted(all_slopes), variance),
    )


def _compute_variance(signs: Iterable[int], ranks: Iterable[int]) -> float:
    """Return the variance of a score, or the sum of all variances and covariances of its parts.

    Equation 14 of Hirsch and Slack (1984) with ranks from the middle rank, where its last term is
    zero; it is linear in products of two seasons, so that sums over the seasons can be squared.

    Args:
        signs: by pair of years, of one season or summed over the seasons.
        ranks: by year, twice the difference from the middle rank; of one or summed.
    """
    return (sum(sign * sign for sign in signs) + sum(rank * rank for rank in ranks)) / 3


def _find_interval(slopes: Sequence[float], variance: float) -> tuple[float, float]:
    """Return the limits of the median of slopes in order, interpolated between two slopes."""
    half = _NORMAL.inv_cdf((1 + LEVEL) / 2) * sqrt(variance)
    return _interpolate(slopes, (len(slopes) - half) / 2 - 1), _interpolate(
        slopes, (len(slopes) + half) / 2
    )


def _interpolate(slopes: Sequence[float], position: float) -> float:
    position = min(max(position, 0.0), len(slopes) - 1.0)
    below = floor(position)
    above = min(below + 1, len(slopes) - 1)
    return slopes[below] + (slopes[above] - slopes[below]) * (position - below)
