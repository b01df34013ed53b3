"""What is news, and how the mail reads that says so."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aquasense.alerts import LISTED_READINGS, Announced, message, news
from tests.support import ALERTING, TEMPERATURE, version, versions_of

HALF = Decimal("0.5")
FIRST = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
SECOND = "20261123T061649.000Z-0000-aaaaaaaaaaaa"


def reading(deviation, order=FIRST, date="2022-12-01"):
    return version(date, deviation=deviation, order=order)


def announced(deviation, order, date="2022-12-01"):
    return Announced(date, order, deviation, "15")


@pytest.mark.parametrize(
    ("deviation", "alerts"),
    [("0.5", False), ("0.50", False), ("0.4999", False), ("0", False),
     ("0.5000000000000000000000000000000000000001", True), ("0.51", True), ("12", True)],
)  # fmt: skip
def test_only_what_is_strictly_greater_unrounded_is_news(deviation, alerts):
    assert bool(news(FIRST, [reading(deviation)], HALF, [])) is alerts


def test_the_made_up_sample_alerts_for_two_of_its_three_readings():
    found = news(FIRST, versions_of(ALERTING.read_bytes(), FIRST), HALF, [])
    assert [one.date for one in found] == ["2001-07-08", "2001-07-15"]


def test_what_another_upload_announced_with_that_value_is_no_news():
    assert news(SECOND, [reading("0.60", SECOND)], HALF, [announced("0.6", FIRST)]) == []


def test_another_value_of_an_announced_date_is_news():
    assert news(SECOND, [reading("0.7", SECOND)], HALF, [announced("0.6", FIRST)])


def test_the_same_value_of_another_date_is_news():
    ledger = [announced("0.6", FIRST, "2022-12-07")]
    assert news(SECOND, [reading("0.6", SECOND)], HALF, ledger)


def test_what_a_later_upload_has_corrected_meanwhile_is_no_news():
    assert news(FIRST, [reading("0.6"), reading("0.4", SECOND)], HALF, []) == []
    assert news(FIRST, [reading("0.6"), reading("0.7", SECOND)], HALF, []) == []


def test_what_a_later_upload_repeats_is_news_of_whichever_is_asked_first():
    both = [reading("0.6"), reading("0.6", SECOND)]
    assert [one.order for one in news(FIRST, both, HALF, [])] == [FIRST]
    assert [one.order for one in news(SECOND, both, HALF, [])] == [SECOND]
    assert news(FIRST, both, HALF, [announced("0.6", SECOND)]) == []


def test_other_uploads_readings_are_not_this_ones_news():
    assert news(SECOND, [reading("0.6"), reading("0.1", SECOND, "2022-12-07")], HALF, []) == []


def test_a_retry_after_a_crash_finds_the_same_even_if_it_was_corrected_meanwhile():
    before = [reading("0.6"), reading("0.7", date="2022-12-07")]
    found = news(FIRST, before, HALF, [])
    ledger = [announced(one.deviation, FIRST, one.date) for one in found]
    corrected = [*before, reading("0.1", SECOND)]
    assert news(FIRST, corrected, HALF, ledger) == found
    # Another upload announcing the same in between does not take it away either.
    assert news(FIRST, corrected, HALF, [*ledger, announced("0.6", SECOND)]) == found


def test_news_are_by_date():
    dates = ["2022-12-07", "2022-12-01", "2022-11-30"]
    found = news(FIRST, [reading("0.6", date=date) for date in dates], HALF, [])
    assert [one.date for one in found] == sorted(dates)


def mail(count=2, api_url="http://figures.example", dataset=TEMPERATURE):
    found = [
        version(
            f"{1950 + n // 300}-{n // 25 % 12 + 1:02d}-{n % 25 + 1:02d}", "28.125", "0.625", FIRST
        )
        for n in range(count)
    ]
    return message(dataset, FIRST, found, api_url)


def test_a_mail_says_what_when_how_much_above_and_what_it_may_mean():
    found = mail()
    assert (
        found.subject == "AquaSense: marmenor.temperature, 2 readings above 0.5, latest 1950-01-02"
    )
    assert "2 readings with a deviation above the threshold of 0.5 °C" in found.body
    assert "1950-01-02  deviation 0.625 °C (0.125 above), mean 28.125 °C" in found.body
    assert '"the water is uneven"' in found.body
    assert "It is a hint" in found.body
    assert "http://figures.example/sd?month=1&year=1950&dataset=marmenor.temperature" in found.body
    assert "uploaded 2026-11-23T06:16:48.650Z" in found.body


def test_one_reading_is_not_readings():
    found = mail(1)
    assert ", 1 reading above 0.5" in found.subject
    assert "1 reading with a deviation" in found.body


def test_the_attributes_tell_a_subscription_what_it_is_and_carry_the_stable_id():
    assert mail().attributes == {
        "kind": "alert",
        "dataset": "marmenor.temperature",
        "upload": FIRST,
    }


def test_without_an_address_there_is_no_link():
    assert "http" not in mail(api_url="").body


@pytest.mark.parametrize(
    "threshold", ["0.5", "0.0000001", "123456.789012345678901234567890", "1E+30"]
)
def test_a_subject_is_what_sns_takes(threshold):
    dataset = replace(TEMPERATURE, name=40 * "a", threshold=Decimal(threshold))
    subject = mail(36_500, dataset=dataset).subject
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= 100


def test_a_long_list_is_cut_and_says_so():
    body = mail(LISTED_READINGS + 5).body
    assert "and 5 more, up to " in body
    assert body.count(" above), mean ") == LISTED_READINGS
    assert len(body.encode()) < 256 * 1024
