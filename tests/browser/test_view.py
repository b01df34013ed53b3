"""The address, its history, the dates of the period, and the month in the detail."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import parse_query, wait_until_loaded

pytestmark = pytest.mark.browser


def test_year_being_typed_changes_nothing_until_the_field_is_left(visit, sites):
    page = visit(sites.plain)
    shown = page.locator("#shown").inner_text()
    page.locator("#from").focus()
    # In this locale the fields are month, day and year.
    for key in "01012023":
        page.keyboard.press(key)
        assert page.locator("#shown").inner_text() == shown
        assert not page.locator("#period-error").is_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#shown")).to_contain_text("13 readings shown, Jan")
    page.locator("#csv").focus()
    page.locator("#from").focus()
    page.keyboard.type("01152023")
    page.locator("#to").focus()
    assert "from=2023-01-15" in page.url


def test_incomplete_date_is_no_error_and_the_shown_date_returns(visit, sites):
    page = visit(sites.plain)
    page.locator("#from").focus()
    page.keyboard.press("Backspace")
    assert page.locator("#from").input_value() == ""
    page.locator("#csv").focus()
    assert not page.locator("#period-error").is_visible()
    assert page.locator("#from").input_value() == "2022-11-17"


def test_dates_in_the_wrong_order_are_an_error(visit, sites):
    page = visit(sites.plain)
    page.locator("#from").fill("2023-05-01")
    expect(page.locator("#period-error")).to_have_text("The first date must not be after the last.")
    page.locator("#to").fill("2023-06-01")
    assert not page.locator("#period-error").is_visible()
    expect(page.locator("#shown")).to_contain_text("No readings from May 1, 2023")


def test_unknown_dataset_is_named_and_the_default_is_shown(visit, sites):
    page = visit(f"{sites.two}/?dataset=marmenor.<b>\N{RIGHT-TO-LEFT OVERRIDE}x")
    notice = page.locator("#notice")
    assert "there is no such series. Shown: Mar Menor, mean water temp" in notice.inner_text()
    assert notice.locator("bdi").inner_text() == "marmenor.<b>\N{RIGHT-TO-LEFT OVERRIDE}x"
    assert parse_query(page.url)["dataset"] == "marmenor.temperature"
    page.locator("#dataset").select_option("marmenor.salinity")
    assert not notice.is_visible()
    assert not visit(sites.two).locator("#notice").is_visible()


def test_back_returns_to_the_earlier_period_month_and_series(visit, sites):
    page = visit(sites.two)
    page.locator("#from").fill("2022-12-01")
    page.get_by_role("button", name="Zoom in").click()
    zoomed = page.locator("#from").input_value()
    page.locator("[data-month='2023-01']").click()
    wait_until_loaded(page)
    page.locator("#dataset").select_option("marmenor.salinity")
    wait_until_loaded(page)
    # The period and the month are kept.
    assert page.locator("#from").input_value() == zoomed
    assert page.locator("#detail [data-figure]").first.inner_text().endswith("PSU")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("temperature")
    wait_until_loaded(page)
    assert page.locator("#detail [data-figure]").first.inner_text().endswith("°C")
    page.go_back()
    expect(page.locator("#detail")).not_to_be_visible()
    assert page.locator("#from").input_value() == zoomed
    page.go_back()
    expect(page.locator("#from")).to_have_value("2022-12-01")
    page.go_back()
    expect(page.locator("#shown")).to_contain_text("20 readings shown")
    page.go_forward()
    expect(page.locator("#from")).to_have_value("2022-12-01")


def test_month_outside_the_period_is_closed(visit, sites):
    page = visit(sites.plain)
    page.locator("[data-month='2022-12']").click()
    wait_until_loaded(page)
    page.locator("#from").fill("2023-01-01")
    expect(page.locator("#detail")).not_to_be_visible()
    assert "month=" not in page.url
    page = visit(f"{sites.plain}/?from=2023-01-01&month=2022-12")
    assert not page.locator("#detail").is_visible()
    assert "month=" not in page.url


@pytest.mark.parametrize("month", ["2022-12", "2015-02"])
def test_closed_month_returns_the_focus(visit, sites, month):
    page = visit(f"{sites.long if month == '2015-02' else sites.plain}/?month={month}")
    assert page.locator("#detail").is_visible()
    page.get_by_role("button", name="Close").click()
    assert not page.locator("#detail").is_visible()
    assert page.evaluate("document.activeElement.dataset.month") == month


def test_neighbouring_months_open_from_the_detail(visit, sites):
    page = visit(f"{sites.plain}/?month=2022-12")
    page.get_by_role("button", name="Later month").click()
    expect(page.locator("#detail-title")).to_have_text("January 2023")
    wait_until_loaded(page)
    assert "month=2023-01" in page.url
    for _ in range(2):
        page.get_by_role("button", name="Earlier month").click()
        wait_until_loaded(page)
    assert page.locator("#detail-title").inner_text() == "November 2022"
    assert page.get_by_role("button", name="Earlier month").is_disabled()
