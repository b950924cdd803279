"""People's controls: what the operator has signed, and which exceptions were accepted, from a file that they edit.

A file with any fault counts as unreadable as a whole: half a list of exceptions would show green what is not.
Proved in tests/evidence/test_statements.py.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import cast

from ringfence.evidence.register import How, Promise

FILE_NAME = "statements.toml"
_FILE_BYTES = 256 * 1024
_TEXT, _LINE = 2000, 200
_HEADER = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")
_HTTPS = re.compile(r"https://[^\s<>\"']+")
_FILE = re.compile(r"[\w][\w .,()-]*")


@dataclass(frozen=True, slots=True)
class Statement:
    """One signed statement; `owner` is the role or name that the operator chose to publish."""

    promise: str
    statement: str
    owner: str
    signed: date
    expires: date
    evidence: str = ""
    """An https link, or the name of a file that is shown on request; empty where there is none."""
    review: date | None = None
    """When it is to be looked at again."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A gap that somebody accepted for a while: the control is shown amber, never green."""

    promise: str
    reason: str
    accepted_by: str
    until: date


@dataclass(frozen=True, slots=True)
class Ledger:
    """The file's content; where there are faults, nothing of it counts."""

    statements: Mapping[str, Statement]
    exemptions: tuple[Exemption, ...]
    faults: tuple[str, ...] = ()
    """Each with its line and its mend, for the operator alone: they may quote the file."""

    @property
    def is_readable(self) -> bool:
        """There is no fault; a file that does not exist has none."""
        return not self.faults

    def exemptions_of(self, promise_id: str) -> tuple[Exemption, ...]:
        """The exceptions of one promise."""
        return tuple(one for one in self.exemptions if one.promise == promise_id)


def load(path: Path, promises: Mapping[str, Promise], *, today: date) -> Ledger:
    """The ledger in a file; never raises, for whatever lies there: faults are told in the ledger."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Ledger({}, ())
    except OSError as failure:
        return _faulty(f"{path.name}: it cannot be read: {failure.strerror}")
    if len(raw) > _FILE_BYTES:
        return _faulty(f"{path.name}: it is larger than {_FILE_BYTES // 1024} KB")
    try:
        return parse(raw.decode("utf-8"), promises, name=path.name, today=today)
    except UnicodeDecodeError as failure:
        line = raw[: failure.start].count(b"\n") + 1
        return _faulty(f"{path.name}:{line}: this is not UTF-8")


def parse(text: str, promises: Mapping[str, Promise], *, name: str = FILE_NAME, today: date) -> Ledger:
    """The ledger in a text; `name` stands before each fault."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        return _faulty(f"{name}: {failure}")
    reader = _Reader(name, text.splitlines(), promises, today)
    statements = dict[str, Statement]()
    for kind in tables.keys() - {"statement", "exception"}:
        reader.tell(kind, 0, "", f"there is no table [[{kind}]]: use [[statement]] or [[exception]]")
    for row in reader.rows(tables, "statement"):
        made = _statement(row)
        if made is not None and made.promise in statements:
            row.fault("promise", f"{made.promise} has a statement already: one a promise")
        elif made is not None:
            statements[made.promise] = made
    exemptions = [made for row in reader.rows(tables, "exception") if (made := _exemption(row)) is not None]
    if reader.faults:
        return Ledger({}, (), tuple(reader.faults))
    return Ledger(statements, tuple(exemptions))


def example() -> str:
    """A file to begin with: everything in it is a comment."""
    return (resources.files("ringfence.evidence") / "statements.example.toml").read_text("utf-8")


def _faulty(fault: str) -> Ledger:
    return Ledger({}, (), (fault,))


class _Reader:
    """Where things stand in the text, and what was wrong with them."""

    def __init__(self, name: str, lines: list[str], promises: Mapping[str, Promise], today: date) -> None:
        self._name = name
        self._lines = lines
        self.promises = promises
        self.today = today
        self.faults: list[str] = []

    def rows(self, tables: Mapping[str, object], kind: str) -> Iterator["_Row"]:
        """The tables of one kind."""
        found = tables.get(kind, [])
        if not isinstance(found, list):
            self.tell(kind, 0, "", f"write [[{kind}]], with two brackets")
            return
        for index, row in enumerate(cast("list[object]", found)):
            if not isinstance(row, dict):
                self.tell(kind, index, "", f"write [[{kind}]], with two brackets")
                continue
            yield _Row(self, kind, index, cast("dict[str, object]", row))

    def tell(self, kind: str, index: int, field: str, fault: str) -> None:
        """Notes a fault with the line of its field, or of its table where the field is missing."""
        line = self._line(kind, index, field)
        self.faults.append(f"{self._name}:{line}: {fault}" if line else f"{self._name}: {kind} {index + 1}: {fault}")

    def _line(self, kind: str, index: int, field: str) -> int | None:
        heads = [(at, match[1]) for at, line in enumerate(self._lines) if (match := _HEADER.match(line))]
        starts = [at for at, name in heads if name == kind]
        if index >= len(starts):
            return next((at + 1 for at, line in enumerate(self._lines) if re.match(rf"\s*\[*\s*{kind}\b", line)), None)
        start = starts[index]
        end = next((at for at, _ in heads if at > start), len(self._lines))
        wanted = re.compile(rf"\s*{re.escape(field)}\s*=") if field else None
        return next((at + 1 for at in range(start, end) if wanted and wanted.match(self._lines[at])), start + 1)


