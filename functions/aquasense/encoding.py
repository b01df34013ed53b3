"""JSON in which a decimal keeps every digit."""

from typing import Any

import simplejson


def encoded(content: Any) -> bytes:
    """The content as one line of JSON; Decimals as numbers, exactly."""
    text: str = simplejson.dumps(content, use_decimal=True, ensure_ascii=False)
    return text.encode() + b"\n"
