"""HTTP headers of requests: Accept, Accept-Encoding, If-None-Match, Origin."""

import pytest

from query.headers import accepts_gzip, matches, preflight
from query.http import Request
from query.service import prefers_csv


@pytest.mark.parametrize(
    ("accept", "preferred"),
    [
        ("", False),
        ("text/csv", True),
        ("text/html, */*;q=0.8", False),
        ("application/json, text/csv", False),
        ("application/json;q=0.5, text/csv;q=0.9", True),
        ("text/csv;q=0", False),
        ("text/csv;q=x", False),
        ("TEXT/CSV ; Q=1", True),
        (",;,;q=1", False),
    ],
)
def test_csv_is_preferred_by_the_accept_header(accept, preferred):
    assert prefers_csv(accept) is preferred


def test_entity_tags_are_compared_weakly():
    assert matches('W/"a"', "a")
    assert matches('"a-gzip"', "a")
    assert not matches("", "a")
    assert not matches('"b"', "a")


def test_gzip_can_be_excluded_by_a_quality_value_of_zero():
    assert accepts_gzip("deflate, gzip;q=1.0")
    assert not accepts_gzip("gzip; q=0")


def test_a_preflight_of_another_origin_has_no_cors_headers():
    response = preflight(
        Request("OPTIONS", "/temp", headers={"origin": "https://x.example"}), ("https://y.example",)
    )
    assert response.status == 204
    assert not any(name.startswith("Access-Control") for name in response.headers)
