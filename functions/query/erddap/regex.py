"""Match regular expressions in time linear in the text.

Python's `re` can take exponential time. This matcher follows all alternatives at once (Thompson
1968) and remembers each step, and knows the part of Java's syntax that constraints need.
"""

from collections.abc import Iterable

from query.erddap.errors import query_error
from query.erddap.regex_parser import Parser

MAX_LENGTH = 200
# Characters read and instructions followed for one constraint, about a second.
MAX_STEPS = 5_000_000

type State = frozenset[int]


class Regex:
    """A regular expression that matches whole texts.

    Raises:
        ErddapError: its syntax is wrong or not supported.
    """

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_LENGTH:
            raise query_error(f"a regular expression has at most {MAX_LENGTH} characters.")
        self._program = Parser(pattern).parse()
        self._start = self._follow([0])
        self._next: dict[tuple[State, str], State] = {}
        self._results: dict[str, bool] = {}
        self._steps = 0

    def matches(self, text: str) -> bool:
        """Return True if the whole text matches.

        Raises:
            ErddapError: this and earlier texts take too long.
        """
        if text not in self._results:
            state = self._start
            for character in text:
                state = self._step(state, character)
            self._results[text] = len(self._program) in state
        return self._results[text]

    def _step(self, state: State, character: str) -> State:
        key = state, character
        self._steps += 1
        if key not in self._next:
            self._steps += len(self._program)
            self._next[key] = self._follow(
                position + 1
                for position in state
                if position < len(self._program)
                and callable(test := self._program[position])
                and test(character)
            )
        if self._steps > MAX_STEPS:
            raise query_error("the regular expression takes too long on so many rows.")
        return self._next[key]

    def _follow(self, positions: Iterable[int]) -> State:
        """Return the positions that are reached without a character."""
        pending, state = list(positions), set()
        while pending:
            position = pending.pop()
            if position in state:
                continue
            state.add(position)
            if position < len(self._program):
                instruction = self._program[position]
                if isinstance(instruction, tuple):
                    pending += [position + offset for offset in instruction]
        return frozenset(state)
