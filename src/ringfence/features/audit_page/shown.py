"""Entries as the page shows them: in plain words, by days, with the hash of each held against the sealed one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

import msgspec

from ringfence.base import clock
from ringfence.controls.audit import leaf, trees
from ringfence.features.audit_log import EntryRow
from ringfence.features.audit_page.acts import ACTORS, ACTS, OUTCOMES, TARGETS
from ringfence.features.audit_page.asked import Asked
from ringfence.features.audit_page.words import day, page

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_words = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True)
class Known:
    """What the page knows beside the rows: sealed hashes, names in clear, and who looks."""

    log: str
    leaves: Mapping[str, bytes]
    names: Mapping[str, str]
    visitor: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Whose log this is, and the key that signs it, as `name+id+key`."""

    organization: str
    key: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the log, with the cursor of the next one, and the head of the whole."""

    rows: Sequence[EntryRow]
    older: str | None
    known: Known
    head: trees.Head | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry."""

    id: str
    iso: str
    clock: str
    title: str
    action: str
    outcome: str
    outcome_name: str
    reason: str | None
    actor_kind: str
    actor_id: str | None
    actor_name: str
    about: str
    is_you: bool
    same_actor: str
    target_kind: str
    target_id: str | None
    same_target: str
    details: Sequence[tuple[str, str]]
    permission: str | None
    request_id: str | None
    address: str | None
    network: str | None
    index: int | None
    leaf: str | None
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day, newest first."""

    iso: str
    name: str
    entries: Sequence[Shown] = field(default_factory=tuple[Shown])


def days(rows: Sequence[EntryRow], known: Known, asked: Asked) -> list[Day]:
    """The rows by days, in UTC."""
    found: list[Day] = []
    for date, of_day in groupby(rows, key=lambda row: row.at[:10]):
        name = day(clock.parse_rfc3339(f"{date}T00:00:00Z").date(), asked.language)
        found.append(Day(date, name, [shown(row, known, asked) for row in of_day]))
    return found


def shown(row: EntryRow, known: Known, asked: Asked) -> Shown:
    """One row."""
    say = asked.language.of
    sealed = known.leaves.get(row.id)
    kind = say(ACTORS.get(row.actor_kind, (row.actor_kind, row.actor_kind)))
    return Shown(
        id=row.id,
        iso=row.at,
        clock=row.at[11:19],
        title=say(ACTS.get(row.action, (row.action, row.action))),
        action=row.action,
        outcome=row.outcome,
        outcome_name=say(OUTCOMES.get(row.outcome, (row.outcome, row.outcome))),
        reason=row.reason,
        actor_kind=kind,
        actor_id=row.actor_id,
        actor_name=_name(row.actor_kind, row.actor_id, known, asked),
        about=_about(row, known, asked),
        is_you=row.actor_id == str(known.visitor),
        same_actor=asked.href(actor=row.actor_id or ""),
        target_kind=say(TARGETS.get(row.target_kind or "", (row.target_kind or "", row.target_kind or ""))),
        target_id=row.target_id,
        same_target=asked.href(target=row.target_id or ""),
        details=_details(row.details),
        permission=row.permission,
        request_id=row.request_id,
        address=row.address_hash,
        network=row.network,
        index=row.number,
        leaf=None if sealed is None else sealed.hex(),
        is_bad=_is_bad(row, sealed, known.log),
    )


def _name(kind: str, its_id: str | None, known: Known, asked: Asked) -> str:
    """A user by name, while there is one; anybody else by kind, and by the end of the id, which tells two apart."""
    word = asked.language.of(ACTORS.get(kind, (kind, kind)))
    if kind == "user" and its_id is not None:
        name = known.names.get(its_id)
        if name is None:
            return page(asked.language)["erased_user"]
        return name or f"{word} {its_id[-6:]}"
    return f"{word} {its_id[-6:]}" if kind == "api_key" and its_id is not None else word


def _about(row: EntryRow, known: Known, asked: Asked) -> str:
    """Whom it was done to, where that is somebody else."""
    if row.target_kind != "user" or row.target_id in {None, row.actor_id}:
        return ""
    return _name("user", row.target_id, known, asked)


def _is_bad(row: EntryRow, sealed: bytes | None, log: str) -> bool:
    """Whether what stands there gives another hash than the one that was sealed."""
    return sealed is not None and row.number is not None and leaf.hash_of(log, row.number, row[1:]) != sealed


def _details(text: str) -> list[tuple[str, str]]:
    """The details by name; what is none of ours (raw SQL can write it) as it is."""
    try:
        members = _decode(text)
    except msgspec.DecodeError:
        return [("details", text)]
    return [(name.replace("_", " ").capitalize(), _told(value)) for name, value in members.items()]


def _told(value: msgspec.Raw) -> str:
    try:
        return ", ".join(_words(value))
    except msgspec.DecodeError:
        text = bytes(value).decode()
        return text[1:-1] if text.startswith('"') else text
