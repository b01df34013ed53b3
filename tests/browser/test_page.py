"""The page in a browser."""

import csv
import io
import json
import urllib.request
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

import pytest

from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.figures.registry import FIGURES
from tests import support
from tests.browser.conftest import import_module, parse_query, wait_until_loaded
from tests.support import ROOT

pytestmark = pytest.mark.browser

WINTER = "/?from=2022-11-01&to=2023-02-28"
AXE = ROOT / "tests" / "libraries" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
ENDS = ("from", "to")


def fetch(address):
    with urllib.request.urlopen(address) as response:
        return response.read()


def open_details(page, selector):
    page.locator(selector).evaluate_all("all => all.forEach(item => { item.open = true })")


def list_months(page):
    return page.locator("#months tbody [data-month]").evaluate_all(
        "buttons => buttons.map(button => button.dataset.month)"
    )


def test_page_opens_with_the_whole_series(visit, sites):
    page = visit(sites.plain)
    assert (
        page.locator("h1").inner_text() == "Mar Menor, mean water temperature of the weekly survey"
    )
    assert page.locator("#shown").inner_text().startswith("20 readings shown, Nov 17, 2022")
    assert page.locator("#chart-mean canvas").count() == 1
    assert page.locator("#chart-deviation canvas").count() == 1
    assert list_months(page) == ["2023-03", "2023-02", "2023-01", "2022-12", "2022-11"]
    november = page.locator("tr", has=page.locator("[data-month='2022-11']"))
    assert "incomplete" in november.inner_text()


def test_month_shows_its_figures_and_their_readings(visit, sites):
    page = visit(sites.plain + WINTER)
    page.locator("[data-month='2022-12']").click()
    wait_until_loaded(page)
    detail = page.locator("#detail")
    for metric in FIGURES:
        value = json.loads(fetch(f"{sites.plain}/{metric}?month=12&year=2022"))["value"]
        assert detail.locator(f"[data-figure={metric}]").inner_text() == f"{value!r} °C"
    assert "Not comparable" in detail.inner_text()
    rows = detail.locator("tbody tr").all_inner_texts()
    assert len(rows) == 5
    assert rows[0].split("\t")[1:5] == [
        "15.569854830055972", "0.406611695429108", "temperatura_1.csv", "4",
    ]  # fmt: skip
    assert "month=2022-12" in page.url


def test_csv_has_exactly_the_readings_shown(visit, sites, tmp_path):
    page = visit(sites.plain)
    page.locator("#from").fill("2022-12-01")
    page.locator("#to").fill("2022-12-31")
    page.locator("#to").blur()
    assert page.locator("#shown").inner_text().startswith("5 readings shown")
    with page.expect_download() as download:
        page.locator("#csv").click()
    saved = Path(tmp_path / "december.csv")
    download.value.save_as(saved)
    assert download.value.suggested_filename == "marmenor.temperature_2022-12-01_2022-12-31.csv"
    response = fetch(
        f"{sites.plain}/readings?dataset=marmenor.temperature&from=2022-12-01&to=2022-12-31&format=csv"
    )
    assert saved.read_bytes() == response
    assert len(list(csv.DictReader(io.StringIO(response.decode())))) == 5
    months = fetch(urljoin(sites.plain, page.locator("#months-csv").get_attribute("href")))
    assert months.decode().splitlines()[1].startswith("2022,12,15.374606476138302,")


