"""Serve the files of the page and of the documentation, with their security headers."""

from pathlib import Path

from query import page_registry
from query.http import Response, content_type

FOLDER = Path(__file__).resolve().parent / "page"
# Nothing from another host, nothing inline: what somebody smuggles into a file name stays text.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-cache"}
_HTML = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css",
          ".svg": "image/svg+xml"}  # fmt: skip
LIBRARIES = ("uPlot.iife.min.js", "uPlot.min.css", "swagger-ui-bundle.js", "swagger-ui.css")


def load_page(folder: Path = FOLDER) -> dict[str, Response]:
    """Return the page's files by path; libraries that were not built in are left out."""
    files = {f"/page/{path.name}": path for path in folder.glob("*.*") if path.suffix in _TYPES}
    built = ((f"/page/{name}", folder / "libraries" / name) for name in LIBRARIES)
    files |= {name: path for name, path in built if path.is_file()}
    served = {
        name: _respond(path.suffix, path.read_bytes())
        for name, path in files.items()
        if path.suffix != ".html"
    }
    for name, path in (("/", "index.html"), ("/docs", "docs.html")):
        served[name] = _respond(".html", (folder / path).read_bytes())
    served[page_registry.PATH] = _respond(".js", page_registry.render_module().encode())
    return served


def _respond(suffix: str, body: bytes) -> Response:
    headers = {**content_type(_TYPES[suffix]), "Cache-Control": "no-cache"}
    if suffix == ".html":
        headers |= {"Content-Security-Policy": _POLICY, **_HTML}
    return Response(200, headers, body)
