"""Visit the page and print the times.  python -m bench.workers.page PORT NETWORK VISITS

NETWORK is fast-3g or none. Each visit is in a new browser context, first with an empty cache.
"""

import json
import os
import shutil
import sys

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

# Without an installed Chromium, Playwright uses the one that it downloads.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
VIEWPORT = {"width": 1350, "height": 940}
# Milliseconds.
TIMEOUT = 60_000
# Chromium's DevTools: 1.6 Mbit/s, 750 kbit/s and 150 ms, adjusted to what a page observes.
FAST_3G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1_600_000 / 8 * 0.9,
    "uploadThroughput": 750_000 / 8 * 0.9,
}
# The time of the frame with the first canvas, and the sum of all shifts.
OBSERVE = """
window.firstChart = 0;
window.shift = 0;
const look = () => {
  if (document.querySelector("canvas")) window.firstChart = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# Of every request that ended before the first chart, in order of its end: when the page asked for
# it, and its end. Chromium sends six at once over HTTP/1.1; the others wait, but for no response.
REQUESTS = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({ responseEnd }) => responseEnd && responseEnd < window.firstChart)
  .sort((a, b) => a.responseEnd - b.responseEnd)
  .map(({ name, startTime, responseEnd }) => ({ name, start: startTime, end: responseEnd }))
"""


def main(port: int, network: str, visits: int) -> None:
    # Chromium's own sandbox does not start as root.
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        address = f"http://127.0.0.1:{port}/"
        # The first visit also compiles and starts; it is not counted.
        _visit(browser, address, network)
        print(json.dumps([_visit(browser, address, network) for _ in range(visits)]))  # noqa: T201
        browser.close()


def _visit(browser: Browser, address: str, network: str) -> dict[str, object]:
    page = browser.new_context(viewport=VIEWPORT).new_page()  # type: ignore[arg-type]
    page.add_init_script(OBSERVE)
    session = page.context.new_cdp_session(page)
    _emulate(session, network)
    cold = _load(page, address)
    requests = page.evaluate(REQUESTS)
    shift = page.evaluate("window.shift")
    page.goto("about:blank")
    warm = _load(page, address)
    page.context.close()
    return {"cold": cold, "warm": warm, "shift": shift, "in_a_row": _count_in_a_row(requests),
            "requests": requests}  # fmt: skip


def _emulate(session: CDPSession, network: str) -> None:
    if network == "fast-3g":
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", FAST_3G)


def _load(page: Page, address: str) -> float:
    """Load the page with all its sections; return the seconds until its first chart."""
    page.goto(address)
    page.locator("canvas").first.wait_for(timeout=TIMEOUT)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=TIMEOUT)
    return float(page.evaluate("window.firstChart")) / 1000


def _count_in_a_row(requests: list[dict[str, float]]) -> int:
    """Return the greatest number of requests of which each was asked for after another's end."""
    count, end = 0, 0.0
    for request in requests:
        if request["start"] >= end:
            count, end = count + 1, request["end"]
    return count


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
