"""Load the files of the page and of the documentation as responses."""

from pathlib import Path

from query import page_registry
from query.http import Response, content_type

FOLDER = Path(__file__).resolve().parent / "page"
# No other host and no inline code: a script in the name of an uploaded file stays text.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css",
          ".svg": "image/svg+xml"}  # fmt: skip
LIBRARIES = ("uPlot.iife.min.js", "uPlot.min.css", "swagger-ui-bundle.js", "swagger-ui.css")


def load_page(folder: Path = FOLDER) -> dict[str, Response]:
    """Return the page's files by path, without libraries that are not installed."""
    files = {f"/page/{file.name}": file for file in folder.glob("*.*") if file.suffix in _TYPES}
    libraries = ((f"/page/{name}", folder / "libraries" / name) for name in LIBRARIES)
    files |= {path: file for path, file in libraries if file.is_file()}
    responses = {
        path: _respond(file.suffix, file.read_bytes())
        for path, file in files.items()
        if file.suffix != ".html"
    }
    for path, name in (("/", "index.html"), ("/docs", "docs.html")):
        responses[path] = _respond(".html", (folder / name).read_bytes())
    responses[page_registry.PATH] = _respond(".js", page_registry.render_module().encode())
    return responses


def _respond(suffix: str, body: bytes) -> Response:
    headers = {**content_type(_TYPES[suffix]), "Cache-Control": "no-cache"}
    if suffix == ".html":
        headers |= {"Content-Security-Policy": _POLICY, **_HTML}
    return Response(200, headers, body)
