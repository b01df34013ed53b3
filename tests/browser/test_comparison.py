"""The facts at the top: the latest reading, how it compares with the usual, and what is open."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import support
from tests.browser.conftest import import_module
from tests.browser.test_page import fetch

pytestmark = pytest.mark.browser

# Means of 18 July, from 2018 on: the mean of the first seven is 25.7142…, the last is 1.2 above it.
JULYS = ["25.0", "25.2", "25.4", "25.6", "25.8", "26.0", "27.0", "26.9"]
JULY = support.csv(*(f"{2018 + n}/7/18,{mean},0.2" for n, mean in enumerate(JULYS)))
NO_REVIEW = {"flags": ["spike:suspect"]}
REVIEWED = NO_REVIEW | {"review": {"verdict": "good", "comment": ""}}
BAD = {"flags": [], "review": {"verdict": "bad", "comment": "calibration"}}


def answer_readings(page, readings):
    """Answer the page's request for readings with dates and means, and further members."""
    rows = [
        {"date": date, "mean": mean, "deviation": 0.1, "flags": []} | members
        for date, mean, members in readings
    ]
    page.route("**/readings?*", lambda route: route.fulfill(json={"readings": rows}))


@pytest.fixture
def show(browser, sites):
    """Open the page with other readings; return its facts, with the comparison as the second."""
    contexts = []

    def open_page(*readings, **options):
        contexts.append(browser.new_context(**{"locale": "en-US"} | options))
        page = contexts[-1].new_page()
        answer_readings(page, readings)
        page.goto(sites.long)
        expect(page.locator("#comparison .content")).not_to_contain_text("…", timeout=20_000)
        return page.locator("#facts > li").all_inner_texts()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "1.2 °C warmer\nthan usual for week 29 (2018–2024), second warmest of 8 years"),
     ("es-ES", "1,2 °C más cálida\nde lo habitual en la semana 29 (2018–2024), "
               "la segunda más cálida de 8 años")],
)  # fmt: skip
def test_latest_reading_is_compared_with_the_years_before(visit, growing, locale, words):
    address, put = growing
    put("a.csv", JULY)
    page = visit(address, locale=locale)
    comparison = page.locator("#comparison .content")
    expect(comparison).not_to_contain_text("…", timeout=20_000)
    assert comparison.inner_text() == words
    page.get_by_role("button", name="ES, español").click()
    expect(comparison).to_contain_text("más cálida")


def test_two_earlier_years_are_not_called_usual(visit, sites):
    page = visit(sites.plain)
    expect(page.locator("#comparison .content")).to_have_text(
        "–No usual value for week 13 yet: it needs readings of 3 earlier years."
    )


def test_doubtful_latest_reading_is_not_compared_until_its_review(show):
    history = [("2023-12-27", 12, {}), ("2023-12-28", 29.5, NO_REVIEW)]
    facts = show(*history)
    assert facts[0].startswith("29.50 ± 0.10 °C")
    assert "looks wrong" in facts[0]
    assert facts[1] == "–\nNot compared with the usual: the latest reading looks wrong."
    assert facts[4] == "1\nReading that looks wrong and waits for a review"
    facts = show(history[0], ("2023-12-28", 29.5, REVIEWED))
    assert "looks wrong" not in facts[0]
    assert " °C warmer\nthan usual for week 52 (2015–2022)" in facts[1]
    assert facts[4] == "0\nReadings that look wrong and wait for a review"


def test_reading_reviewed_as_bad_is_not_the_latest_value(show):
    facts = show(("2023-12-21", 12, {}), ("2023-12-28", 29.5, BAD), locale="es-ES")
    assert facts[0].startswith("12,00 ± 0,10 °C\nÚltima lectura, 21 dic 2023")
    assert "en la semana 51 (2015–2022)" in facts[1]


@pytest.mark.parametrize(("days", "is_old"), [(1, False), (400, True)])
def test_old_latest_reading_is_marked(show, days, is_old):
    day = (datetime.now(UTC) - timedelta(days)).date().isoformat()
    assert ("not current" in show((day, 12, {}))[0]) is is_old


def test_failed_comparison_leaves_the_facts_and_is_retried(browser, sites):
    page = browser.new_context(locale="en-US").new_page()
    answer_readings(page, [("2023-12-21", 12, {})])
    page.route("**/normals?*", lambda route: route.fulfill(status=503, json={"detail": "a detail"}))
    page.goto(sites.long)
    problem = page.locator("#comparison > .problem")
    expect(problem).to_contain_text("a detail")
    expect(page.locator("#chart-mean canvas")).to_be_visible()
    assert page.locator("#facts > li").first.inner_text().startswith("12.00 ± 0.10 °C")
    page.unroute_all()
    problem.get_by_role("button", name="Try again").click()
    expect(problem).not_to_be_visible(timeout=20_000)
    page.context.close()


def test_alerts_have_the_latest_date_and_those_not_announced(visit, sites):
    page = visit(sites.corrected)
    assert page.locator("#facts > li").nth(3).inner_text() == (
        "1\nDeviations above 0.50 °C\nLatest: Dec 1, 2022; 1 not announced"
    )


RANKS = [
    ((1, 8), "warmest July of 8", "el julio más cálido de 8"),
    ((2, 8), "second warmest July of 8", "el segundo julio más cálido de 8"),
    ((4, 8), "4th warmest July of 8", "el 4.º julio más cálido de 8"),
    ((6, 8), "third coldest July of 8", "el tercer julio más frío de 8"),
    ((8, 8), "coldest July of 8", "el julio más frío de 8"),
    ((21, 60), "21st warmest July of 60", "el 21.º julio más cálido de 60"),
    ((1, 2), None, None),
]


def test_rank_of_a_month_is_told_from_the_nearer_end(visit, sites):
    page = visit(sites.plain)
    words = import_module(page, "sections/words")

    def describe(rank, years, percentile=None):
        percentile = 50 * (2 * (years - rank) + 1) / years if percentile is None else percentile
        members = {"rank": rank, "years": years, "percentile": percentile}
        return words.evaluate(
            "({ chooseWords, describeMonthRank }, members) =>"
            " describeMonthRank(members, '2022-07', chooseWords(true))",
            members,
        )

    assert [describe(*place) for place, _, _ in RANKS] == [english for _, english, _ in RANKS]
    # Years with the same value.
    assert describe(1, 8, percentile=50) is None
    page.get_by_role("button", name="ES, español").click()
    assert [describe(*place) for place, _, _ in RANKS] == [spanish for *_, spanish in RANKS]


def test_month_has_its_rank_among_the_years(visit, sites):
    page = visit(f"{sites.long}/?month=2022-07")
    (july,) = (
        month
        for month in json.loads(fetch(f"{sites.long}/series?from=2022-07&to=2022-07"))["series"]
    )
    rank = july["ranks"]["temp"]
    assert (rank["rank"], rank["years"]) == (4, 9)
    row = page.locator("tr", has=page.locator("[data-month='2022-07']"))
    assert row.locator("td").nth(3).inner_text().endswith("; 4th warmest of 9")
    assert page.locator("#detail .rank").first.inner_text() == "4th warmest July of 9"
    # An incomplete month has none.
    assert "of 9" not in page.locator("tr", has=page.locator("[data-month='2022-09']")).inner_text()
