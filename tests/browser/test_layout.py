"""The page on paper, at narrow widths, with a magnifier, and with the keyboard."""

import pytest

from tests.browser.conftest import wait_until_loaded
from tests.browser.test_page import AXE

pytestmark = pytest.mark.browser

LIGHT_INK, WHITE_CARD = "rgb(18, 38, 43)", "rgb(255, 255, 255)"


def test_print_has_every_month_the_whole_chart_and_dark_ink_on_white(visit, sites):
    page = visit(sites.long, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.locator("#months [data-month]:visible").count() == 109
    for box in page.locator(".scroll").all():
        assert box.evaluate("box => box.scrollHeight <= box.clientHeight")
    width = page.locator("#charts").evaluate("box => box.clientWidth")
    for canvas in page.locator("#charts canvas").all():
        assert canvas.evaluate("box => box.clientWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).color") == LIGHT_INK
    card = page.locator("#months-card")
    assert card.evaluate("box => getComputedStyle(box).backgroundColor") == WHITE_CARD
    # The line of the means, in the accent of the light theme.
    pixels = page.locator("#chart-mean canvas").evaluate(
        """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const colors = new Set();
          for (let i = 0; i < data.length; i += 4) colors.add(data.slice(i, i + 4).join());
          return [...colors];
        }"""
    )
    assert "11,107,117,255" in pixels
    assert "111,208,216,255" not in pixels


@pytest.mark.parametrize("width", [390, 641, 700, 720, 768, 833, 993, 1057, 1920])
@pytest.mark.parametrize("locale", ["es-ES", "en-US"])
def test_every_column_of_the_months_is_in_sight(visit, sites, width, locale):
    viewport = {"width": width, "height": 900}
    page = visit(sites.corrected, viewport=viewport, locale=locale)
    for box in page.locator(".scroll").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    coverage = page.locator("#months thead th").last.bounding_box()
    assert coverage["x"] + coverage["width"] <= width


def test_nine_years_take_few_stops_of_the_tab_key(visit, sites):
    page = visit(sites.long)
    stops = 0
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement !== document.body"):
        stops += 1
        page.keyboard.press("Tab")
    assert 20 < stops <= 60


def test_years_open_and_close_and_stay_so(visit, sites):
    page = visit(sites.long)
    months = page.locator("#months [data-month]:visible")
    assert months.count() == 1 + 12
    old = page.get_by_role("button", name="2016", exact=True)
    assert old.get_attribute("aria-expanded") == "false"
    old.click()
    assert old.get_attribute("aria-expanded") == "true"
    assert months.count() == 1 + 12 + 12
    page.get_by_role("button", name="2023", exact=True).click()
    page.get_by_role("button", name="ES, español").click()
    assert months.count() == 1 + 12
    page.goto(f"{sites.long}/?month=2017-03")
    wait_until_loaded(page)
    assert page.locator("[data-month='2017-03']").is_visible()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("site", ["corrected", "odd", "two"])
def test_targets_are_large_enough(visit, sites, site, width):
    page = visit(f"{getattr(sites, site)}/?month=2022-12", viewport={"width": width, "height": 900})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run({ runOnly: ['target-size'] })")["violations"]
    assert [node["html"] for rule in violations for node in rule["nodes"]] == []


def test_page_refers_to_no_file_that_a_visitor_does_not_have(visit, sites):
    for locale in ("es-ES", "en-US"):
        assert ".md" not in visit(sites.plain, locale=locale).locator("body").inner_text()
