"""JSON in which a decimal keeps every digit."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import simplejson

# Members of a long list handed over at a time.
SLICE = 500

# Made once: simplejson.dumps makes another one for every call that is not all defaults.
_ENCODER = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False)


def encode_json(content: Any) -> bytes:
    """The content as one line of JSON; Decimals as numbers, exactly."""
    return _text(content) + b"\n"


def iterate_json(
    members: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """An object with these members and a last one that is a list, a part at a time."""
    yield _text(members)[:-1] + (b", " if members else b"") + _text(name) + b": ["
    remaining = iter(rows)
    separator = b""
    while taken := list(islice(remaining, SLICE)):
        yield separator + _text(taken)[1:-1]
        separator = b", "
    yield b"]}\n"


def _text(content: Any) -> bytes:
    text: str = _ENCODER.encode(content)
    # Half of a pair of surrogates has no UTF-8; as an escape it is JSON all the same.
    return text.encode(errors="backslashreplace")
