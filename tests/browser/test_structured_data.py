"""The data block in the page's head, under the page's Content Security Policy."""

import json

import pytest

from tests.browser.conftest import wait_until_loaded

pytestmark = pytest.mark.browser


def test_the_policy_leaves_the_data_block_and_blocks_code(browser, sites):
    page = browser.new_page()
    errors = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    response = page.goto(sites.plain)
    assert "script-src 'self';" in response.headers["content-security-policy"]
    wait_until_loaded(page)
    described = json.loads(page.locator('script[type="application/ld+json"]').text_content())
    assert described["@type"] == "Dataset"
    assert page.locator("link[rel=canonical]").get_attribute("href") == described["url"]
    assert errors == []

    # The same element with code is blocked, so the policy is in force.
    blocked = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener("securitypolicyviolation", event => resolve(event.blockedURI))
            const script = document.createElement("script")
            script.textContent = "document.title = 'run'"
            document.head.append(script)
        })"""
    )
    assert blocked == "inline"
    assert page.title() != "run"
    page.close()
