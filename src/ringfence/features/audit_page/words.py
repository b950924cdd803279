"""The page's own words, English and Danish side by side in words.toml, and dates as each writes them. Keeps AUD-05."""

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources


class Language(StrEnum):
    """A language of the page."""

    ENGLISH = "en"
    DANISH = "da"

    def of(self, pair: tuple[str, str]) -> str:
        """The half of a pair of words that is in this language."""
        return pair[0] if self is Language.ENGLISH else pair[1]


def page(language: Language) -> dict[str, str]:
    """The page's words by their names."""
    return _section("page", language)


def refusal(code: str, language: Language) -> str | None:
    """What a refusal means and what to do, by its code; None for one without words of its own."""
    return _section("refusal", language).get(code)


def day(moment: date, language: Language) -> str:
    """A day as people of the language write it: 22 November 2026, 22. november 2026."""
    dot = "." if language is Language.DANISH else ""
    return f"{moment.day}{dot} {_section('month', language)[str(moment.month)]} {moment.year}"


def number(value: int, language: Language) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace(",", "." if language is Language.DANISH else ",")


@cache
def _section(name: str, language: Language) -> dict[str, str]:
    file = resources.files("ringfence.features.audit_page") / "words.toml"
    sections: dict[str, dict[str, dict[str, str]]] = tomllib.loads(file.read_text("utf-8"))
    return {key: pair[language] for key, pair in sections[name].items()}
