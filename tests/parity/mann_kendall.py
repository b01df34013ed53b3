"""Compute trends with pymannkendall and SciPy: JSON on stdin and stdout, like reference.py."""

import json
import sys

import numpy
import pymannkendall
from scipy.stats import mstats, norm

LEVEL = 0.9


def compute(rows: list[list[float | None]]) -> dict[str, dict[str, float]]:
    """Return the trend with independent and with dependent seasons.

    Args:
        rows: one for each year, with the value of each season.
    """
    series = numpy.array(rows, dtype=float)
    trend = pymannkendall.multivariate_test(series)
    kendall = mstats.kendalltau_seasonal(numpy.ma.masked_invalid(series))
    p_dependent = float(kendall["global p-value (dep)"])
    z = numpy.sign(trend.s) * norm.isf(p_dependent / 2)
    # SciPy returns no variance; without a score above 1 it does not follow from p.
    variance = ((abs(trend.s) - 1) / z) ** 2 if abs(trend.s) > 1 else numpy.nan
    common = {"score": float(trend.s), "slope": float(trend.slope)}
    slopes = list_slopes(series)
    return {
        "independent": common
        | {"p_value": float(trend.p), "z": float(trend.z), "variance": float(trend.var_s)}
        | find_interval(slopes, trend.var_s),
        "dependent": common
        | {"p_value": p_dependent, "z": float(z), "variance": float(variance)}
        | find_interval(slopes, variance),
    }


def list_slopes(series: numpy.ndarray) -> numpy.ndarray:
    """Return the slopes between two years of one season, in order."""
    later, earlier = numpy.tril_indices(len(series), -1)
    slopes = (series[later] - series[earlier]) / (later - earlier)[:, None]
    return numpy.sort(slopes[~numpy.isnan(slopes)])


def find_interval(slopes: numpy.ndarray, variance: float) -> dict[str, float]:
    """Return the interval of Gilbert (1987) as EnvStats for R interpolates it."""
    half = norm.ppf((1 + LEVEL) / 2) * numpy.sqrt(variance)
    ranks = [(slopes.size - half) / 2, (slopes.size + half) / 2 + 1]
    lower, upper = numpy.interp(ranks, numpy.arange(1, slopes.size + 1), slopes)
    return {"lower": float(lower), "upper": float(upper)}


if __name__ == "__main__":
    json.dump([compute(rows) for rows in json.load(sys.stdin)], sys.stdout)
