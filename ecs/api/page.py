"""Serve the files of the page and of the documentation, with their security headers."""

from dataclasses import dataclass
from pathlib import Path

from query import page_registry
from query.answer import Answer

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


@dataclass(frozen=True, slots=True)
class Page:
    """Every file there is, by the path under which it is served."""

    answers: dict[str, Answer]

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Page":
        """Read the files; libraries that were not built in are left out, and the page says so."""
        files = {f"/page/{path.name}": path for path in folder.glob("*.*") if path.suffix in _TYPES}
        built = ((f"/page/{name}", folder / "libraries" / name) for name in LIBRARIES)
        files |= {name: path for name, path in built if path.is_file()}
        answers = {name: _answer(path) for name, path in files.items() if path.suffix != ".html"}
        answers["/"] = _answer(folder / "index.html")
        answers["/docs"] = _answer(folder / "docs.html")
        answers[page_registry.PATH] = Answer(
            200, _TYPES[".js"], page_registry.render_module().encode(), _HEADERS
        )
        return cls(answers)


def _answer(path: Path) -> Answer:
    headers = _HEADERS
    if path.suffix == ".html":
        headers = headers | {"Content-Security-Policy": _POLICY, **_HTML}
    return Answer(200, _TYPES[path.suffix], path.read_bytes(), headers)