def test_zoom_with_mouse_and_buttons(visit, sites):
    page = visit(sites.plain)
    box = page.locator("#chart-mean .u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    page.mouse.up()
    start, end = page.locator("#from").input_value(), page.locator("#to").input_value()
    assert "2022-11-17" < start < end < "2023-03-29"
    page.get_by_role("button", name="Zoom in").click()
    assert start < page.locator("#from").input_value() < page.locator("#to").input_value() < end
    for name in ("Earlier", "Later", "Zoom out"):
        page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator("#from").input_value() == "2022-11-17"
    assert page.locator("#shown").inner_text().startswith("20 readings")


def test_zoom_with_a_finger(visit, sites):
    page = visit(sites.plain, viewport=PHONE, has_touch=True, is_mobile=True)
    # Playwright has no drag with a finger; the DevTools protocol has.
    over = page.locator("#chart-deviation .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, *positions):
        points = [
            {"x": box["x"] + box["width"] * position, "y": box["y"] + box["height"] / 2}
            for position in positions
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.25)
    for position in (0.3, 0.4, 0.5, 0.6):
        touch("touchMove", position)
    touch("touchEnd")
    page.locator("#shown", has_text="readings shown, Dec").wait_for()
    assert "2022-11-17" < page.locator("#from").input_value() < "2023-01-15"
    assert page.locator("#to").input_value() < "2023-03-01"


def test_address_restores_the_view(visit, sites):
    page = visit(sites.corrected + WINTER)
    page.locator("[data-month='2023-01']").click()
    wait_until_loaded(page)
    again = visit(page.url, locale="es-ES")
    assert again.locator("#detail-title").inner_text() == "January 2023"
    assert again.locator("#from").input_value() == "2022-11-01"
    assert again.locator("#shown").inner_text() == page.locator("#shown").inner_text()


def test_every_digit_is_shown_and_the_service_compares_with_the_threshold(visit, sites):
    page = visit(f"{sites.odd}/?month=2023-04", locale="es-ES")
    alerts = page.locator("#alerts tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in alerts] == [
        ["5 abr 2023", "0,5000000000000000001", "19,10"]
    ]
    above = page.locator("#facts > li").nth(3).inner_text()
    assert above.startswith("1\nDesviaciones por encima de 0,50 °C\nÚltima: 5 abr 2023")
    label = page.locator("#deviation-text").text_content()
    assert label.endswith("; 1 por encima del umbral de 0,50 °C.")
    page.locator("#detail").wait_for()
    rows = page.locator("#detail tbody tr").all_inner_texts()
    assert [row.split("\t")[1:3] for row in rows] == [
        ["19,1", "0,5000000000000000001"], ["26,512345678901234567890123", "0,5"], ["19,3", "0,3"],
    ]  # fmt: skip
    assert page.locator("[data-figure=sd]").inner_text() == "0,5000000000000000001 °C"
    april = page.locator("tr", has=page.locator("[data-month='2023-04']"))
    assert april.inner_text().split("\t")[2] == "0,5000000000000000001"


def test_decimals_keep_their_digits_and_texts_that_look_like_them_stay(visit, sites):
    page = visit(sites.plain)
    page.route(
        "**/readings?dataset=x",
        lambda route: route.fulfill(
            body=r'{"mean": -1.50e-7, "line": 10, "temp": null, "sd": 1, "file": "\"mean\": 5"}'
        ),
    )
    content = import_module(page, "client").evaluate(
        "client => client.fetchJson('/readings?dataset=x')"
    )
    assert content == {
        "mean": "-1.50e-7", "line": 10, "temp": None, "sd": "1", "file": '"mean": 5',
    }  # fmt: skip


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "desk"])
def test_values_without_a_decimal_point_fit_the_page(visit, sites, viewport):
    page = visit(f"{sites.huge}/?month=2023-02", viewport=viewport, locale="es-ES")
    february = page.locator("tr", has=page.locator("[data-month='2023-02']"))
    mean = february.locator("td span[title]").first
    assert mean.inner_text() == "1,667E98"
    assert mean.get_attribute("title").startswith("1,66666666")
    for box in page.locator(".scroll").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    ticks = "text => [1e16, -1.5e16, 25].map(n => text.formatTick(n, 0))"
    assert import_module(page, "text").evaluate(ticks) == ["1E16", "-1,5E16", "25"]
    # The detail shows every digit.
    assert "1" + "0" * 99 in page.locator("#detail tbody").inner_text()


def test_later_uploads_are_shown_after_a_reload(visit, growing):
    address, put = growing
    put("a.csv", support.csv("2022/12/1,15,0.1", "2022/12/8,15,0.2"))
    page = visit(address)
    assert parse_query(page.url) == {"dataset": "marmenor.temperature", "lang": "en"}
    for link in ("#csv", "#months-csv", "#alerts-csv"):
        assert parse_query(page.locator(link).get_attribute("href")).keys() == {"dataset", "format"}
    assert page.locator("#csv").get_attribute("download") == "marmenor.temperature.csv"
    assert "from=" not in page.locator("#python").inner_text()
    put("b.csv", support.csv("2023/1/5,14,0.7"))
    page.reload()
    wait_until_loaded(page)
    assert page.locator("#shown").inner_text().startswith("3 readings shown")
    assert page.locator("#alerts tbody tr").count() == 1
    assert list_months(page) == ["2023-01", "2022-12"]


