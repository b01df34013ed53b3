"""An SNS topic in memory."""

from collections.abc import Callable
from typing import Any


class FakeTopic:
    """Replace adapters.sns.Topic.

    Attributes:
        messages: published so far.
        before, after: called around each publish; an error in `after` is a lost response.
    """

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def publish(self, message: Any) -> None:
        self.before()
        self.messages.append(message)
        self.after()
