"""JSON members of figures and months."""

from decimal import Decimal

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.readings.versions import current_readings
from query.resources import monthly_members
from query.resources.monthly_members import NoReadings
from tests.support import SAMPLE, TEMPERATURE, UPLOAD_ID, of_month, versions_of

READINGS = current_readings(versions_of(SAMPLE.read_bytes(), UPLOAD_ID))


def figure_of_december(metric):
    return monthly_members.figure_members(
        TEMPERATURE, metric, Month(2022, 12), monthly.group_by_month(READINGS)
    )


def test_the_members_of_a_figure():
    assert figure_of_december("temp") == {
        "dataset": "marmenor.temperature",
        "metric": "temp",
        "year": 2022,
        "month": 12,
        "value": Decimal("15.374606476138302"),
        "unit": "degree_Celsius",
        "coverage": {
            "readings": 5,
            "first": "2022-12-01",
            "last": "2022-12-27",
            "largest_gap_days": 9,
        },
        "flags": {},
    }


def test_a_null_value_has_a_reason():
    own = of_month(READINGS, "2022-11")
    members = monthly_members.figure_members(
        TEMPERATURE, "maxdiff", Month(2022, 11), {"2022-11": own}
    )
    assert members["value"] is None
    assert members["reason"] == "the previous month has no readings"
    assert members["coverage"]["readings"] == 2
    assert "reason" not in figure_of_december("maxdiff")


def test_months_with_readings_are_in_order():
    months = [
        (month["year"], month["month"], month["coverage"]["readings"])
        for month in monthly_members.month_members(READINGS)
    ]
    assert months == [(2022, 11, 2), (2022, 12, 5), (2023, 1, 4), (2023, 2, 4), (2023, 3, 5)]
    assert monthly_members.month_members([]) == []


def test_no_readings_has_the_available_months():
    assert NoReadings(Month(1999, 1), READINGS).available == {
        "first": "2022-11",
        "last": "2023-03",
    }
    assert NoReadings(Month(1999, 1), []).available is None
    assert str(NoReadings(Month(1999, 1), [])) == "there are no readings for 1999-01"
