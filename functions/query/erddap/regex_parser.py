"""Compile a regular expression into the program of query.erddap.regex."""

import re
from collections.abc import Callable

from query.erddap.errors import ErddapError, query_error, quote

MAX_DEPTH, MAX_INSTRUCTIONS = 20, 500
# The first and the last character of each range.
_CLASSES = {"d": "09", "w": "azAZ09__", "s": "\t\r  "}
_COUNT = re.compile(r"\{(\d{1,3})(,?)(\d{0,3})\}", re.ASCII)

type Predicate = Callable[[str], bool]
# A character to match, or the relative positions of the next instructions.
type Instruction = Predicate | tuple[int, ...]
type Program = list[Instruction]


class Parser:
    """Compiles a pattern."""

    def __init__(self, pattern: str) -> None:
        self._case = pattern.startswith("(?i)")
        self._pattern = pattern.removeprefix("(?i)").removeprefix("^")
        self._position = self._depth = 0

    def parse(self) -> Program:
        program = self._parse_alternatives()
        if self._peek():
            raise self._refuse()
        return program

    def _peek(self) -> str:
        return self._pattern[self._position : self._position + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise self._refuse()
        self._position += 1
        return character

    def _refuse(self) -> ErddapError:
        return query_error(
            f"the regular expression {quote(self._pattern)} is wrong or has syntax that is not "
            f"supported, near character {self._position + 1}."
        )

    def _parse_alternatives(self) -> Program:
        program = self._parse_sequence()
        while self._peek() == "|":
            self._position += 1
            other = self._parse_sequence()
            program = [(1, len(program) + 2), *program, (len(other) + 1,), *other]
        return program

    def _parse_sequence(self) -> Program:
        program: Program = []
        while self._peek() not in ("", "|", ")"):
            if self._pattern[self._position :] == "$":
                self._position += 1
                break
            program += self._parse_repetition()
            if len(program) > MAX_INSTRUCTIONS:
                raise query_error("the regular expression is too complex.")
        return program

    def _parse_repetition(self) -> Program:
        atom = self._parse_atom()
        if match := _COUNT.match(self._pattern, self._position):
            self._position = match.end()
            least = int(match[1])
            most = (int(match[3]) if match[3] else None) if match[2] else least
        elif (sign := self._peek()) and sign in "*+?":
            self._position += 1
            least, most = int(sign == "+"), 1 if sign == "?" else None
        else:
            return atom
        if most is not None and most < least:
            raise self._refuse()
        # A lazy quantifier matches the same whole texts.
        if self._peek() == "?":
            self._position += 1
        if len(atom) * max(least, most or 0) > MAX_INSTRUCTIONS:
            raise query_error("the regular expression is too complex.")
        program = atom * least
        if most is None:
            return [*program, (1, len(atom) + 2), *atom, (-len(atom) - 1,)]
        for _ in range(most - least):
            program += [(1, len(atom) + 1), *atom]
        return program

    def _parse_atom(self) -> Program:
        character = self._take()
        if character == "(":
            return self._parse_group()
        if character in "*+?{}$^)]":
            raise self._refuse()
        if character == ".":
            return [lambda text: text != "\n"]
        if character == "[":
            return [self._parse_set()]
        ranges = self._parse_escape() if character == "\\" else character * 2
        return [self._test(ranges, inside=True)]

    def _parse_group(self) -> Program:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise query_error("the regular expression is too complex.")
        if self._pattern.startswith("?:", self._position):
            self._position += 2
        program = self._parse_alternatives()
        if self._take() != ")":
            raise self._refuse()
        self._depth -= 1
        return program

    def _parse_set(self) -> Predicate:
        inside = self._peek() != "^"
        self._position += not inside
        ranges = ""
        while (character := self._take()) != "]":
            item = self._parse_escape() if character == "\\" else character * 2
            following = self._pattern[self._position : self._position + 2]
            if len(item) == 2 and following[:1] == "-" and following[1:] not in ("]", "\\", ""):
                item = item[0] + following[1]
                if item[0] > item[1]:
                    raise self._refuse()
                self._position += 2
            ranges += item
        if not ranges:
            raise self._refuse()
        return self._test(ranges, inside=inside)

    def _parse_escape(self) -> str:
        """Return the ranges of an escape: the first and the last character of each."""
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character.isalnum():
            raise self._refuse()
        return character * 2

    def _test(self, ranges: str, *, inside: bool) -> Predicate:
        pairs = list(zip(ranges[::2], ranges[1::2], strict=True))

        def test(character: str) -> bool:
            variants = (
                {character, character.lower(), character.upper()} if self._case else {character}
            )
            return inside == any(
                low <= variant <= high for variant in variants for low, high in pairs
            )

        return test
