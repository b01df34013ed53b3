"""Encode JSON in which a decimal keeps every digit."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched
from typing import Any

import simplejson

# Rows in one chunk of the response.
CHUNK_ROWS = 500

# simplejson.dumps() would create an encoder in every call.
_ENCODER = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False)


def encode_json(content: Any) -> bytes:
    """Return the content as one line of JSON in UTF-8, with decimals as numbers."""
    return _encode(content) + b"\n"


def iterate_json(
    members: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """Yield a JSON object in chunks of CHUNK_ROWS rows.

    Args:
        members: all members but the last.
        name: of the last member.
        rows: its value.
    """
    yield _encode(members)[:-1] + (b", " if members else b"") + _encode(name) + b": ["
    separator = b""
    for chunk in batched(rows, CHUNK_ROWS, strict=False):
        yield separator + _encode(chunk)[1:-1]
        separator = b", "
    yield b"]}\n"


def _encode(content: Any) -> bytes:
    text: str = _ENCODER.encode(content)
    # A lone surrogate has no UTF-8; its escape is valid JSON.
    return text.encode(errors="backslashreplace")
