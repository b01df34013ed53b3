"""What machines read at `/` and beside it: JSON-LD, links, robots.txt and sitemap.xml."""

import json
from collections.abc import Callable
from html import escape
from typing import Any

from aquasense.citation.catalogues import (
    SCHEMA_ORG,
    describe_dataset,
    describe_in_words,
    page_url,
)
from aquasense.datasets import Dataset, Datasets
from aquasense.formats.json_format import encode_json
from query.headers import choose_media_type
from query.http import JSON, Request, Response, content_type
from query.openapi import document
from query.resources.citation import JSON_LD
from query.routes import DATASET_PATH, ROUTES

_HTML = "text/html"
_TITLE = "AquaSenseCloud"


def negotiate(datasets: Datasets, request: Request) -> Response | None:
    """Return `/` for a client that prefers JSON-LD or JSON to HTML; None for all others."""
    chosen = choose_media_type(request.header("accept"), (_HTML, JSON_LD, JSON))
    if chosen == _HTML:
        return None
    build = _catalogue if chosen == JSON_LD else _landing_page
    return _respond(encode_json(build(datasets, request.base_url)), chosen)


def render_head(dataset: Dataset, base: str) -> str:
    """Return the lines of the page's head for search engines and catalogues.

    The Content Security Policy does not apply to the data block, because it is not run.
    """
    described = {"@context": SCHEMA_ORG, **describe_dataset(dataset, base)}
    # Of JSON's characters only this one can end the element.
    block = json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")
    folder = f"{DATASET_PATH}{dataset.name}"
    return "\n".join(
        (
            f'<meta name="description" content="{escape(describe_in_words(dataset))}">',
            f'<link rel="canonical" href="{escape(described["url"])}">',
            f'<link rel="describedby" type="{JSON_LD}" href="{folder}/croissant">',
            f'<link rel="describedby" type="{JSON}" href="{folder}/citation">',
            f'<link rel="service-desc" type="{JSON}" href="{document.PATH}">',
            f'<script type="{JSON_LD}">{block}</script>',
        )
    )


def _catalogue(datasets: Datasets, base: str) -> dict[str, Any]:
    return {
        "@context": SCHEMA_ORG,
        "@type": "DataCatalog",
        "@id": f"{base}/",
        "url": f"{base}/",
        "name": _TITLE,
        "dataset": [describe_dataset(dataset, base) for dataset in datasets.by_name.values()],
    }


def _landing_page(datasets: Datasets, base: str) -> dict[str, Any]:
    """Return a landing page in the form of OGC API Common."""
    links = [
        ("self", JSON, "/", "This document"),
        ("alternate", _HTML, "/", "The page"),
        ("alternate", JSON_LD, "/", "The datasets, in the terms of schema.org"),
        ("service-desc", JSON, document.PATH, "The OpenAPI document"),
        ("service-doc", _HTML, "/docs", "The documentation of the API"),
        ("data", JSON, "/datasets", "The datasets"),
        ("search", JSON, "/erddap/info/index.json", "The tables of the ERDDAP-compatible door"),
        *(
            ("describedby", JSON_LD, f"{DATASET_PATH}{name}/croissant", f"Croissant of {name}")
            for name in datasets.by_name
        ),
    ]
    return {
        "title": _TITLE,
        "description": "Readings of water surveys, their monthly figures and alerts.",
        "links": [
            {"rel": rel, "type": media_type, "href": f"{base}{path}", "title": title}
            for rel, media_type, path, title in links
        ],
    }


def _robots(datasets: Datasets, base: str) -> Response:
    # The addresses of the data have no end, and names of files are nobody's search result.
    kept = ("/datasets",)
    roots = sorted({f"/{path.split('/')[1]}" for path in ROUTES} - set(kept))
    lines = ("User-agent: *", *(f"Disallow: {root}" for root in roots), "",
             f"Sitemap: {base}/sitemap.xml", "")  # fmt: skip
    return _respond("\n".join(lines).encode(), "text/plain")


def _sitemap(datasets: Datasets, base: str) -> Response:
    pages = [page_url(base, dataset) for dataset in datasets.by_name.values()]
    urls = [*pages, f"{base}/docs"]
    entries = "".join(f"<url><loc>{escape(url)}</loc></url>\n" for url in urls)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )
    return _respond(text.encode(), "application/xml")


DOCUMENTS: dict[str, Callable[[Datasets, str], Response]] = {
    "/robots.txt": _robots,
    "/sitemap.xml": _sitemap,
}


def _respond(body: bytes, media_type: str) -> Response:
    return Response(200, {**content_type(media_type), "Cache-Control": "no-cache"}, body)
