"""The views of the chart card, its strip and its picture."""

import json
import math
import struct
import urllib.request
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_module, parse_query, wait_until_loaded
from tests.browser.test_chart import colors
from tests.browser.test_page import AXE

pytestmark = pytest.mark.browser

VIEWS = {"series": "Series", "years": "Year by year", "anomalies": "Anomalies", "map": "Map"}
# Record the calls to every canvas, in the page and in pictures.
RECORD = """() => {
  window.calls = [];
  for (const name of ["fill", "stroke", "arc", "rect", "fillText"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      window.calls.push({ name, args, fill: this.fillStyle, stroke: this.strokeStyle });
      return draw.apply(this, args);
    };
  }
}"""


def reading(day, mean, **members):
    return {"date": day, "mean": mean, "deviation": 0.1, "flags": [], **members}


def answer_with(body):
    return lambda route: route.fulfill(json=body)


@pytest.fixture
def visit_with(browser):
    """Return a function that opens a page whose requests to a path have this answer."""
    pages = []

    def open_page(address, answers, **options):
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        )
        page = context.new_page()
        pages.append(page)
        for path, body in answers.items():
            page.route(f"**/{path}?*", answer_with(body))
        page.goto(address)
        wait_until_loaded(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()


def choose(page, view):
    page.locator(f"#tab-{view}").click()
    expect(page.locator("#view")).to_have_attribute("data-view", view)
    wait_until_loaded(page)


def count_fills(page, name):
    own = colors(page)[name]
    return sum(call["name"] == "fill" and call["fill"] == own for call in page.evaluate("calls"))


def test_view_is_in_the_address_and_back_returns_to_the_one_before(visit, sites):
    page = visit(sites.long)
    assert "view" not in parse_query(page.url)
    for view in ("years", "anomalies", "map"):
        choose(page, view)
        assert parse_query(page.url)["view"] == view
        assert page.locator(f"#tab-{view}").get_attribute("aria-selected") == "true"
    again = visit(page.url)
    expect(again.get_by_role("tab", selected=True)).to_have_text("Map")
    assert again.get_by_role("grid").is_visible()
    page.go_back()
    expect(page.locator("#chart-anomalies canvas")).to_be_visible()
    assert not page.get_by_role("grid").is_visible()
    page.locator("#tab-anomalies").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#chart-years canvas")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "tab-years"
    assert page.locator("#views [tabindex='0']").count() == 1
    unknown = visit(f"{sites.plain}/?view=constructor&year=2022")
    assert unknown.locator("#chart-mean canvas").is_visible()
    assert parse_query(unknown.url).keys() == {"dataset", "lang"}


def test_link_restores_view_series_period_year_and_month(visit, sites):
    address = (
        f"{sites.long}/?from=2016-01-01&to=2020-12-31&view=years&year=2018&month=2018-03&lang=es"
    )
    page = visit(address)
    assert page.locator("#year").input_value() == "2018"
    assert page.locator("#year option").count() == 5
    assert page.locator("#key").inner_text().startswith("2018\nOtros 4 años")
    assert page.locator("#detail-title").inner_text() == "marzo de 2018"
    assert parse_query(page.url) == parse_query(address) | {"dataset": "marmenor.temperature"}


def test_series_has_the_usual_range_behind_and_in_the_readout(visit, sites):
    page = visit(f"{sites.long}/?from=2018-01-01&to=2018-12-31")
    page.evaluate(RECORD)
    page.get_by_role("button", name="Zoom in").click()
    assert count_fills(page, "normal") > 20
    page.locator("#charts").focus()
    page.keyboard.press("Home")
    day, *_, usual = page.locator("#readout").inner_text().split(" · ")
    normals = json.load(urllib.request.urlopen(f"{sites.long}/normals"))
    first = page.locator("#from").input_value()
    week = [each for each in normals["weeks"] if each["first"] <= first[5:]][-1]
    assert f"usual for week {week['week']}: {week['p10']:.2f} to {week['p90']:.2f}" == usual
    note = page.locator("#view-note").inner_text()
    assert note == (
        f"The usual range is from {normals['period']['years']} years, Jan 6, 2015 to Jan 2, 2024. "
        "It is no WMO normal, which needs 30 years."
    )


def test_readings_of_one_winter_have_no_usual_range(visit, sites):
    page = visit(sites.plain)
    assert page.locator("#view-note").inner_text() == "A usual range takes readings of 3 years."
    assert "Usual range" not in page.locator("#key").inner_text()
    page.locator("#charts").press("End")
    assert "usual" not in page.locator("#readout").inner_text()
    choose(page, "anomalies")
    assert "there is no normal to compare with" in page.locator("#charts").inner_text()


def test_reviewed_readings_are_crosses_off_the_line_or_ordinary(visit_with, sites):
    rows = [
        reading("2023-01-01", 10), reading("2023-01-08", 30, flags=["spike:fail"]),
        reading("2023-01-15", 31, flags=["spike:fail"],
                review={"verdict": "bad", "comment": "Probe <b>dry"}),
        reading("2023-01-22", 11, flags=["spike:fail"], review={"verdict": "good", "comment": ""}),
    ]  # fmt: skip
    page = visit_with(sites.plain, {"readings": {"readings": rows}})
    columns = import_module(page, "period").evaluate(
        "({ buildColumns, parseReadings }, rows) => buildColumns(parseReadings(rows), 21)[1]", rows
    )
    assert columns == [10, 30, 11]
    page.evaluate(RECORD)
    page.get_by_role("button", name="ES, español").click()
    expect(page.locator("#key")).to_contain_text("Descartada en una revisión")
    calls = page.evaluate("calls.filter(({ name }) => name !== 'fillText' && name !== 'rect')")
    arcs = [
        after["fill"]
        for call, after in zip(calls, calls[1:], strict=False)
        if call["name"] == "arc"
    ]
    palette = colors(page)
    # In each of the two charts: two ordinary marks and a hollow one.
    assert sorted(arcs[:3]) == sorted([palette["accent"], palette["card"], palette["accent"]])
    page.locator("#charts").focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    text = page.locator("#readout").inner_text()
    assert "descartada en una revisión: Probe <b>dry" in text
    assert "dudoso" not in text


def test_long_series_is_an_envelope_until_it_is_zoomed(visit_with, sites):
    days = [date(1994, 1, 1) + timedelta(days=day) for day in range(10_957)]
    rows = [
        reading(f"{day}", round(18 - 8 * math.cos(index / 58.1), 3))
        for index, day in enumerate(days)
    ]
    page = visit_with(sites.plain, {"readings": {"readings": rows}})
    assert "Least to greatest mean in each pixel" in page.locator("#key").inner_text()
    expect(page.locator("#shown")).to_contain_text("10,957 readings shown")
    columns = import_module(page, "period").evaluate(
        """({ buildEnvelope, parseReadings }) => {
          const day = (date, mean, deviation) => ({ date, mean, deviation, flags: [] });
          return buildEnvelope(parseReadings([day("2023-01-01", 1, 0.1), day("2023-01-02", 3, 0.4),
            day("2023-01-03", 8, 0.2), day("2023-03-01", 5, 0.3),
            day("2023-03-04", 7, 0.1)]), 21, 2)
            .map(column => column.slice(1));
        }"""
    )
    # Mean, greatest deviation, greatest and least mean of each half; a break between them.
    assert columns[1:] == [[None, 6], [None, 0.3], [None, 7], [None, 5]]
    page.locator("#from").fill("2020-01-01")
    page.locator("#from").blur()
    expect(page.locator("#key")).to_contain_text("Mean ± deviation")
    expect(page.locator("#shown")).to_contain_text("1,461 readings shown")


def test_year_by_year_shows_the_chosen_year_over_the_others(visit, sites):
    page = visit(f"{sites.long}/?view=years")
    last = page.locator("#year option").first.inner_text()
    assert page.locator("#year").input_value() == last
    page.evaluate(RECORD)
    page.locator("#year").select_option("2017")
    assert parse_query(page.url)["year"] == "2017"
    expect(page.locator("#key")).to_contain_text("2017")
    expect(page.locator("#mean-text")).to_contain_text("Chart of 2017")
    grey, bold = (colors(page)[name] for name in ("other", "accent"))
    strokes = [call["stroke"] for call in page.evaluate("calls") if call["name"] == "stroke"]
    assert strokes.count(grey) == page.locator("#year option").count() - 1
    # The year lies over the others.
    assert bold in strokes[len(strokes) - strokes[::-1].index(grey) :]
    page.locator("#charts").focus()
    page.keyboard.press("Home")
    assert page.locator("#readout").inner_text().startswith("Jan 3, 2017 · ")
    box = page.locator("#chart-years .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + 50)
    expect(page.locator("#readout")).to_contain_text("Dec 26, 2017")
    choose(page, "series")
    assert "year" not in parse_query(page.url)


def test_anomalies_are_the_differences_from_the_normals_with_the_trend(visit, sites):
    page = visit(f"{sites.long}/?view=anomalies&from=2016-01-01&to=2017-12-31")
    page.evaluate(RECORD)
    page.get_by_role("button", name="ES, español").click()
    expect(page.locator("#key")).to_contain_text("Tendencia")
    calls = page.evaluate("calls")
    own = {colors(page)[name] for name in ("warm", "cold")}
    assert sum(call["name"] == "fill" and call["fill"] in own for call in calls) == 24
    assert count_fills(page, "spread") == 1
    series = json.load(urllib.request.urlopen(f"{sites.long}/series?from=2016-07&to=2016-07"))[
        "series"
    ][0]
    normals = json.load(urllib.request.urlopen(f"{sites.long}/normals"))["months"][6]
    page.locator("#charts").focus()
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    words = page.locator("#readout").inner_text()
    difference = f"{series['temp'] - normals['mean']:+.2f}".replace(".", ",")
    assert words.startswith(f"julio de 2016 · {series['temp']:.2f} °C · ".replace(".", ","))
    assert f"{difference} °C respecto a lo normal" in words
    assert f"puesto {series['ranks']['temp']['rank']} de " in words
    trend = json.load(urllib.request.urlopen(f"{sites.long}/trend?metric=temp"))
    interval = f"{trend['lower']:+.2f} a {trend['upper']:+.2f}".replace(".", ",")
    assert f"intervalo del 90 % de {interval}" in page.locator("#view-note").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#detail-title")).to_have_text("julio de 2016")


@pytest.mark.parametrize(
    ("lang", "reason"),
    [("en", "No trend: from Nov 2022 to Mar 2023 is too short, it takes 8 years."),
     ("es", "Sin tendencia: de nov 2022 a mar 2023 es poco tiempo, hacen falta 8 años.")],
)  # fmt: skip
def test_missing_trend_has_a_reason_in_words(visit, visit_with, sites, lang, reason):
    locale = {"en": "en-US", "es": "es-ES"}[lang]
    page = visit(f"{sites.plain}/?view=anomalies&lang={lang}", locale=locale)
    assert page.locator("#view-note").inner_text() == reason
    trend = json.load(urllib.request.urlopen(f"{sites.long}/trend?metric=temp"))
    reason = "too few values of one season: July has values in 3 of 9 years, fewer than half"
    thin = trend | {"reason": reason, "slope_per_decade": None}
    thin["seasons"][6]["years"] = 3
    page = visit_with(f"{sites.long}/?view=anomalies&lang={lang}", {"trend": thin}, locale=locale)
    assert (
        page.locator("#view-note")
        .inner_text()
        .endswith(
            {
                "en": "July has readings in only 3 of 9 years.",
                "es": "julio solo tiene lecturas en 3 de 9 años.",
            }[lang]
        )
    )
    assert page.locator("#key .mark.spread").count() == 0
    other = trend | {"reason": "another reason", "slope_per_decade": None}
    page = visit_with(f"{sites.long}/?view=anomalies&lang={lang}", {"trend": other}, locale=locale)
    assert page.locator("#view-note [lang=en]").inner_text() == "another reason"


def test_month_of_the_map_opens_with_a_click_and_with_the_keyboard(visit, sites):
    page = visit(f"{sites.long}/?view=map")
    years = page.locator("#map tbody th").all_inner_texts()
    assert years == [str(year) for year in range(2024, 2014, -1)]
    cell = page.locator("[data-cell='2018-07']")
    assert cell.get_attribute("aria-label").startswith("July 2018 · ")
    cell.hover()
    expect(page.locator("#readout")).to_have_text(cell.get_attribute("aria-label"))
    cell.click()
    expect(page.locator("#detail-title")).to_have_text("July 2018")
    wait_until_loaded(page)
    assert parse_query(page.url)["month"] == "2018-07"
    cell.focus()
    for key in ("ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.cell") == "2019-08"
    assert page.locator("#map [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#detail-title")).to_have_text("August 2019")
    for key, month in (("Home", "2015-01"), ("ArrowLeft", "2015-01"), ("ArrowDown", "2015-01")):
        page.locator("#map [tabindex='0']").press(key)
        assert page.evaluate("document.activeElement.dataset.cell") == month


def test_map_is_hatched_where_a_month_is_incomplete(visit, sites):
    page = visit(f"{sites.plain}/?view=map")
    hatched = page.locator("#map .hatched").evaluate_all(
        "all => all.map(cell => cell.dataset.cell)"
    )
    assert "2022-11" in hatched
    assert "2022-12" not in hatched
    assert "incomplete" in page.locator("[data-cell='2022-11']").get_attribute("aria-label")
    image = "cell => getComputedStyle(cell).backgroundImage"
    assert "gradient" in page.locator("[data-cell='2022-11']").evaluate(image)
    assert page.locator("[data-cell='2022-12']").evaluate(image) == "none"
    page = visit(f"{sites.long}/?view=map&from=2016-01-01&to=2016-12-31")
    assert page.locator("#map [data-cell]").count() == 12


def drag(page, *positions):
    strip = page.locator("#overview .u-over")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    middle = box["y"] + box["height"] / 2
    for index, position in enumerate(positions):
        page.mouse.move(box["x"] + box["width"] * position, middle, steps=4)
        if not index:
            page.mouse.down()
    page.mouse.up()


def test_strip_selects_moves_and_resizes_the_period(visit, sites):
    page = visit(sites.long)
    drag(page, 0.5, 0.7)
    expect(page.locator("#from")).not_to_have_value("2015-01-06")
    start, end = (
        date.fromisoformat(page.locator(f"#{name}").input_value()) for name in ("from", "to")
    )
    assert date(2019, 1, 1) < start < date(2020, 1, 1)
    assert date(2021, 1, 1) < end < date(2022, 1, 1)
    drag(page, 0.6, 0.4)
    expect(page.locator("#from")).not_to_have_value(str(start))
    moved, moved_end = (
        date.fromisoformat(page.locator(f"#{name}").input_value()) for name in ("from", "to")
    )
    assert moved < start
    assert abs((moved_end - moved) - (end - start)) <= timedelta(days=3)
    drag(page, 0.5, 0.9)
    expect(page.locator("#to")).not_to_have_value(str(moved_end))
    assert page.locator("#from").input_value() == str(moved)
    assert date.fromisoformat(page.locator("#to").input_value()) > end
    page.go_back()
    expect(page.locator("#to")).to_have_value(str(moved_end))
    shown = page.locator("#shown").inner_text()
    drag(page, 0.05, 0.051)
    assert page.locator("#shown").inner_text() == shown


@pytest.mark.parametrize("view", VIEWS)
def test_picture_has_title_source_period_and_date(visit, sites, view):
    page = visit(f"{sites.long}/?view={view}&from=2016-01-01", color_scheme="dark")
    page.evaluate(RECORD)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    assert (
        download.value.suggested_filename
        == f"marmenor.temperature_{view}_2016-01-01_2024-01-02.png"
    )
    content = download.value.path().read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 660
    assert height > 400
    texts = " ".join(
        str(call["args"][0]) for call in page.evaluate("calls") if call["name"] == "fillText"
    )
    assert "Mar Menor, mean water temperature of the weekly survey" in texts
    assert f"{VIEWS[view]} · " in texts
    assert "readings shown, Jan 1, 2016 to Jan 2, 2024" in texts
    assert "Weekly survey of the Mar Menor" in texts
    today = "new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format()"
    assert page.evaluate(today) in texts
    # On white, also for a visitor in the dark.
    assert page.evaluate(
        "calls.some(({ name, fill }) => name === 'fillText' && fill === '#12262b')"
    )


def test_failed_normals_leave_the_series_and_are_retried(browser, sites):
    page = browser.new_context(locale="en-US").new_page()
    page.route("**/normals?*", lambda route: route.fulfill(status=503, json={"detail": "a detail"}))
    page.goto(sites.long)
    wait_until_loaded(page)
    assert page.locator("#chart-mean canvas").is_visible()
    problem = page.locator("#view > .problem")
    assert "a detail" in problem.inner_text()
    page.locator("#tab-map").click()
    wait_until_loaded(page)
    assert problem.is_visible()
    assert not page.locator("#view > figure").is_visible()
    page.unroute_all()
    problem.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("grid")).to_be_visible()
    assert not problem.is_visible()
    page.context.close()


