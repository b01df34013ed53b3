"""Take the screenshots of the README from a made-up series, in Chromium: `make screenshots`."""

from datetime import date
from decimal import Decimal

from cli.console import out
from tests import emulated, serving, support
from tests.browser.conftest import launch_browser, wait_until_loaded
from tools.quality import made_up_series
from tools.tables import DOCS

WIDTH, HEIGHT = 1200, 900
YEARS = 3
# No subscriber is told of these readings, so none is above the threshold.
GREATEST_DEVIATION = Decimal("0.49")


def main() -> None:
    """Write docs/page-light.png and docs/page-dark.png."""
    today = date.today()
    with emulated.emulator() as endpoint:
        table = serving.table(endpoint)
        serving.load(endpoint, table, [("temperature.csv", make_file(today))])
        with serving.api(endpoint, table) as address, launch_browser() as browser:
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": WIDTH, "height": HEIGHT}, locale="en", color_scheme=scheme
                )
                page.goto(f"{address}?from={today.year - YEARS}-01-01&to={today}")
                wait_until_loaded(page)
                path = DOCS / f"page-{scheme}.png"
                page.screenshot(path=path)
                out.print(f"{path.name} written", markup=False)


def make_file(today: date) -> bytes:
    """Return the made-up series as a CSV file, moved by whole years to end by today.

    Whole years keep the season.
    """
    series = made_up_series()
    years = today.year - int(series[-1].date[:4])
    lines = (
        f"{int(reading.date[:4]) + years}{reading.date[4:]},{reading.mean},"
        f"{min(Decimal(reading.deviation), GREATEST_DEVIATION)}"
        for reading in series
        if not reading.date.endswith("02-29")
    )
    return support.csv(*(line for line in lines if line <= str(today)))


if __name__ == "__main__":
    main()
