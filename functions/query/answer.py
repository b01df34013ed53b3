"""What a front end sends, and the problems it may have to report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aquasense.encoding import encoded

JSON, CSV, PROBLEM = "application/json", "text/csv", "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole or to be streamed.

    Attributes:
        status: of HTTP.
        content_type: without a charset.
        content: the bytes, or a function that gives them a part at a time, the same ones each
            time it is called.
        headers: beyond those every answer has.
    """

    status: int
    content_type: str
    content: bytes | Callable[[], Iterable[bytes]]
    headers: Mapping[str, str] = field(default_factory=dict)

    def parts(self) -> Iterable[bytes]:
        """The bytes, a part at a time."""
        return [self.content] if isinstance(self.content, bytes) else self.content()

    @property
    def body(self) -> bytes:
        """The bytes."""
        return b"".join(self.parts())


def problem(status: int, title: str, detail: str, **members: Any) -> Answer:
    """An error as RFC 9457 has it; members that are None are left out."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    return Answer(status, PROBLEM, encoded(content))


def unavailable() -> Answer:
    """When the table failed; why is in the log and nobody else's business."""
    return problem(503, "unavailable", "the answer could not be worked out; try again in a moment")
