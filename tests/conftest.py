"""Environment and Hypothesis profiles of all tests."""

import os

from hypothesis import HealthCheck, settings

# Powertools reads it at the first import of a function, in any test.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "AquaSense")

# A deadline per example fails on a busy machine, not on a wrong program.
settings.register_profile(
    "project", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
# For `make unit`.
settings.register_profile("quick", settings.get_profile("project"), max_examples=30)
settings.load_profile("project")


def times_examples(factor: float) -> settings:
    """Return settings with a multiple of the profile's number of examples."""
    return settings(max_examples=round(factor * settings().max_examples))
