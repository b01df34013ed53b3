"""Reasons of rejections: a code, its parameters, and a sentence in English."""

from collections.abc import Mapping
from typing import Any

type Parameters = dict[str, int | str]


class RejectionError(Exception):
    """A line or a whole file is rejected.

    Code, reason and parameters are public: none of them has text of the file.

    Attributes:
        code: never changes its meaning.
        reason: the sentence with its parameters.
        parameters: numbers and names of the reason, by name.
    """

    def __init__(self, code: str, sentence: str, /, **parameters: int | str) -> None:
        """Create the error; the parameters replace their names in the sentence."""
        self.code = code
        self.reason = sentence.format(**parameters)
        self.parameters: Parameters = parameters
        super().__init__(self.reason)


def parse_parameters(members: Mapping[str, Any]) -> Parameters:
    """Return the parameters of a stored reason, by name; none for those of earlier releases."""
    stored = members.get("parameters", {})
    # DynamoDB keeps no order.
    return {
        name: value if isinstance(value, str) else int(value)
        for name, value in sorted(stored.items())
    }
