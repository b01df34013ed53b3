"""ISO 8601 times as the beginning of upload ids."""

import pytest

from aquasense.uploads.times import AFTER_ALL, BEFORE_ALL, parse_date, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-01T00:00:00Z", "20240601T000000.000Z"),
        ("2024-06-01T02:00:00+02:00", "20240601T000000.000Z"),
        ("2024-06-01", "20240601T000000.000Z"),
        ("2024-06-01t10:11:12.3456789z", "20240601T101112.345Z"),
        ("0001-01-01T00:00:00+23:59", BEFORE_ALL),
        ("9999-12-31T23:59:59-23:59", AFTER_ALL),
        ("1717200000123", "20240601T000000.123Z"),
        ("0", "19700101T000000.000Z"),
        ("-2208988800000", "19000101T000000.000Z"),
        ("-2208988800001", BEFORE_ALL),
        ("9999999999999", AFTER_ALL),
    ],
)
def test_a_time_becomes_the_beginning_of_upload_ids(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text", ["", "now", "2024-06-31", "2024-06-01T24:01Z", "2024-W01-1", "20240601",
             "20240601120000", "1e12",
             "+1717200000123", "1717200000123.5", "٢٠٢٤-٠٦-٠١",
             "0000-01-01", "2024-06-01T00:00:00+25:00"]
)  # fmt: skip
def test_an_invalid_time_is_an_error(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2022-12-01T00:30:00+01:00", "2022-11-30"),
        ("2022-12-01T23:59:59.999Z", "2022-12-01"),
        ("1669852800000", "2022-12-01"),
        ("1669852799999", "2022-11-30"),
        ("0001-01-01T00:00:00Z", "1900-01-01"),
        ("9999999999999", "2100-12-31"),
    ],
)
def test_the_date_of_a_time_is_in_utc(text, date):
    assert parse_date(text) == date