def test_address_has_only_the_chosen_ends(visit, sites):
    page = visit(sites.plain)
    page.locator("#from").fill("2023-01-01")
    page.locator("#from").blur()
    page.locator("#shown", has_text="Jan 1, 2023 to Mar 29, 2023").wait_for()
    assert "from=2023-01-01" in page.url
    assert "to=" not in page.url
    for link in ("#csv", "#months-csv", "#alerts-csv"):
        assert "to" not in parse_query(page.locator(link).get_attribute("href"))
    for _ in range(3):
        page.get_by_role("button", name="Earlier").click()
    assert page.locator("#from").input_value() == "2022-11-17"
    assert "from=" not in page.url
    assert "to=" in page.url
    for _ in range(3):
        page.get_by_role("button", name="Later").click()
    assert page.locator("#to").input_value() == "2023-03-29"
    assert "to=" not in page.url
    page.get_by_role("button", name="All", exact=True).click()
    assert parse_query(page.url) == {"dataset": "marmenor.temperature", "lang": "en"}


def test_zoom_in_stops_at_two_weeks(visit, sites):
    page = visit(sites.plain + "/?from=2023-01-10&to=2023-01-14")
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("#from").input_value() == "2023-01-10"
    assert page.locator("#to").input_value() == "2023-01-14"
    page.goto(sites.plain + WINTER)
    wait_until_loaded(page)
    for _ in range(8):
        page.get_by_role("button", name="Zoom in").click()
    start, end = (date.fromisoformat(page.locator(f"#{end}").input_value()) for end in ENDS)
    assert date(2022, 12, 15) < start < end < date(2023, 1, 15)
    assert 13 <= (end - start).days <= 15


@pytest.mark.parametrize(
    ("locale", "language", "series"),
    [("es-ES", "es", "Serie"), ("es-MX", "es", "Serie"), ("en-GB", "en", "Series"),
     ("de-DE", "en", "Series")],
)  # fmt: skip
def test_default_language_is_the_browsers(visit, sites, locale, language, series):
    page = visit(sites.plain, locale=locale)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("#series-title").inner_text() == series


@pytest.mark.parametrize(
    ("locale", "latest"),
    [("en-US", "18.97 ± 0.37 °C\nLatest reading, Mar 29, 2023 (3 years ago)"),
     ("en-GB", "18.97 ± 0.37 °C\nLatest reading, 29 Mar 2023 (3 years ago)"),
     ("es-ES", "18,97 ± 0,37 °C\nÚltima lectura, 29 mar 2023 (hace 3 años)"),
     ("es-MX", "18.97 ± 0.37 °C\nÚltima lectura, 29 mar 2023 (hace 3 años)")],
)  # fmt: skip
def test_dates_and_numbers_follow_the_locale(visit, sites, locale, latest):
    page = visit(sites.plain, locale=locale)
    assert page.locator("#facts > li").first.inner_text().startswith(latest)


def test_language_buttons_translate_the_page(visit, sites):
    page = visit(f"{sites.plain}/?month=2022-12")
    page.get_by_role("button", name="ES, español").click()
    page.locator("#detail-title", has_text="diciembre de 2022").wait_for()
    assert page.locator("h1").inner_text().startswith("Mar Menor, temperatura media")
    assert page.get_by_role("button", name="ES, español").get_attribute("aria-pressed") == "true"
    assert "lang=es" in page.url
    assert page.get_by_role("button", name="Descargar CSV").count() == 0
    assert page.get_by_role("link", name="Descargar CSV").count() == 1


def test_alerts_are_marked_and_uploads_list_their_changes(visit, sites):
    page = visit(sites.corrected)
    december = page.locator("tr", has=page.locator("[data-month='2022-12']"))
    assert "alert 1" in december.inner_text()
    assert page.locator("#alerts tbody tr").count() == 1
    uploads = page.locator("#uploads > li")
    assert uploads.count() == 3
    assert "withdrawn" in uploads.nth(0).inner_text()
    # A file name stays text.
    assert uploads.nth(1).locator("strong").inner_text() == "<img src=x onerror=alert(1)>.csv"
    assert page.locator("img[onerror]").count() == 0
    uploads.nth(1).locator("summary", has_text="Months it changed").click()
    assert "December 2022: Mean 15.37 → 15.46" in uploads.nth(1).inner_text()


