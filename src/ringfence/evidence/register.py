"""The register of promises: what we say, how it is kept, where the code and the proof are, and what is still open."""

import textwrap
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import cast

WIDTH = 100
_HOW_TOLD = "How it is to be kept: {}."


class How(StrEnum):
    """How a promise is kept."""

    ENFORCED = "enforced"
    PROBED = "probed"
    SERVED = "served"
    ATTESTED = "attested"


class State(StrEnum):
    """How much of a promise is kept; a row with open parts is never green."""

    KEPT = "kept"
    IN_PART = "kept in part"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Promise:
    """One row: `code` and `tests` are paths from the top of the tree, a test may be `path::name`."""

    id: str
    wording: str
    how: tuple[How, ...]
    frameworks: tuple[str, ...]
    code: tuple[str, ...]
    tests: tuple[str, ...]
    probe: str
    cadence: str
    open: tuple[str, ...]

    @property
    def probes(self) -> tuple[str, ...]:
        """The names of its probes; the field holds them with a comma between."""
        return tuple(name.strip() for name in self.probe.split(",") if name.strip())

    @property
    def state(self) -> State:
        """Derived, so that nobody can write a better one down."""
        if not self.code and not self.tests and not self.probe:
            return State.OPEN
        return State.IN_PART if self.open else State.KEPT


@dataclass(frozen=True, slots=True)
class Register:
    """All promises by their id, in the order of the file."""

    promises: dict[str, Promise]

    def where(self, promise_id: str) -> str | None:
        """The text of `ringfence where ID`; None for an id that we never gave."""
        promise = self.promises.get(promise_id.upper())
        return _text(promise) if promise else None


def load(text: str | None = None) -> Register:
    """The register that this build carries, or the one in `text`. A row of another form raises ValueError."""
    text = files("ringfence").joinpath("promises.toml").read_text("utf-8") if text is None else text
    rows = [_promise(row) for row in cast("list[dict[str, object]]", tomllib.loads(text).get("promise", []))]
    promises = {row.id: row for row in rows}
    if len(promises) != len(rows):
        raise ValueError("promises.toml gives an id twice")
    return Register(promises)


def _promise(row: dict[str, object]) -> Promise:
    try:
        promise = Promise(
            id=_word(row, "id"),
            wording=_word(row, "wording"),
            how=tuple(How(how) for how in _words(row, "how")),
            frameworks=_words(row, "frameworks"),
            code=_words(row, "code"),
            tests=_words(row, "tests"),
            probe=_word(row, "probe"),
            cadence=_word(row, "cadence"),
            open=_words(row, "open"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"promises.toml, {row.get('id', 'a row without an id')}: {error}") from error
    if unknown := row.keys() - Promise.__dataclass_fields__.keys():
        raise ValueError(f"promises.toml, {promise.id}: unknown field {', '.join(sorted(unknown))}")
    return promise


def _word(row: dict[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not text")
    return value


def _words(row: dict[str, object], name: str) -> tuple[str, ...]:
    value = row[name]
    if not isinstance(value, list):
        raise TypeError(f"{name} is not a list")
    words = tuple(cast("list[object]", value))
    if not all(isinstance(word, str) for word in words):
        raise TypeError(f"{name} holds something that is not text")
    return cast("tuple[str, ...]", words)


def _text(promise: Promise) -> str:
    lines = [f"{promise.id}  {promise.state}", f"  {_HOW_TOLD.format(', '.join(promise.how))}", ""]
    lines += textwrap.wrap(promise.wording, WIDTH, initial_indent="  ", subsequent_indent="  ")
    probe = f"{promise.probe} ({promise.cadence})" if promise.probe else ""
    for label, values in (
        ("Not kept yet", promise.open),
        ("Kept by", promise.code),
        ("Proved by", promise.tests),
        ("Probed by", (probe,) if probe else ()),
        ("Answers", promise.frameworks),
    ):
        lines += ["", f"  {label}:", *_listed(values)] if values else []
    return "\n".join(lines)


def _listed(values: tuple[str, ...]) -> list[str]:
    return [
        line
        for value in values
        for line in textwrap.wrap(value, WIDTH, initial_indent="    ", subsequent_indent="      ")
    ]
