"""A text in both languages of the people who read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Spanish and in English."""

    es: str
    en: str