def read_uploads(page):
    """Return the lines of each upload, with its details open."""
    open_details(page, "#uploads details")
    return [text.splitlines() for text in page.locator("#uploads > li").all_inner_texts()]


def test_spanish_page_gives_the_reasons_of_rejections_and_flags(visit, sites):
    page = visit(sites.odd, locale="es-ES")
    unknown, book, nothing, limit, sample = read_uploads(page)
    when = "23 nov 2026, "
    assert unknown[0] == "marmenor.salinidad/x.csv rechazado"
    assert unknown[1].startswith(when)
    assert unknown[1].endswith(
        " · no hay ninguna serie «marmenor.salinidad»; las que hay: marmenor.temperature · JSON"
    )
    assert book[0] == "book.csv rechazado"
    assert " · es un archivo zip o un libro de Excel (.xlsx); guárdelo como CSV · JSON" in book[1]
    # A readable file without an accepted line.
    assert nothing[0] == "nothing.csv sin lecturas aceptadas"
    assert page.locator("#uploads > li").nth(2).locator(".badge.good").count() == 0
    assert nothing[1].count(" · ") == 1
    assert nothing[2:] == [
        "4 líneas rechazadas",
        "Línea 2: ese día no existe en el calendario",
        "Línea 3: se esperaban 3 campos y hay 4",
        "Línea 4: falta la media",
        "Línea 5: la fecha debe escribirse como 2022/12/1, 2022-12-01 o 01/12/2022",
    ]
    assert limit[0] == "limit.csv 2 de 6 líneas rechazadas dudoso"
    assert limit[1].endswith(" · 4 nuevas, 0 cambiadas, 0 iguales · JSON")
    assert limit[2] == "2 líneas rechazadas"
    assert limit[5:8] == [
        "3 lecturas dudosas",
        "5 ene 2023: cambio demasiado rápido (dudoso)",
        "12 abr 2023: pico aislado (dudoso), cambio demasiado rápido (dudoso)",
    ]
    assert sample[0] == "temperatura_1.csv incorporado"
    footer = page.locator("#source")
    assert "muestreo semanal del Mar Menor" in footer.inner_text()
    assert "Licencia: no indicada por quien facilita los datos" in footer.inner_text()
    assert footer.locator("[lang=en]").count() == 0


def test_rejected_lines_are_grouped_by_reason_and_the_number_left_out_is_said(visit, growing):
    address, put = growing
    lines = [f"line {number}" for number in range(123)]
    put("many.csv", support.csv("1", "2022/12/2,x,1", *lines, "2022/12/1,15,0.1"))
    put("again.csv", support.csv("2022/12/8,15,0.1"))
    page = visit(address)
    again, many = read_uploads(page)
    assert many[2:6] == [
        "125 lines rejected", "99 lines (2, 4–101): 3 fields expected, 1 found",
        "Line 3: the mean is not a number", "and 25 more",
    ]  # fmt: skip
    # The figures of the month stay the same; it has one more reading.
    assert again[1].endswith(" · 1 new, 0 changed, 0 the same · JSON")
    assert again[2:] == ["Months it changed (1)", "December 2022: Readings 1 → 2"]
    assert page.locator("#facts > li").nth(2).inner_text().startswith("2\n")


SPANISH_REASONS = {
    "missing_value": ("2022/1/1,,1", "falta la media"),
    "not_a_number": ("2022/1/1,1,x", "la desviación no es un número"),
    "wrong_field_count": ("1", "se esperaban 3 campos y hay 1"),
    "date_out_of_range": ("1822/1/1,1,1", "el año debe estar entre 1900 y 2100"),
}


def test_translated_reason_has_the_numbers_and_names_of_the_service(visit, sites):
    page = visit(sites.plain, locale="es-ES")
    reasons = import_module(page, "sections/reasons")

    def describe(code, reason, parameters):
        members = {"code": code, "reason": reason, "parameters": parameters}
        return reasons.evaluate("(module, members) => module.describeReason(members)", members)

    for code, (line, spanish) in SPANISH_REASONS.items():
        (rejection,) = support.parse_csv(support.csv(line))
        assert rejection.code == code
        assert describe(code, rejection.reason, rejection.parameters) == spanish
    for limits in (FileLimits(rows=1), FileLimits(size=1)):
        with pytest.raises(UnreadableFile) as raised:
            support.parse_csv(support.csv("2022/1/1,1,1"), limits)
        error = raised.value
        assert "más de 1 " in describe(error.code, error.reason, error.parameters)
    # Earlier releases gave no parameters, and a later one may add a code.
    assert describe("missing_value", "something", {}) == "falta la fecha, la media o la desviación"
    assert describe("new_code", "something", {"column": "mean"}) == "something"


