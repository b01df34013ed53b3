"""What an upload changed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.registry import summarize_month
from aquasense.quality import flags
from aquasense.quality.registry import QUALITY_TESTS
from aquasense.readings.versions import current_readings
from aquasense.uploads.impact import compute_impact
from tests.support import TEMPERATURE, version

OLD, NEW, DELETED = (f"2026110{day}T000000.000Z-0000-aaaaaaaaaaaa" for day in (1, 2, 3))


def test_a_receipt_flags_what_other_answers_flag_however_far_apart_a_series_is_surveyed():
    monthly = replace(TEMPERATURE, limits=replace(TEMPERATURE.limits, gap_suspect_days=70))
    days = ("2021-10-28", "2022-01-02", "2022-06-01", "2022-12-30", "2023-03-05")
    versions = [
        version(day, mean, order=OLD)
        for day, mean in zip(days, ("15", "99", "15", "15", "99"), strict=True)
    ]
    verdicts = flags.evaluate(current_readings(versions), monthly.limits)
    wrong = {day: flags.list_flags(verdicts[day]) for day in days}
    assert "rate_of_change:suspect" in wrong["2022-01-02"]
    assert compute_impact(OLD, monthly, versions).flagged == {
        day: w for day, w in wrong.items() if w
    }


def test_a_later_upload_supersedes_only_until_it_is_withdrawn():
    later = version("2022-12-01", "16", order=NEW)
    versions = [version("2022-12-01", order=OLD), version("2022-12-08", order=OLD), later]
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 1
    versions[-1] = later._replace(deletion_id=DELETED)
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 0
    # Another one that stands supersedes all the same.
    versions.append(version("2022-12-01", "17", order=NEW.replace("a", "b")))
    assert compute_impact(OLD, TEMPERATURE, versions).superseded == 1


def test_a_receipt_flags_what_other_answers_flag_in_a_series_of_yearly_readings():
    # Two New Years lie between neighbours, and a test may look at more than one.
    limits = replace(TEMPERATURE.limits, gap_suspect_days=800, rate_suspect=Decimal("0.01"))
    yearly = replace(TEMPERATURE, limits=limits)
    means = {"2010-06-01": "15", "2012-06-01": "25", "2014-06-01": "15", "2018-06-01": "25"}
    versions = [version(day, mean, order=OLD) for day, mean in means.items()]
    verdicts = flags.evaluate(versions, limits)
    flagged = {day: flags.list_flags(tests) for day, tests in verdicts.items()}
    assert flagged["2012-06-01"] == ["spike:fail", "rate_of_change:suspect"]
    assert flagged["2018-06-01"] == []
    impact = compute_impact(OLD, yearly, versions)
    assert impact.flagged == {day: names for day, names in flagged.items() if names}


def test_a_test_of_many_readings_flags_the_same_in_receipts_and_answers(monkeypatch):
    def flat_line(series, limits, positions):
        for i in positions:
            run = range(max(i - 3, 0), i + 1)
            flat = len(run) == 4 and len({series.mean(j) for j in run}) == 1
            yield "suspect" if flat else "pass"

    test = replace(
        QUALITY_TESTS["spike"],
        name="flat_line",
        evaluate=flat_line,
        before=lambda limits: 3,
        after=lambda limits: 0,
    )
    monkeypatch.setitem(QUALITY_TESTS, "flat_line", test)
    monkeypatch.setattr(flags, "READING_TESTS", [*flags.READING_TESTS, test])
    yearly = replace(TEMPERATURE, limits=replace(TEMPERATURE.limits, gap_suspect_days=800))
    days = [date(year, 6, 1) for year in range(2010, 2016)]
    versions = [version(day.isoformat(), "15", order=OLD) for day in days]
    flagged = {
        day: flags.list_flags(tests)
        for day, tests in flags.evaluate(versions, yearly.limits).items()
    }
    assert [day for day, names in flagged.items() if names] == [
        "2013-06-01", "2014-06-01", "2015-06-01",
    ]  # fmt: skip
    impact = compute_impact(OLD, yearly, versions)
    assert impact.flagged == {day: names for day, names in flagged.items() if names}
    assert flags.required_range(days[-1], days[-1], yearly.limits) == ("2008-11-04", "2017-08-09")


@st.composite
def histories(draw):
    """Draw three uploads of a series over some years, at any pace; a withdrawal of the first."""
    day, versions = date(2018, 10, 1), []
    for days in draw(st.lists(st.sampled_from([1, 7, 30, 31, 200, 366, 500, 790]), max_size=12)):
        day += timedelta(days=days)
        for order in draw(st.sets(st.sampled_from([OLD, NEW, DELETED]), min_size=1)):
            mean = draw(st.sampled_from(["15", "15", "19.5", "24", "41"]))
            withdrawn = DELETED if order == OLD and draw(st.booleans()) else ""
            versions.append(
                version(day.isoformat(), mean, order=order)._replace(deletion_id=withdrawn)
            )
    return versions


@given(histories(), st.sampled_from([0, 21, 800, 10**9]))
def test_an_impact_is_that_of_all_years_at_once(versions, near):
    limits = replace(TEMPERATURE.limits, gap_suspect_days=near)
    before = current_readings((one for one in versions if one.upload_id < NEW), NEW)
    own = [one for one in versions if one.upload_id == NEW]
    after = current_readings([*(one for one in versions if one.upload_id < NEW), *own], NEW)
    verdicts = flags.evaluate(after, limits)
    flagged = {one.date: flags.list_flags(verdicts[one.date]) for one in own}
    old, new = monthly.group_by_month(before), monthly.group_by_month(after)
    touched = {Month.of(one.date) for one in own}
    months = touched | {month.next() for month in touched if str(month.next()) in new}
    impact = compute_impact(NEW, replace(TEMPERATURE, limits=limits), versions)
    assert impact.flagged == {day: names for day, names in flagged.items() if names}
    assert impact.looks_wrong == len(impact.flagged)
    assert [(one.month, one.before, one.after) for one in impact.months] == [
        (str(month), summarize_month(month, old), summarize_month(month, new))
        for month in sorted(months)
    ]
