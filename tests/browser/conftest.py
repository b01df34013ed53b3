"""Fixtures: Chromium, and one API process for each state of the table."""

import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, JSHandle, Page, Request, expect, sync_playwright

from aquasense.datasets import load_datasets
from tests import emulated, serving, support

# Without an installed Chromium, Playwright uses the one that it downloads.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# With these flags Chromium sends no requests of its own.
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CORRECTION = support.csv("2022/12/1,16,0.7", "2022/12/2,x,1")
# More digits than a double has, at the threshold and elsewhere; flagged readings; rejected lines.
LIMIT = support.csv(
    "2023/4/5,19.1,0.5000000000000000001", "2023/4/12,26.512345678901234567890123,0.5",
    "2023/4/19,19.3,0.3", "2023/1/5,12.1,0.2", "2022/11/31,1,1", "2023/5/1,20,5,0.3",
)  # fmt: skip
REJECTED_LINES = support.csv("2026/11/31,16.2,0.7", "2026/11/2,16,2,0.7", "2026/11/3,,0.7", "x,1,1")
# Values without their decimal point.
HUGE = support.csv("2023/2/15,15000000000000000,0.3", "2023/2/16,1e99,0.3", "2023/4/1,16,1e99")
TWO_DATASETS = support.ROOT / "tests" / "compatibility" / "datasets.toml"
SALINITY = support.csv(*(f"2023/1/{day},{40 + day / 10},0.1" for day in (3, 10, 17, 24, 31)))
# Weekly, with a gap of 28 days, and one reading that looks wrong.
LONG = support.csv(
    *(
        f"{day:%Y/%m/%d},{18 - 8 * math.cos(week / 8.3):.3f},{0.2 + week % 7 / 20:.3f}"
        for week in range(470)
        if week not in (401, 402, 403)
        for day in [date(2015, 1, 6) + timedelta(weeks=week)]
    ),
    "2023/12/28,29.5,0.3",
)
HOSTILE = "<img src=x onerror=alert(1)>.csv"


def wait_until_loaded(page: Page) -> None:
    """Wait until no section is loading."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=20_000)


def import_module(page: Page, name: str) -> JSHandle:
    """Return the instance of a module that the page uses."""
    main = page.locator("script[type=module]").get_attribute("src")
    return page.evaluate_handle(f"import('{urljoin(main, name)}.js')")


def parse_query(address: str) -> dict[str, str]:
    """Return the query parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    with emulated.emulator() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def sites(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """URLs of APIs on tables with different files: see the names."""
    sample = ("temperatura_1.csv", support.SAMPLE.read_bytes())
    tables = [serving.table(emulator) for _ in range(7)]
    serving.load(emulator, tables[0], [sample])
    files = [sample, (HOSTILE, CORRECTION), ("gone.csv", support.csv("2023/1/3,9,0.1"))]
    serving.load(emulator, tables[1], files, withdrawn=[2])
    odd = [
        sample, ("limit.csv", LIMIT), ("nothing.csv", REJECTED_LINES), ("book.csv", b"PK\3\4"),
        ("marmenor.salinidad/x.csv", CORRECTION),
    ]  # fmt: skip
    serving.load(emulator, tables[3], odd)
    serving.load(emulator, tables[4], [sample, ("huge.csv", HUGE)])
    serving.load(emulator, tables[5], [("long.csv", LONG)])
    folder = tmp_path_factory.mktemp("functions")
    shutil.copytree(support.ROOT / "functions" / "aquasense", folder / "aquasense")
    shutil.copy(TWO_DATASETS, folder / "datasets.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "DATASETS", load_datasets(Decimal("0.5"), TWO_DATASETS))
        serving.load(emulator, tables[6], [sample, ("marmenor.salinity/s.csv", SALINITY)])
    path = f"{folder}:{support.ROOT / 'functions'}:{support.ROOT / 'ecs'}"
    with (
        serving.api(emulator, tables[0]) as plain,
        serving.api(emulator, tables[1]) as corrected,
        serving.api(emulator, tables[2]) as empty,
        serving.api(emulator, tables[3]) as odd_files,
        serving.api(emulator, tables[4]) as huge,
        serving.api(emulator, tables[5]) as long,
        serving.api(emulator, tables[6], PYTHONPATH=path) as two,
        serving.api(emulator, "missing") as broken,
    ):
        yield SimpleNamespace(
            plain=plain, corrected=corrected, empty=empty, odd=odd_files, huge=huge, long=long,
            two=two, broken=broken,
        )  # fmt: skip


@pytest.fixture
def growing(emulator: str) -> Iterator[tuple[str, Callable[..., object]]]:
    """URL of an API with an empty table, and a function that adds a file to the table."""
    table = serving.table(emulator)
    files: list[tuple[str, bytes]] = []

    def put(key: str, content: bytes) -> None:
        # Repeated events of earlier files change nothing.
        files.append((key, content))
        serving.load(emulator, table, files)

    # Without the cache, a file is in the next response.
    with serving.api(emulator, table, CACHE_SECONDS="0") as address:
        yield address, put


@contextmanager
def launch_browser() -> Iterator[Browser]:
    """Run Chromium."""
    # Chromium's own sandbox does not start as root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launch_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a new browser context, with its options.

    The test fails on an error in the console, other than a 503, and on a request to another host.
    """
    visits: list[tuple[Page, list[str]]] = []

    def open_page(address: str, **options: object) -> Page:
        options = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
        errors: list[str] = []
        own = ("/".join(address.split("/")[:3]), "data:")

        def record_request(request: Request) -> None:
            if not request.url.startswith(own):
                errors.append(request.url)

        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("request", record_request)
        page.goto(address)
        wait_until_loaded(page)
        visits.append((page, errors))
        return page

    yield open_page
    for page, errors in visits:
        page.context.close()
        assert [text for text in errors if "503" not in text] == []
