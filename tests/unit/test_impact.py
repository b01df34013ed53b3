"""The impact of an upload, against the answers of the API and a computation over all years."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.registry import summarize_month
from aquasense.quality import flags
from aquasense.readings.versions import current_readings
from aquasense.uploads.impact import compute_impact
from tests.support import TEMPERATURE, version

OLD, NEW, DELETED = (f"2026110{day}T000000.000Z-0000-aaaaaaaaaaaa" for day in (1, 2, 3))


def test_only_later_uploads_that_are_not_withdrawn_supersede():
    later = version("2022-12-01", "16", upload_id=NEW)
    versions = [version("2022-12-01", upload_id=OLD), version("2022-12-08", upload_id=OLD), later]
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 1
    versions[-1] = later._replace(deletion_id=DELETED)
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 0
    versions.append(version("2022-12-01", "17", upload_id=NEW.replace("a", "b")))
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 1


def test_a_flat_line_over_years_has_the_same_flags_in_receipts_and_answers():
    limits = replace(
        TEMPERATURE.limits,
        gap_suspect_days=800,
        flat_tolerance=Decimal(1),
        flat_suspect_days=1100,
        flat_fail_days=2000,
    )
    yearly = replace(TEMPERATURE, limits=limits)
    days = [date(year, 6, 1) for year in range(2010, 2016)]
    versions = [version(day.isoformat(), "15", upload_id=OLD) for day in days]
    flagged = {
        day: flags.list_flags(tests)
        for day, tests in flags.evaluate(versions, yearly.limits).items()
    }
    assert {day: names for day, names in flagged.items() if names} == {
        "2013-06-01": ["flat_line:suspect"],
        "2014-06-01": ["flat_line:suspect"],
        "2015-06-01": ["flat_line:fail"],
    }
    impact = compute_impact(OLD, yearly, versions)
    assert impact.flagged == {day: names for day, names in flagged.items() if names}
    assert flags.required_range(days[-1], days[-1], limits) == ("2009-12-09", "2017-08-09")


@st.composite
def histories(draw):
    """Draw up to three uploads over some years, with readings at any spacing; some withdrawn."""
    day, versions = date(2018, 10, 1), []
    for days in draw(st.lists(st.sampled_from([1, 7, 30, 31, 200, 366, 500, 790]), max_size=12)):
        day += timedelta(days=days)
        for upload_id in draw(st.sets(st.sampled_from([OLD, NEW, DELETED]), min_size=1)):
            mean = draw(st.sampled_from(["15", "15", "19.5", "24", "41"]))
            withdrawn = DELETED if upload_id == OLD and draw(st.booleans()) else ""
            versions.append(
                version(day.isoformat(), mean, upload_id=upload_id)._replace(deletion_id=withdrawn)
            )
    return versions


@given(histories(), st.sampled_from([0, 21, 800, 10**9]), st.sampled_from([0, 14, 700]))
def test_the_impact_built_by_year_equals_that_of_all_years_together(versions, near, flat):
    limits = replace(
        TEMPERATURE.limits,
        gap_suspect_days=near,
        flat_tolerance=Decimal(5),
        flat_suspect_days=flat,
        flat_fail_days=2 * flat,
    )
    earlier = [version for version in versions if version.upload_id < NEW]
    own = [version for version in versions if version.upload_id == NEW]
    before, after = current_readings(earlier, NEW), current_readings([*earlier, *own], NEW)
    verdicts = flags.evaluate(after, limits)
    flagged = {version.date: flags.list_flags(verdicts[version.date]) for version in own}
    old, new = monthly.group_by_month(before), monthly.group_by_month(after)
    touched = {Month.of(version.date) for version in own}
    months = touched | {month.next() for month in touched if str(month.next()) in new}
    impact = compute_impact(NEW, replace(TEMPERATURE, limits=limits), versions)
    assert impact.flagged == {day: names for day, names in flagged.items() if names}
    assert impact.looks_wrong == len(impact.flagged)
    assert [(change.month, change.before, change.after) for change in impact.months] == [
        (str(month), summarize_month(month, old), summarize_month(month, new))
        for month in sorted(months)
    ]
