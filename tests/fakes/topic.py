"""A topic that remembers what was published."""

from collections.abc import Callable
from typing import Any


class FakeTopic:
    """In place of adapters.topic.Topic.

    Attributes:
        messages: published so far.
        before, after: called around each publishing; raising in `after` is an answer lost.
    """

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def publish(self, message: Any) -> None:
        self.before()
        self.messages.append(message)
        self.after()