def test_newest_alert_is_first(visit, growing):
    address, put = growing
    put("a.csv", support.csv("2022/12/1,15,0.7", "2022/12/8,15,0.2", "2023/2/1,12,0.8"))
    page = visit(address)
    rows = page.locator("#alerts tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["Feb 1, 2023", "Dec 1, 2022"]
    assert "or too many days in a row without one" in page.locator("#months-note").inner_text()


@pytest.mark.parametrize(
    ("locale", "shown", "month"),
    [("es-ES", "Se muestra 1 lectura, del", "diciembre de 2022 solo tiene 1 lectura."),
     ("en-US", "1 reading shown,", "December 2022 has only 1 reading.")],
)  # fmt: skip
def test_single_reading_is_in_the_singular(visit, growing, locale, shown, month):
    address, put = growing
    put("a.csv", support.csv("2022/12/1,15,0.7"))
    page = visit(address, locale=locale)
    assert page.locator("#shown").inner_text().startswith(shown)
    assert page.locator("#months .badge.limit").get_attribute("title").startswith(month)


def test_empty_table_shows_a_message(visit, sites):
    page = visit(sites.empty, locale="es-ES")
    assert page.locator("#empty").is_visible()
    assert "Todavía no hay datos" in page.locator("#empty").inner_text()
    assert not page.locator("#content").is_visible()


def test_page_without_chart_library_shows_a_message_and_the_tables(browser, sites):
    page = browser.new_context(locale="en-US").new_page()
    page.route("**/uPlot*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(sites.plain)
    page.locator("#charts", has_text="not installed").wait_for()
    wait_until_loaded(page)
    assert len(list_months(page)) == 5
    page.context.close()


def test_failing_table_shows_the_error_and_a_retry_button(visit, sites):
    page = visit(sites.broken)
    problem = page.locator("#readings > .problem")
    assert "could not be loaded" in problem.inner_text()
    assert "try again in a moment" in problem.locator("[lang=en]").inner_text()
    with page.expect_response(lambda response: "/readings?" in response.url):
        problem.get_by_role("button", name="Try again").click()


def test_page_works_with_the_keyboard_alone(visit, sites):
    page = visit(sites.plain)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.month") == "2022-12":
            break
    page.keyboard.press("Enter")
    page.locator("#detail").wait_for()
    assert page.evaluate("document.activeElement.id") == "detail"
    page.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    assert not page.locator("#detail").is_visible()
    assert page.evaluate("document.activeElement.dataset.month") == "2022-12"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "desk"])
@pytest.mark.parametrize("site", ["corrected", "odd", "empty", "broken"])
def test_axe_reports_no_violation_and_nothing_overflows(visit, sites, site, viewport, scheme):
    address = f"{getattr(sites, site)}/?month=2022-12"
    page = visit(address, viewport=viewport, color_scheme=scheme, locale="es-ES")
    open_details(page, "details")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run()")["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_line_of_python_reads_the_readings_shown(visit, sites):
    page = visit(f"{sites.plain}/?from=2022-12-01&to=2022-12-31")
    line = page.locator("#python").inner_text()
    assert "\n" not in line
    namespace: dict = {}
    exec(line, namespace)
    assert namespace["readings"]["mean_degree_Celsius"].tolist() == [
        15.569854830055972, 15.230866866053274, 15.562013146240401, 15.20141548830982,
        15.308882050032043,
    ]  # fmt: skip


def test_docs_page_lists_every_route_and_sends_requests(browser, sites):
    page = browser.new_context().new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{sites.plain}/docs")
    page.locator(".opblock").first.wait_for()
    paths = json.loads(fetch(f"{sites.plain}/openapi.json"))["paths"]
    assert page.locator(".opblock").count() == len(paths)
    page.locator("#operations-figures-temp").click()
    page.locator(".try-out__btn").click()
    page.locator(".execute").click()
    page.locator(".live-responses-table", has_text="15.374606476138302").wait_for()
    assert all(url.startswith((sites.plain, "data:")) for url in requests)
    assert errors == []
    page.context.close()
