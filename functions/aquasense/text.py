"""Texts in both languages of the mails and the page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Spanish and in English."""

    es: str
    en: str