class _Row:
    """One table, read field by field; a fault is told and reads as None."""

    def __init__(self, reader: _Reader, kind: str, index: int, fields: dict[str, object]) -> None:
        self._reader, self._kind, self._index, self._fields = reader, kind, index, fields

    def fault(self, field: str, fault: str) -> None:
        """Notes what is wrong with a field."""
        self._reader.tell(self._kind, self._index, field, fault)

    def only(self, *known: str) -> None:
        """Notes each field that has no meaning here."""
        for name in self._fields.keys() - set(known):
            self.fault(name, f"{name} is no field of [[{self._kind}]]: it has {', '.join(known)}")

    def promise(self, *, is_attested: bool) -> str | None:
        """The id of a promise that there is."""
        value = self.line("promise")
        promise = None if value is None else self._reader.promises.get(value)
        if value is None:
            return None
        if promise is None:
            self.fault("promise", f"there is no promise {value}: ringfence where TEN-01 shows what an id looks like")
        elif is_attested and How.ATTESTED not in promise.how:
            self.fault("promise", f"{value} is kept by the product, not by a statement; an [[exception]] may name it")
        return value

    def line(self, field: str) -> str | None:
        """One line of text."""
        return self._words(field, _LINE)

    def text(self, field: str) -> str | None:
        """Text of some lines."""
        return self._words(field, _TEXT, kept="\n")

    def day(self, field: str) -> date | None:
        """A date, as in 2027-01-31."""
        value = self._fields.get(field)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.fault(field, f"{field} is missing" if value is None else f"write {field} = 2027-01-31, without quotes")
        return None

    def unless_missing(self, field: str, read: Callable[[str], object]) -> object:
        """What `read` gives, or None for a field that is not there."""
        return read(field) if field in self._fields else None

    def past(self, field: str, day: date) -> None:
        """Notes a day that has not come yet."""
        if day > self._reader.today:
            self.fault(field, f"{field} lies in the future: today is {self._reader.today} (UTC)")

    def _words(self, field: str, limit: int, *, kept: str = "") -> str | None:
        value = self._fields.get(field)
        if not isinstance(value, str):
            self.fault(field, f"{field} is missing" if value is None else f'write {field} = "text", in quotes')
            return None
        value = value.strip()
        if not 1 <= len(value) <= limit:
            self.fault(field, f"{field} takes 1 to {limit} characters")
            return None
        if any(unicodedata.category(one) in {"Cc", "Cf", "Cs"} and one not in kept for one in value):
            self.fault(field, f"{field} holds a hidden character")
            return None
        return value


def _statement(row: _Row) -> Statement | None:
    row.only("promise", "statement", "owner", "signed", "expires", "evidence", "review")
    promise, words, owner = row.promise(is_attested=True), row.text("statement"), row.line("owner")
    signed, expires = row.day("signed"), row.day("expires")
    evidence = cast("str | None", row.unless_missing("evidence", row.line))
    review = cast("date | None", row.unless_missing("review", row.day))
    if evidence is not None and not _HTTPS.fullmatch(evidence) and not _FILE.fullmatch(evidence):
        row.fault("evidence", "evidence is an https:// link or the name of a file")
    if promise is None or words is None or owner is None or signed is None or expires is None:
        return None
    row.past("signed", signed)
    if expires <= signed:
        row.fault("expires", "expires is not after signed")
    return Statement(promise, words, owner, signed, expires, evidence or "", review)


def _exemption(row: _Row) -> Exemption | None:
    row.only("promise", "reason", "accepted_by", "until")
    promise, reason = row.promise(is_attested=False), row.text("reason")
    accepted_by, until = row.line("accepted_by"), row.day("until")
    if promise is None or reason is None or accepted_by is None or until is None:
        return None
    return Exemption(promise, reason, accepted_by, until)
