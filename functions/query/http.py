"""What HTTP adds to an answer, the same in both front ends: methods, validators, CORS, safety."""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from query.answer import Answer, problem

METHODS = ("GET", "HEAD", "OPTIONS")
# Longer answers are worked out anew, part by part, instead of being kept in memory.
KEPT = 256 * 1024
# Shorter ones do not get shorter by enough.
COMPRESSED_FROM = 1024

SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # An answer is data: opened by itself, it may load and run nothing.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
EXPOSED = "ETag, Last-Modified, Link"


@dataclass(frozen=True, slots=True)
class Asked:
    """The headers of a request that matter, and what the front end can do.

    Attributes:
        if_none_match, origin, accept_encoding: headers; empty where there are none.
        compress: whether the front end can send bytes that are no text.
    """

    if_none_match: str = ""
    origin: str = ""
    accept_encoding: str = ""
    compress: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire; parts are to be sent one by one, None where they are whole."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    parts: Callable[[], Iterable[bytes]] | None = field(default=None)


def origins(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Which other sites' pages may read the answers: CORS_ORIGINS, separated by commas."""
    return tuple(environ.get("CORS_ORIGINS", "*").replace(",", " ").split())


def response(answer: Answer, asked: Asked, allowed_origins: tuple[str, ...]) -> Response:
    """An answer with its validators; without its body if the asker has it already."""
    headers = {"Content-Type": f"{answer.content_type}; charset=utf-8", **SAFETY}
    headers |= answer.headers
    headers |= cors(asked.origin, allowed_origins)
    vary = ["Accept", "Accept-Encoding", *(["Origin"] if "*" not in allowed_origins else [])]
    headers["Vary"] = ", ".join(vary)
    headers.setdefault("Cache-Control", "no-store")
    if answer.status != 200:
        return Response(answer.status, headers, answer.body)
    digest = hashlib.sha256(answer.content_type.encode())
    kept: list[bytes] | None = []
    size = 0
    for part in answer.parts():
        digest.update(part)
        size += len(part)
        if kept is not None:
            kept.append(part)
            kept = kept if size <= KEPT else None
    tag = digest.hexdigest()[:32]
    zipped = asked.compress and size >= COMPRESSED_FROM and takes_gzip(asked.accept_encoding)
    # Other bytes, another tag: what is strong has to be equal to the last bit.
    headers["ETag"] = f'"{tag}-gzip"' if zipped else f'"{tag}"'
    if asked.if_none_match and matches(asked.if_none_match, tag):
        return Response(304, {name: headers[name] for name in headers if name != "Content-Type"})
    if zipped:
        headers["Content-Encoding"] = "gzip"
    if kept is not None:
        body = b"".join(kept)
        return Response(200, headers, b"".join(_gzip([body])) if zipped else body)
    parts = answer.parts
    return Response(200, headers, parts=(lambda: _gzip(parts())) if zipped else parts)


def preflight(asked: Asked, allowed_origins: tuple[str, ...]) -> Response:
    """The answer to OPTIONS."""
    headers = {"Allow": ", ".join(METHODS), **SAFETY, **cors(asked.origin, allowed_origins)}
    if "Access-Control-Allow-Origin" in headers:
        headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
        headers["Access-Control-Max-Age"] = "86400"
    if "*" not in allowed_origins:
        headers["Vary"] = "Origin"
    return Response(204, headers)


def not_allowed(methods: Iterable[str] = METHODS) -> Answer:
    """A method that the route does not have."""
    allowed = ", ".join(methods)
    answer = problem(405, "method not allowed", f"allowed: {allowed}")
    return Answer(answer.status, answer.content_type, answer.content, {"Allow": allowed})


def cors(origin: str, allowed_origins: tuple[str, ...]) -> dict[str, str]:
    """The headers with which a browser lets another site's page read an answer."""
    if "*" in allowed_origins:
        allowed = "*"
    elif origin in allowed_origins:
        allowed = origin
    else:
        return {}
    return {
        "Access-Control-Allow-Origin": allowed,
        "Access-Control-Expose-Headers": EXPOSED,
        # The page of another origin may embed what it may read.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def matches(if_none_match: str, tag: str) -> bool:
    """Whether the asker has what bears that tag, compressed or not."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in given or any(one in (f'"{tag}"', f'"{tag}-gzip"') for one in given)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and not to refuse it."""
    for entry in accept_encoding.lower().split(","):
        name, _, weight = entry.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    # 16 + 15: gzip's own header, which has no time in it, so that equal bytes stay equal.
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 31)
    for part in parts:
        if done := squeeze.compress(part):
            yield done
    yield squeeze.flush()
