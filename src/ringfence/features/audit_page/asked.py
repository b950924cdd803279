"""What the page's address asks for: a filter, a language and a place in the list; and addresses that ask otherwise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from ringfence.base import ids
from ringfence.features.audit_log import Filter
from ringfence.features.audit_page.acts import ACTORS, ACTS, GROUPS, OUTCOMES
from ringfence.features.audit_page.words import Language, page

NAMES: Final = ("action", "actor_kind", "outcome", "from", "to", "actor", "target")
_PATH: Final = "/audit"
T = TypeVar("T")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the filter that is in force, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; `faults` names the fields that say nothing that we know, with the word for why."""

    said: Mapping[str, str]
    language: Language
    speaks: bool
    """The address itself names the language, so the addresses in the page do."""
    cursor: str | None
    filter: Filter = field(default_factory=Filter)
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    active: tuple[Chip, ...] = ()

    @property
    def lang(self) -> str:
        """The language as addresses without a filter carry it."""
        return f"?lang={self.language}" if self.speaks else ""

    def href(self, **changed: str) -> str:
        """The address with something else asked; an empty value leaves it out, and the list begins anew."""
        said = {name: value for name, value in {**self.said, **changed}.items() if value}
        if self.speaks:
            said.setdefault("lang", self.language.value)
        return _PATH + (f"?{urlencode(said)}" if said else "")


def read(query: Mapping[str, str], language: Language) -> Asked:
    """What an address asks for, in the language that the visitor reads."""
    said = {name: query.get(name, "").strip()[:100] for name in NAMES}
    found, faults = _Found(), dict[str, str]()
    for name, text in said.items():
        if text and not found.take(name, text):
            faults[name] = _WHY.get(name, "not_known")
    asked = Asked(said, language, "lang" in query, query.get("cursor"))
    active = tuple(_chip(asked, name) for name in NAMES if said[name] and name not in faults)
    return Asked(said, language, asked.speaks, asked.cursor, found.filter(), faults, active)


def language_of(query: Mapping[str, str], accepted: str, locale: str | None) -> Language:
    """The language of the address, else of the user in the product, else of the browser; else English."""
    for wanted in (query.get("lang", ""), locale or "", _first(accepted)):
        if wanted.lower().partition("-")[0] in set(Language):
            return Language(wanted.lower().partition("-")[0])
    return Language.ENGLISH


_WHY: Final = {"actor": "not_an_id", "target": "not_an_id", "from": "not_a_date", "to": "not_a_date"}


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self._words = dict[str, str]()
        self._ids = dict[str, UUID]()
        self._days = dict[str, datetime]()

    def take(self, name: str, text: str) -> bool:
        """Whether a field says something that we know."""
        if name in {"actor", "target"}:
            return _noted(self._ids, name, ids.parse(text))
        if name in {"from", "to"}:
            return _noted(self._days, name, _midnight(text, after=name == "to"))
        return _noted(self._words, name, text if text in _KNOWN[name] else None)

    def filter(self) -> Filter:
        """The filter of what was read."""
        words, days = self._words, self._days
        return Filter(
            actor=self._ids.get("actor"),
            actor_kind=words.get("actor_kind"),
            action=words.get("action"),
            target=self._ids.get("target"),
            outcome=words.get("outcome"),
            since=days.get("from"),
            until=days.get("to"),
        )


_KNOWN: Final = {
    "action": frozenset(ACTS) | frozenset(f"{group}.*" for group in GROUPS),
    "actor_kind": frozenset(ACTORS),
    "outcome": frozenset(OUTCOMES),
}


def _noted(place: dict[str, T], name: str, value: T | None) -> bool:
    if value is not None:
        place[name] = value
    return value is not None


def _midnight(text: str, *, after: bool) -> datetime | None:
    """The beginning of a day in UTC, or its end."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1 if after else 0)
    except (ValueError, OverflowError):
        return None


def _chip(asked: Asked, name: str) -> Chip:
    text, say = asked.said[name], asked.language.of
    group = text.removesuffix(".*")
    value = {
        "action": say(GROUPS[group]) if text.endswith(".*") and group in GROUPS else say(ACTS.get(text, (text, text))),
        "actor_kind": say(ACTORS.get(text, (text, text))),
        "outcome": say(OUTCOMES.get(text, (text, text))),
    }.get(name, text)
    labels = page(asked.language)
    label = labels[{"action": "what", "actor_kind": "who"}.get(name, name)]
    return Chip(label, value, asked.href(**{name: ""}))


def _first(accepted: str) -> str:
    """The first language of an Accept-Language header that we have."""
    for part in accepted.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.partition("-")[0] in set(Language):
            return tag
    return ""