def test_failure_of_a_view_is_forgotten_in_another(browser, sites):
    page = browser.new_context(locale="en-US").new_page()
    page.route("**/series?*", lambda route: route.fulfill(status=503, json={"detail": "a detail"}))
    page.goto(f"{sites.long}/?view=map")
    wait_until_loaded(page)
    assert page.locator("#view > .problem").is_visible()
    choose(page, "series")
    assert not page.locator("#view > .problem").is_visible()
    assert page.locator("#chart-mean canvas").is_visible()
    page.context.close()


def test_late_normals_of_another_series_are_dropped(browser, sites):
    page = browser.new_context(locale="en-US").new_page()
    held, failed, errors = [], [], []
    page.route("**/normals?dataset=marmenor.temperature", lambda route: held.append(route))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{sites.two}/?view=map")
    expect(page.locator("#readings")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#view")).to_have_attribute("aria-busy", "true")
    # A period is chosen before the view is drawn.
    page.get_by_role("button", name="Zoom in").click()
    while not held:
        page.wait_for_timeout(20)
    page.locator("#dataset").select_option("marmenor.salinity")
    expect(page.locator("[data-cell='2023-01']")).to_have_attribute(
        "aria-label", "January 2023 · 41.70 PSU · no normal: one year only"
    )
    assert any("/normals" in url for url in failed)
    assert errors == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_reports_no_violation_in_any_view(visit, sites, view, width, scheme):
    page = visit(
        f"{sites.long}/?view={view}", viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run('#view')")["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1440])
def test_views_have_the_height_that_is_reserved(visit, sites, width):
    page = visit(sites.long, viewport={"width": width, "height": 900})
    heights = []
    for view in VIEWS:
        choose(page, view)
        heights.append(page.locator("#stage").bounding_box()["height"])
    assert len(set(heights)) == 1


def test_texts_are_in_both_languages(visit, sites):
    page = visit(sites.plain)
    names = import_module(page, "charts/texts").evaluate(
        "({ CHART_TEXTS }) => Object.values(CHART_TEXTS).map(texts => Object.keys(texts).sort())"
    )
    assert names[0] == names[1]
