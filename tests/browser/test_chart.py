"""The charts: marks, gaps, dates on the axis, keyboard, and an empty period."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_module, parse_query, wait_until_loaded

pytestmark = pytest.mark.browser

# Record the calls to every canvas from the next drawing on.
RECORD = """() => {
  window.calls = { mean: [], deviation: [] };
  for (const name of ["fill", "stroke", "arc"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      const chart = this.canvas.closest("#chart-mean") ? "mean" : "deviation";
      window.calls[chart].push({ name, fill: this.fillStyle, stroke: this.strokeStyle });
      return draw.apply(this, args);
    };
  }
}"""


def record_drawing(page):
    """Return the calls with which the charts are drawn anew."""
    page.evaluate(RECORD)
    page.get_by_role("button", name="ES, español").click()
    expect(page.locator("#series-title")).to_have_text("Serie")
    return page.evaluate("window.calls")


def colors(page):
    names = ("accent", "alert", "card", "normal", "other", "warm", "cold", "spread")
    script = "name => { const box = document.createElement('canvas').getContext('2d');"
    script += " box.fillStyle = getComputedStyle(document.documentElement)"
    script += ".getPropertyValue('--' + name).trim(); return box.fillStyle; }"
    return {name: page.evaluate(script, name) for name in names}


def filled_points(calls):
    """Return the colors of the points: an arc, then its fill."""
    pairs = zip(calls, calls[1:], strict=False)
    return [call["fill"] for arc, call in pairs if (arc["name"], call["name"]) == ("arc", "fill")]


def test_double_click_shows_the_whole_series_everywhere(visit, sites):
    page = visit(f"{sites.plain}/?from=2022-12-01&to=2022-12-31")
    page.locator("#chart-mean .u-over").dblclick()
    expect(page.locator("#shown")).to_contain_text("20 readings shown")
    assert page.locator("#from").input_value() == "2022-11-17"
    assert page.locator("#months [data-month]").count() == 5
    assert "from" not in parse_query(page.locator("#csv").get_attribute("href"))
    assert "from=" not in page.url


def test_selection_in_either_chart_zooms_once(visit, sites):
    page = visit(sites.plain)
    for chart in ("mean", "deviation"):
        length = page.evaluate("history.length")
        over = page.locator(f"#chart-{chart} .u-over")
        over.scroll_into_view_if_needed()
        box = over.bounding_box()
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.3, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=3)
        page.mouse.up()
        expect(page.locator("#from")).to_have_value("2022-12-25")
        expect(page.locator("#to")).to_have_value("2023-02-04")
        assert page.evaluate("history.length") == length + 1
        page.get_by_role("button", name="All", exact=True).click()


def test_reading_that_looks_wrong_is_hollow_and_says_so(visit, sites):
    page = visit(sites.long + "/?from=2023-11-15")
    assert page.locator("figcaption").inner_text().count("Looks wrong") == 1
    assert "looks wrong" in page.locator("#facts li").first.inner_text()
    color = colors(page)
    calls = record_drawing(page)
    for chart in ("mean", "deviation"):
        assert filled_points(calls[chart]).count(color["card"]) == 3
    page.locator("#charts").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    readout = page.locator("#readout")
    assert readout.inner_text().startswith("28 dic 2023 · 29,50 ± 0,30 °C · dudoso: ")
    box = page.locator("#chart-mean .u-over").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 50)
    assert "dudoso" not in readout.inner_text()
    assert readout.inner_text() != ""


def test_alerts_are_red_in_the_chart_of_deviations_only(visit, sites):
    page = visit(sites.corrected)
    facts = page.locator("#facts").inner_text()
    assert "Deviations above 0.50 °C" in facts
    color = colors(page)
    calls = record_drawing(page)
    assert filled_points(calls["deviation"]).count(color["alert"]) == 1
    assert color["alert"] not in filled_points(calls["mean"])


def test_line_is_broken_at_gaps_of_the_dataset(visit, sites):
    page = visit(sites.plain)
    segments = import_module(page, "period").evaluate(
        """({ buildColumns, parseReadings }) => {
          const readings = parseReadings(["2022-12-01", "2022-12-08", "2022-12-29", "2023-01-20"]
            .map(date => ({ date, mean: "15", deviation: "0.1", flags: [] })));
          return [21, 20, 50].map(days =>
            buildColumns(readings, days)[1].filter(mean => mean === null).length);
        }"""
    )
    assert segments == [1, 2, 0]


@pytest.mark.parametrize(
    ("start", "end", "width", "labels"),
    [
        ("2015-01-04", "2023-12-30", 700, [str(year) for year in range(2016, 2024)]),
        ("2022-11-15", "2023-04-01", 1200,
         ["Dec\n2022", "Jan\n2023", "Feb", "Mar", "Apr"]),
        ("2021-11-15", "2023-04-01", 500,
         ["Jan\n2022", "Apr", "Jul", "Oct", "Jan\n2023", "Apr"]),
        ("2022-12-03", "2023-01-20", 500,
         ["Dec 8\n2022", "Dec 15", "Dec 22", "Jan 1\n2023", "Jan 8", "Jan 15"]),
        ("2022-12-03", "2022-12-09", 900,
         ["Dec 3\n2022", "Dec 4", "Dec 5", "Dec 6", "Dec 7", "Dec 8", "Dec 9"]),
        ("1990-01-01", "2023-12-30", 500,
         ["1990", "1995", "2000", "2005", "2010", "2015", "2020"]),
    ],
)  # fmt: skip
def test_dates_on_the_axis_are_first_days(visit, sites, start, end, width, labels):
    page = visit(sites.plain)
    formatted = import_module(page, "plot").evaluate(
        """({ formatDates, placeDates }, [from, to, width]) =>
          formatDates(null, placeDates(Date.parse(from) / 1000, Date.parse(to) / 1000, width))""",
        [start, end, width],
    )
    assert formatted == labels


def test_empty_period_draws_no_axis(visit, sites):
    page = visit(f"{sites.plain}/?from=2022-12-02&to=2022-12-05")
    assert page.locator("#shown").inner_text() == "No readings from Dec 2, 2022 to Dec 5, 2022."
    assert not page.locator("#charts").is_visible()
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator("#charts").is_visible()


def test_arrow_keys_step_through_the_readings_and_enter_opens_the_month(visit, sites):
    page = visit(f"{sites.plain}/?from=2022-12-01&to=2023-01-31")
    slider = page.get_by_role("slider")
    slider.focus()
    for key, text in (
        ("ArrowRight", "Jan 25, 2023"), ("ArrowRight", "Jan 25, 2023"), ("Home", "Dec 1, 2022"),
        ("ArrowRight", "Dec 7, 2022"), ("ArrowLeft", "Dec 1, 2022"), ("PageDown", "Jan 25, 2023"),
        ("Home", "Dec 1, 2022"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext").startswith(f"{text} · "), key
        assert page.locator("#readout").inner_text().startswith(text)
    assert slider.get_attribute("aria-valuenow") == "0"
    assert slider.get_attribute("aria-valuemax") == "8"
    page.keyboard.press("Enter")
    wait_until_loaded(page)
    assert page.locator("#detail-title").inner_text() == "December 2022"
