"""Complete a response: security headers, CORS, validators, conditions, compression."""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from query.http import METHODS, Request, Response

# Longer bodies are generated twice, for the ETag and to send them: memory stays constant.
MAX_BUFFERED_BODY = 256 * 1024
# Compression of shorter bodies saves too little.
MIN_COMPRESSED_BODY = 1024

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Responses are data: a browser that opens one must load and run nothing.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
EXPOSED_HEADERS = "ETag, Last-Modified, Link"


def allowed_origins(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the origins allowed by CORS, from CORS_ORIGINS, separated by commas or spaces."""
    return tuple(environ.get("CORS_ORIGINS", "*").replace(",", " ").split())


def add_headers(response: Response, request: Request, origins: tuple[str, ...]) -> Response:
    """Add the headers of every response (security, CORS, caching) and the ETag of a 200."""
    headers = {"Content-Type": response.headers["Content-Type"], **SECURITY, **response.headers}
    headers |= cors_headers(request.header("origin"), origins)
    vary = ["Accept", "Accept-Encoding", *(["Origin"] if "*" not in origins else [])]
    headers["Vary"] = ", ".join(vary)
    headers.setdefault("Cache-Control", "no-store")
    if response.status != HTTPStatus.OK:
        return replace(response, headers=headers)
    digest = hashlib.sha256(headers["Content-Type"].partition(";")[0].encode())
    buffered: list[bytes] = []
    size = 0
    for part in response.parts():
        digest.update(part)
        size += len(part)
        if size <= MAX_BUFFERED_BODY:
            buffered.append(part)
        else:
            buffered.clear()
    headers["ETag"] = f'"{digest.hexdigest()[:32]}"'
    return Response(
        200, headers, b"".join(buffered) if size <= MAX_BUFFERED_BODY else response.body
    )


def compress(response: Response, accept_encoding: str) -> Response:
    """Compress the body of a 200 with gzip if it is long and the client accepts gzip."""
    body = response.body
    short = isinstance(body, bytes) and len(body) < MIN_COMPRESSED_BODY
    if response.status != HTTPStatus.OK or short or not accepts_gzip(accept_encoding):
        return response
    # A strong ETag identifies the encoded bytes.
    tag = response.headers["ETag"].strip('"')
    headers = {**response.headers, "ETag": f'"{tag}-gzip"', "Content-Encoding": "gzip"}
    if isinstance(body, bytes):
        return Response(200, headers, b"".join(_gzip([body])))
    return Response(200, headers, lambda: _gzip(body()))


def check_condition(response: Response, if_none_match: str) -> Response:
    """Return a 304 instead of a 200 whose ETag matches If-None-Match."""
    if not if_none_match or response.status != HTTPStatus.OK:
        return response
    tag = response.headers.get("ETag", "").strip('"').removesuffix("-gzip")
    if not (tag and matches(if_none_match, tag)):
        return response
    of_body = ("Content-Type", "Content-Encoding")
    headers = {name: value for name, value in response.headers.items() if name not in of_body}
    return Response(HTTPStatus.NOT_MODIFIED, headers)


def preflight(request: Request, origins: tuple[str, ...]) -> Response:
    """Return the response to OPTIONS, a CORS preflight included."""
    allowed = cors_headers(request.header("origin"), origins)
    headers = {"Allow": ", ".join(METHODS), **SECURITY, **allowed}
    if allowed:
        headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
        headers["Access-Control-Max-Age"] = "86400"
    if "*" not in origins:
        headers["Vary"] = "Origin"
    return Response(HTTPStatus.NO_CONTENT, headers)


def cors_headers(origin: str, origins: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that allow pages of an origin to read a response; empty if not allowed."""
    if "*" in origins:
        allowed = "*"
    elif origin in origins:
        allowed = origin
    else:
        return {}
    return {
        "Access-Control-Allow-Origin": allowed,
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        # Pages of an allowed origin may also embed responses.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def matches(if_none_match: str, tag: str) -> bool:
    """Return True if an If-None-Match header has the ETag, with or without compression."""
    tags = [entry.strip().removeprefix("W/") for entry in if_none_match.split(",")]
    return "*" in tags or any(entry in (f'"{tag}"', f'"{tag}-gzip"') for entry in tags)


def accepts_gzip(accept_encoding: str) -> bool:
    """Return True if an Accept-Encoding header has gzip with a weight above zero."""
    for entry in accept_encoding.lower().split(","):
        name, _, weight = entry.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def choose_media_type(accept: str, offered: Sequence[str]) -> str:
    """Return the offered media type with the greatest weight in an Accept header.

    The first one wins a tie, and a header that names none of them.
    """
    weights = dict.fromkeys(offered, 0.0)
    for entry in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in entry.split(";"))
        if media_type in weights:
            weights[media_type] = _parse_weight(parameters)
    return max(weights, key=lambda media_type: weights[media_type])


def _parse_weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    # 16 + 15: gzip's own header, which has no time in it, so that equal bytes stay equal.
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    for part in parts:
        if compressed := compressor.compress(part):
            yield compressed
    yield compressor.flush()
