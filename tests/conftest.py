"""What all tests share."""

from hypothesis import HealthCheck, settings

# A deadline per example fails on a busy machine, not on a wrong program.
settings.register_profile(
    "project", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
