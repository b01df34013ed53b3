"""A real browser on the API's own process; each state of the table has one."""

import os
import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import emulated, serving, support

# The machine's own Chromium before the one Playwright would have to download.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# Started so, it asks no host for anything by itself.
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CORRECTION = support.csv("2022/12/1,16,0.7", "2022/12/2,x,1")
# More digits than a double has, at the threshold and elsewhere; readings that look wrong; and lines
# that are none.
LIMIT = support.csv(
    "2023/4/5,19.1,0.5000000000000000001", "2023/4/12,26.512345678901234567890123,0.5",
    "2023/4/19,19.3,0.3", "2023/1/5,12.1,0.2", "2022/11/31,1,1", "2023/5/1,20,5,0.3",
)  # fmt: skip
NOTHING = support.csv("2026/11/31,16.2,0.7", "2026/11/2,16,2,0.7", "2026/11/3,,0.7", "x,1,1")
# The decimal point was lost.
HUGE = support.csv("2023/2/15,15000000000000000,0.3", "2023/2/16,1e99,0.3", "2023/4/1,16,1e99")
HOSTILE = "<img src=x onerror=alert(1)>.csv"


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    with emulated.emulator() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def sites(emulator: str) -> Iterator[SimpleNamespace]:
    """Addresses: the sample alone, corrected, with odd files, with huge ones; no data; no table."""
    sample = ("temperatura_1.csv", support.SAMPLE.read_bytes())
    tables = [serving.table(emulator) for _ in range(5)]
    serving.load(emulator, tables[0], [sample])
    files = [sample, (HOSTILE, CORRECTION), ("gone.csv", support.csv("2023/1/3,9,0.1"))]
    serving.load(emulator, tables[1], files, withdrawn=[2])
    odd = [
        sample, ("limit.csv", LIMIT), ("nothing.csv", NOTHING), ("book.csv", b"PK\3\4"),
        ("marmenor.salinidad/x.csv", CORRECTION),
    ]  # fmt: skip
    serving.load(emulator, tables[3], odd)
    serving.load(emulator, tables[4], [sample, ("huge.csv", HUGE)])
    with (
        serving.api(emulator, tables[0]) as plain,
        serving.api(emulator, tables[1]) as corrected,
        serving.api(emulator, tables[2]) as empty,
        serving.api(emulator, tables[3]) as odd_files,
        serving.api(emulator, tables[4]) as huge,
        serving.api(emulator, "missing") as broken,
    ):
        yield SimpleNamespace(
            plain=plain, corrected=corrected, empty=empty, odd=odd_files, huge=huge, broken=broken
        )


@pytest.fixture
def growing(emulator: str) -> Iterator[tuple[str, Callable[..., object]]]:
    """The address of a table of the test's own, and a function that puts one more file in."""
    table = serving.table(emulator)
    files: list[tuple[str, bytes]] = []

    def put(key: str, content: bytes) -> None:
        # Those before are put again too, as a repeated event would: it changes nothing.
        files.append((key, content))
        serving.load(emulator, table, files)

    # What was asked a moment ago is asked again.
    with serving.api(emulator, table, CACHE_SECONDS="0") as address:
        yield address, put


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Chromium's own sandbox does not start as root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address as somebody of some language, size and colours; see that nothing is wrong."""
    opened: list[tuple[Page, list[str]]] = []

    def go(address: str, **options: object) -> Page:
        options = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        host = "/".join(address.split("/")[:3])
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((host, "data:")) else wrong.append(asked.url)
            ),
        )
        page.goto(address)
        page.locator("#loading").wait_for(state="hidden")
        opened.append((page, wrong))
        return page

    yield go
    for page, wrong in opened:
        page.context.close()
        expected = [text for text in wrong if "503" in text]
        assert wrong == expected
