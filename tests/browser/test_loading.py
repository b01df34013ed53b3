"""Sections load, fail and retry by themselves, and show the latest choice only."""

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import wait_until_loaded

pytestmark = pytest.mark.browser

TEMPERATURE, SALINITY = "marmenor.temperature", "marmenor.salinity"


@pytest.fixture
def hold():
    """Return a function that holds the requests of a page to a URL, and one that answers them."""
    held = []

    def release():
        for route in held:
            # The page may have aborted the request.
            with suppress(Error):
                route.continue_()

    return lambda page, url: page.route(url, lambda route: held.append(route)), release


def refuse(page, url):
    page.route(url, lambda route: route.fulfill(status=503, json={"detail": "a detail"}))


def test_late_answer_of_another_series_is_dropped(visit, sites, hold):
    hold, release = hold
    page = visit(f"{sites.two}/?dataset={SALINITY}")
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    hold(page, f"**/*?dataset={TEMPERATURE}*")
    page.locator("#dataset").select_option(TEMPERATURE)
    expect(page.locator("#readings")).to_have_attribute("aria-busy", "true")
    # The title is that of the readings shown.
    assert "salinity" in page.locator("h1").inner_text()
    page.locator("#dataset").select_option(SALINITY)
    wait_until_loaded(page)
    release()
    page.reload()
    wait_until_loaded(page)
    for path in ("/readings", "/series", "/alerts"):
        assert any(path in url for url in failed), "the request was not aborted"
    assert "salinity" in page.locator("h1").inner_text()
    assert page.locator("#shown").inner_text().startswith("5 readings shown")
    assert "PSU" in page.locator("#facts").inner_text()


def test_title_and_readings_change_together(visit, sites, hold):
    hold, release = hold
    page = visit(f"{sites.two}/?dataset={SALINITY}")
    hold(page, f"**/readings?dataset={TEMPERATURE}*")
    page.locator("#dataset").select_option(TEMPERATURE)
    # The other sections do not wait for the readings.
    expect(page.locator("#months [data-month]")).to_have_count(5)
    assert "salinity" in page.locator("h1").inner_text()
    assert (
        page.locator("#readings > .content").evaluate("box => getComputedStyle(box).opacity") < "1"
    )
    release()
    expect(page.locator("h1")).to_contain_text("temperature")
    assert page.locator("#shown").inner_text().startswith("20 readings shown")


def test_late_answer_of_another_month_is_dropped(visit, sites, hold):
    hold, release = hold
    page = visit(sites.plain)
    hold(page, "**/temp?month=12&*")
    page.locator("[data-month='2022-12']").click()
    expect(page.locator("#detail")).to_have_attribute("aria-busy", "true")
    page.locator("[data-month='2023-01']").click()
    wait_until_loaded(page)
    release()
    expect(page.locator("#detail-title")).to_have_text("January 2023")
    assert page.locator("#detail tbody tr").count() == 4
    assert page.locator("#months [aria-current] button").get_attribute("data-month") == "2023-01"


def test_chart_waits_for_nothing_but_the_readings(browser, sites, hold):
    hold, release = hold
    page = browser.new_context(locale="en-US").new_page()
    for path in ("series", "alerts", "uploads", "page/*/sections"):
        hold(page, f"**/{path}*")
        hold(page, f"**/{path}/*")
    page.goto(sites.corrected)
    expect(page.locator("#chart-mean canvas")).to_be_visible()
    expect(page.locator("#shown")).to_contain_text("20 readings shown")
    assert page.locator("#months-card").get_attribute("aria-busy") == "true"
    release()
    page.unroute_all()
    page.context.close()


@pytest.mark.parametrize(
    ("url", "section", "content"),
    [("**/sd?*", "#detail", "15.46"), ("**/series?*", "#months-card", "December 2022"),
     ("**/alerts?*", "#alerts-card", "Dec 1, 2022"), ("**/readings?*", "#readings", "20 readings"),
     ("**/uploads?*", "#uploads-card", "gone.csv")],
)  # fmt: skip
def test_failed_section_leaves_the_others_and_is_retried(browser, sites, url, section, content):
    page = browser.new_context(locale="en-US").new_page()
    refuse(page, url)
    page.goto(f"{sites.corrected}/?month=2022-12")
    problem = page.locator(f"{section} > .problem")
    if section == "#detail":
        problem.wait_for()
    wait_until_loaded(page)
    assert "could not be loaded" in problem.inner_text()
    assert page.locator(".problem:visible").count() == 1
    page.unroute_all()
    problem.get_by_role("button", name="Try again").click()
    expect(page.locator(section)).to_contain_text(content)
    assert page.locator(".problem:visible").count() == 0
    page.context.close()


def test_data_are_asked_for_at_once_and_only_once(browser, sites):
    requests = []
    page = browser.new_context().new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{sites.two}/?dataset={SALINITY}")
    wait_until_loaded(page)
    paths = [url.partition(sites.two)[2] for url in requests]
    data = [path for path in paths if not path.startswith(("/?", "/page/"))]
    # The readings first, before the data that modules ask for once they run.
    assert data[0].startswith(f"/readings?dataset={SALINITY}&fields=date,mean,deviation,flags")
    others = sorted(path.partition("?")[0] for path in data[1:])
    # The normals of all years for the chart, those of the earlier years for the comparison.
    assert others == ["/alerts", "/normals", "/normals", "/series", "/uploads"]
    assert len(set(data)) == len(data)
    page.context.close()


def test_page_names_every_file_that_it_loads_and_only_those(browser, sites):
    """So that nothing before the first chart waits for more than the page itself."""
    page = browser.new_context().new_page()
    requests = []
    page.on("request", lambda request: requests.append(urlsplit(request.url).path))
    page.goto(f"{sites.plain}/?month=2022-12")
    wait_until_loaded(page)
    names = page.locator("link[href], script[src]").evaluate_all(
        "links => links.map(link => new URL(link.href ?? link.src).pathname)"
    )
    loaded, named = (
        {path for path in paths if path.endswith((".js", ".css"))} for paths in (requests, names)
    )
    assert len(loaded) > 15
    assert loaded == named
    page.context.close()


def test_second_visit_loads_no_file_of_the_page_again(visit, sites):
    page = visit(sites.plain)
    page.goto("about:blank")
    page.goto(sites.plain)
    wait_until_loaded(page)
    transferred = page.evaluate(
        "performance.getEntriesByType('resource').filter(entry => entry.name.includes('/page/'))"
        ".map(entry => entry.transferSize)"
    )
    assert len(transferred) > 10
    assert sum(transferred) == 0


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("site", ["long", "plain"])
def test_layout_does_not_shift_while_the_page_loads(browser, sites, site, width):
    page = browser.new_context(locale="en-US", viewport={"width": width, "height": 900}).new_page()
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())"
        " window.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(getattr(sites, site))
    wait_until_loaded(page)
    assert page.evaluate("window.shift") <= 0.05
    page.context.close()
