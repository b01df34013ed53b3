"""Evaluate series with ioos_qc: JSON on stdin and stdout. Runs in an environment of its own."""

import json
import sys
from typing import Any

import numpy
from ioos_qc import qartod

DAY = 86_400


def evaluate(series: dict[str, Any]) -> dict[str, list[int]]:
    """Return the flags of ioos_qc by test: 1 good, 2 unknown, 3 suspect, 4 fail."""
    times = numpy.array(series["dates"], dtype="datetime64[s]")
    means, limits = series["means"], series["limits"]
    flags = {
        "gross_range": qartod.gross_range_test(means, limits["fail"], limits["suspect"]),
        "spike": qartod.spike_test(means, limits["spike_suspect"], limits["spike_fail"]),
        "rate_of_change": qartod.rate_of_change_test(means, times, limits["rate_suspect"] / DAY),
        "flat_line": qartod.flat_line_test(
            means,
            times,
            suspect_threshold=limits["flat_suspect_days"] * DAY,
            fail_threshold=limits["flat_fail_days"] * DAY,
            tolerance=limits["flat_tolerance"],
        ),
    }
    return {test: [int(flag) for flag in values] for test, values in flags.items()}


if __name__ == "__main__":
    json.dump([evaluate(series) for series in json.load(sys.stdin)], sys.stdout)
