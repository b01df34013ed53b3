"""The list of uploads: the share of rejected lines, hostile names, pages and series."""

import pytest
from playwright.sync_api import expect

from aquasense.uploads.notes import SENTENCES
from tests import support
from tests.browser.conftest import import_module, wait_until_loaded

pytestmark = pytest.mark.browser

REVERSED = "exe.\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv"


def read_badges(page):
    return page.locator("#uploads > li").evaluate_all(
        "items => items.map(item => [...item.querySelectorAll('.badge')]"
        ".map(badge => [badge.className, badge.textContent]))"
    )


def test_badge_has_the_share_of_rejected_lines(visit, growing):
    address, put = growing
    good = [
        f"2022/{month}/{day},15.{month}{day:02},0.1{day:02}"
        for month in (1, 2)
        for day in range(1, 21)
    ]
    put("none.csv", support.csv(*good))
    put("few.csv", support.csv(*good, "x,1,1"))
    put("many.csv", support.csv("2022/12/1,15,0.1", *(["x,1,1"] * 5000)))
    page = visit(address)
    assert read_badges(page) == [
        [["badge bad", "5,000 of 5,001 lines rejected"]],
        [["badge limit", "1 of 41 lines rejected"]],
        [["badge good", "incorporated"]],
    ]


def test_name_that_reorders_text_is_isolated(visit, growing):
    address, put = growing
    put(REVERSED, support.csv("2022/12/1,15,0.1"))
    put(f"{REVERSED}/a.csv", support.csv("2022/12/1,15,0.1"))
    page = visit(f"{address}/?month=2022-12")
    everywhere = page.evaluate(
        """() => {
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const parents = [];
          while (texts.nextNode()) {
            const { data, parentElement } = texts.currentNode;
            if (data.includes("\\u202e")) parents.push(parentElement.localName);
          }
          return parents;
        }"""
    )
    assert len(everywhere) == 3
    assert set(everywhere) == {"bdi"}


def test_uploads_come_in_pages(visit, growing):
    address, put = growing
    for number in range(7):
        put(f"{number}.csv", support.csv(f"2022/12/{number + 1},15,0.1"))
    page = visit(address)
    names = page.locator("#uploads strong")
    assert names.all_inner_texts() == ["6.csv", "5.csv", "4.csv", "3.csv", "2.csv"]
    page.get_by_role("button", name="Show more").click()
    expect(names).to_have_count(7)
    wait_until_loaded(page)
    assert names.last.inner_text() == "0.csv"
    assert not page.get_by_role("button", name="Show more").is_visible()
    assert page.locator("#uploads > li").last.inner_text().count("1 new") == 1
    # A receipt is in the response of its page.
    page.get_by_role("button", name="ES, español").click()
    assert names.count() == 7


def test_uploads_are_those_of_the_chosen_state(visit, growing):
    address, put = growing
    good, bad = "2022/12/1,15,0.1", "x,1,1"
    for name, lines in {"good": [good], "part": [good, bad], "bad": [bad]}.items():
        put(f"{name}.csv", support.csv(*lines))
    for number in range(5):
        put(f"{number}.csv", support.csv(f"2022/11/{number + 1},15,0.1"))
    page = visit(address)
    state = page.get_by_role("combobox", name="State of the uploads")
    names = page.locator("#uploads strong")
    for value, files in (("partial", ["part.csv"]), ("rejected", ["bad.csv"]), ("withdrawn", [])):
        state.select_option(value)
        expect(names).to_have_text(files)
        assert f"state={value}" in page.locator("#uploads-csv").get_attribute("href")
    wait_until_loaded(page)
    assert page.locator("#no-uploads").inner_text() == "No uploads to show."
    state.select_option("complete")
    expect(names).to_have_count(5)
    page.get_by_role("button", name="Show more").click()
    expect(names).to_have_count(6)
    assert names.last.inner_text() == "good.csv"


NOTES = {
    "date_beside": support.csv("2022/12/2,15,0.1"),
    "date_far_ahead": support.csv("2024/12/2,15,0.1"),
    "order_jumps": support.csv("2023/1/5,15,0.1", "2022/10/1,15,0.1", "2022/10/8,15,0.1"),
}


@pytest.mark.parametrize(
    ("locale", "title", "beside"),
    [("en-US", "Worth a look (1)",
      "Dec 2, 2022 is one or two days beside Dec 1, 2022, which has a reading already."),
     ("es-ES", "Conviene comprobar (1)",
      "2 dic 2022 está a uno o dos días de 1 dic 2022, que ya tiene lectura.")],
)  # fmt: skip
def test_notes_of_an_upload_are_shown(visit, growing, locale, title, beside):
    address, put = growing
    put("a.csv", support.csv("2022/11/1,15,0.1", "2022/11/15,15,0.1", "2022/12/1,15,0.1"))
    for code, content in NOTES.items():
        put(f"{code}.csv", content)
    page = visit(address, locale=locale)
    notes = page.locator("#uploads details.notes")
    notes.evaluate_all("all => all.forEach(note => { note.open = true })")
    assert [note.get_attribute("data-note") for note in notes.locator("li").all()] == [*NOTES][::-1]
    assert notes.last.inner_text().splitlines() == [title, beside]


def test_every_note_has_its_sentence_in_both_languages(visit, sites):
    page = visit(sites.plain)
    missing = import_module(page, "texts").evaluate(
        """({ TEXTS: { en, es } }, codes) => codes.filter(code => [en, es]
             .some(texts => !texts[`note.${code}`]?.one || !texts[`note.${code}`].other))""",
        list(SENTENCES),
    )
    assert missing == []


def test_uploads_are_those_of_the_series_unless_all_are_chosen(visit, sites):
    page = visit(f"{sites.two}/?dataset=marmenor.salinity")
    names = page.locator("#uploads strong")
    assert names.all_inner_texts() == ["marmenor.salinity/s.csv"]
    page.get_by_role("combobox", name="Uploads shown").select_option("all")
    expect(names).to_have_count(2)
    # A file in a folder that names no series belongs to none of them.
    page = visit(sites.odd)
    assert "marmenor.salinidad/x.csv" in page.locator("#uploads").inner_text()
