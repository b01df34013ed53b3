"""The page, the documentation and the OpenAPI document, as responses."""

import hashlib
import logging
import re
from dataclasses import replace
from html import escape
from pathlib import Path

from aquasense.datasets import Dataset, Datasets
from aquasense.formats.json_format import encode_json
from query import landing, page_registry
from query.http import JSON, Request, Response, content_type
from query.openapi import document

FOLDER = Path(__file__).resolve().parent.parent / "page"
LIBRARIES = ("uPlot.iife.min.js", "uPlot.min.css", "swagger-ui-bundle.js", "swagger-ui.css")
# No other host and no inline code: a script in the name of an uploaded file stays text.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": _POLICY,
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css",
          ".svg": "image/svg+xml", ".txt": "text/plain"}  # fmt: skip
_REVALIDATE = "no-cache"
_IMMUTABLE = "public, max-age=31536000, immutable"
_VERSIONED = re.compile(r"/page/[0-9a-f]{12}/(.+)")

log = logging.getLogger(__name__)


class Page:
    """Responses to the paths of the page, of the documentation and of its document.

    Attributes:
        version: digest of the files. The address of a file contains it, so that browsers keep the
            file and a new version has a new address.
        paths: the paths without those of the page's files.
    """

    paths = ("/", "/docs", document.PATH, *landing.DOCUMENTS)
    # aiohttp's pattern of the paths of the page's files.
    files_pattern = "/page/{path:.+}"

    def __init__(self, datasets: Datasets, folder: Path = FOLDER) -> None:
        files = _read_files(folder)
        # Names are relative to the folder; a library is served as a file of the page.
        files[page_registry.NAME] = page_registry.render_module(datasets).encode()
        digest = hashlib.sha256()
        for name, body in sorted(files.items()):
            digest.update(f"{name} {len(body)} ".encode() + body)
        self.version = digest.hexdigest()[:12]
        self._responses = {
            document.PATH: _respond(encode_json(document.build_document(datasets)), JSON),
            "/docs": self._render((folder / "docs" / "docs.html").read_text(encoding="utf-8")),
        }
        for name, body in files.items():
            media_type = _TYPES[Path(name).suffix]
            self._responses[f"/page/{name}"] = _respond(body, media_type)
            versioned = _respond(body, media_type, _IMMUTABLE)
            self._responses[f"/page/{self.version}/{name}"] = versioned
        index = (folder / "index.html").read_text(encoding="utf-8")
        modules = [name for name in files if name.endswith(".js")
                   and name not in LIBRARIES and not name.startswith("docs/")]  # fmt: skip
        self._by_dataset = {
            dataset.name: self._render(_fill(index, dataset, modules))
            for dataset in datasets.by_name.values()
        }
        self._datasets = datasets

    def find(self, request: Request) -> Response | None:
        """Return the response to a GET; None for another path.

        A file of another version, which another server may have named, is the file of this one.
        """
        if request.path in landing.DOCUMENTS:
            return landing.DOCUMENTS[request.path](self._datasets, request.base_url)
        if request.path == "/":
            return landing.negotiate(self._datasets, request) or self._show_page(request)
        response = self._responses.get(request.path)
        if response is None and (match := _VERSIONED.fullmatch(request.path)):
            return self._responses.get(f"/page/{match[1]}")
        return response

    def _show_page(self, request: Request) -> Response:
        name = dict(request.query).get("dataset", "")
        dataset = self._datasets.by_name.get(name, self._datasets.default)
        page = self._by_dataset[dataset.name]
        head = landing.render_head(dataset, request.base_url)
        return replace(page, body=page.content().replace(b"<!-- catalogue -->", head.encode()))

    def _render(self, html: str) -> Response:
        body = html.replace('="/page/', f'="/page/{self.version}/').encode()
        response = _respond(body, "text/html")
        return Response(200, {**response.headers, **_HTML}, body)


def _read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of the page by name, without libraries that are not installed."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.*"))
        if path.suffix in _TYPES.keys() - {".html"} and path.parent.name != "libraries"
    }
    missing = [name for name in LIBRARIES if not (folder / "libraries" / name).is_file()]
    if missing:
        log.warning("the page lacks %s: install them with make libraries", ", ".join(missing))
    libraries = {
        name: (folder / "libraries" / name).read_bytes()
        for name in LIBRARIES
        if name not in missing
    }
    # One request fewer before the first chart.
    files["page.css"] = (
        libraries.pop("uPlot.min.css", b"") + files["page.css"] + files.pop("charts.css", b"")
    )
    return files | libraries


def _fill(index: str, dataset: Dataset, modules: list[str]) -> str:
    """Return index.html with the links to load at once, and the texts that would move the page."""
    summary = f"{dataset.name} · {dataset.standard_name} · {dataset.unit}"
    return (
        index.replace("<!-- preloads -->", _render_preloads(modules, dataset.name))
        .replace("<!-- title -->", escape(dataset.title))
        .replace("<!-- summary -->", escape(summary))
    )


def _render_preloads(modules: list[str], dataset: str) -> str:
    """Return the links with which a browser loads modules and readings before they are imported."""
    readings = escape(page_registry.readings_url(dataset))
    links = [f'<link rel="preload" as="fetch" crossorigin href="{readings}">']
    links += [
        f'<link rel="modulepreload" href="/page/{name}"'
        # The first chart needs none of the modules in folders.
        + (' fetchpriority="low">' if "/" in name else ">")
        for name in sorted(modules, key=lambda name: ("/" in name, name))
    ]
    return "\n".join(links)


def _respond(body: bytes, media_type: str, cache_control: str = _REVALIDATE) -> Response:
    return Response(200, {**content_type(media_type), "Cache-Control": cache_control}, body)
