"""The trend of a monthly figure over the years, or the reason why there is none."""

from calendar import month_name
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from aquasense.dates import Month
from aquasense.figures.mann_kendall import LEVEL, Season, Trend, compute_trend

MIN_YEARS = 8

_NO_TREND = dict.fromkeys(
    ("trend", "slope_per_decade", "lower", "upper", "p_value", "z", "score", "variance",
     "dependence")
)  # fmt: skip
_NO_SEASON = dict.fromkeys(("slope_per_decade", "score"))


def describe_trend(values: Mapping[Month, Decimal]) -> dict[str, Any]:
    """Return the trend of a figure as JSON members; each calendar month is a season.

    Args:
        values: of the figure by month, in order; a month without a value is absent.
    """
    months = list(values)
    seasons = _group_by_season(values)
    reason = _find_reason(months, seasons)
    trend = None if reason else compute_trend(seasons)
    rows = _season_members(trend) if trend else [_NO_SEASON] * 12
    return {
        "period": {
            "first": str(months[0]) if months else None,
            "last": str(months[-1]) if months else None,
            "months": len(months),
        },
        "reason": reason,
        **(_trend_members(trend) if trend else _NO_TREND),
        "level": LEVEL,
        "seasons": [
            {"month": month, "years": _count(season)} | row
            for month, season, row in zip(range(1, 13), seasons, rows, strict=True)
        ],
    }


def _group_by_season(values: Mapping[Month, Decimal]) -> list[Season]:
    """Return the value of each year, None for none, for January to December."""
    years = range(min(values).year, max(values).year + 1) if values else range(0)
    doubles = {month: float(value) for month, value in values.items()}
    return [[doubles.get(Month(year, month)) for year in years] for month in range(1, 13)]


def _find_reason(months: Sequence[Month], seasons: Sequence[Season]) -> str | None:
    """Return why there is no trend: a series too short, or a season with too few values."""
    if not months:
        return "too short: there are no values"
    first, last = months[0], months[-1]
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    if span < MIN_YEARS * 12:
        return (
            f"too short: from {first} to {last} are {span} months, "
            f"fewer than {MIN_YEARS * 12} ({MIN_YEARS} years)"
        )
    for month, season in enumerate(seasons, 1):
        count, years = _count(season), len(season)
        if 2 * count < years:
            return (
                f"too few values of one season: {month_name[month]} has values in {count} of "
                f"{years} years, fewer than half"
            )
    return None


def _trend_members(trend: Trend) -> dict[str, Any]:
    significant = trend.p_value < 1 - LEVEL
    return {
        "trend": ("increasing" if trend.score > 0 else "decreasing") if significant else "none",
        "slope_per_decade": 10 * trend.slope,
        "lower": 10 * trend.lower,
        "upper": 10 * trend.upper,
        "p_value": trend.p_value,
        "z": trend.z,
        "score": trend.score,
        "variance": trend.variance,
        "dependence": trend.dependence,
    }


def _season_members(trend: Trend) -> list[dict[str, Any]]:
    return [
        {"slope_per_decade": 10 * season.slope, "score": season.score} for season in trend.seasons
    ]


def _count(season: Season) -> int:
    return sum(value is not None for value in season)
