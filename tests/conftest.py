"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# Powertools reads it when a function is first imported, by whichever test that happens to be.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "AquaSense")

# A deadline per example fails on a busy machine, not on a wrong program.
settings.register_profile(
    "project", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
