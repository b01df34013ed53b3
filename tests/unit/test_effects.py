"""What an upload changed."""

from dataclasses import replace

from aquasense import flags
from aquasense.effects import effect
from aquasense.versions import current
from tests.support import TEMPERATURE, version

OLD, NEW, DELETED = (f"2026110{day}T000000.000Z-0000-aaaaaaaaaaaa" for day in (1, 2, 3))


def test_a_receipt_flags_what_other_answers_flag_however_far_apart_a_series_is_surveyed():
    monthly = replace(TEMPERATURE, limits=replace(TEMPERATURE.limits, gap_suspect_days=70))
    days = ("2021-10-28", "2022-01-02", "2022-06-01", "2022-12-30", "2023-03-05")
    versions = [
        version(day, mean, order=OLD)
        for day, mean in zip(days, ("15", "99", "15", "15", "99"), strict=True)
    ]
    verdicts = flags.of(current(versions), monthly.limits)
    wrong = {day: flags.looks_wrong(verdicts[day]) for day in days}
    assert "rate_of_change:suspect" in wrong["2022-01-02"]
    assert effect(OLD, monthly, versions).flagged == {day: w for day, w in wrong.items() if w}


def test_a_later_upload_supersedes_only_until_it_is_withdrawn():
    later = version("2022-12-01", "16", order=NEW)
    versions = [version("2022-12-01", order=OLD), version("2022-12-08", order=OLD), later]
    assert effect(OLD, TEMPERATURE, versions).superseded == 1
    versions[-1] = later._replace(withdrawn=DELETED)
    assert effect(OLD, TEMPERATURE, versions).superseded == 0
    # Another one that stands supersedes all the same.
    versions.append(version("2022-12-01", "17", order=NEW.replace("a", "b")))
    assert effect(OLD, TEMPERATURE, versions).superseded == 1
