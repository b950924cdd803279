"""Whom and what an incident touched, by an export of the log that was verified. Keeps INC-02 (the source).

The list is made from entries alone, off-line: nobody's memory and no table that was changed since stands in it. Proved
in tests/promises/test_affected.py.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

_ID: Final = "_id"
_READ: Final = "data.read"
_EXPORTED: Final = "audit.exported"
_USER: Final = "user"


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries belong to the incident: since and until (exclusive), and by whom; empty actors are all."""

    since: datetime | None = None
    until: datetime | None = None
    actors: frozenset[str] = frozenset()


@dataclass(slots=True)
class Touched:
    """One user or thing: how many entries name it, the first and the last."""

    entries: int = 0
    first: str = ""
    last: str = ""

    def note(self, at: str) -> None:
        """Another entry that names it."""
        self.entries += 1
        self.first = min(self.first or at, at)
        self.last = max(self.last, at)


@dataclass(slots=True)
class Affected:
    """What the entries of the window tell."""

    log: str = ""
    entries: int = 0
    users: dict[str, Touched] = field(default_factory=lambda: defaultdict[str, Touched](Touched))
    things: dict[str, dict[str, Touched]] = field(
        default_factory=lambda: defaultdict[str, dict[str, Touched]](lambda: defaultdict[str, Touched](Touched))
    )
    acts: Counter[str] = field(default_factory=Counter[str])
    reads: Counter[str] = field(default_factory=Counter[str])
    actors: Counter[str] = field(default_factory=Counter[str])
    is_everybody: bool = False
    """Who is no user of the organization read in it, or took its log: whose data that was, no entry says."""
    pruned: int = 0
    """Entries that were a year old and are hashes now: what they told is not in this list."""

    def as_json(self) -> dict[str, Any]:
        """The members by name; users and things with their number of entries and the moments of the first and last."""
        return {
            "log": self.log,
            "entries": self.entries,
            "pruned": self.pruned,
            "every_user": self.is_everybody,
            "users": _shown(self.users),
            "things": {kind: _shown(found) for kind, found in sorted(self.things.items())},
            "acts": dict(sorted(self.acts.items())),
            "reads": dict(sorted(self.reads.items())),
            "actors": dict(sorted(self.actors.items())),
        }


def affected(lines: Iterable[bytes], window: Window) -> Affected:
    """What the entries of an export (docs/audit-format.md) tell; whoever asks has verified it before."""
    found = Affected()
    for line in lines:
        said = cast("dict[str, Any]", json.loads(line))
        if "pruned" in said:
            found.pruned += 1
        elif "action" in said and _is_within(said, window):
            _note(found, said)
    return found


def _is_within(said: dict[str, Any], window: Window) -> bool:
    if window.actors and said["actor"]["id"] not in window.actors:
        return False
    at = datetime.fromisoformat(said["at"])
    return (window.since is None or at >= window.since) and (window.until is None or at < window.until)


def _note(found: Affected, said: dict[str, Any]) -> None:
    at, action, actor, details = said["at"], said["action"], said["actor"], cast("dict[str, Any]", said["details"])
    found.log = said["log"]
    found.entries += 1
    found.acts[action] += 1
    found.actors[f"{actor['kind']} {actor['id'] or '-'}"] += 1
    for kind, thing in _named(said, details):
        (found.users if kind == _USER else found.things[kind])[thing].note(at)
    if action == _READ:
        # Raw SQL can leave out of an entry what every one of ours says; the incident's list is made all the same.
        count = details.get("count")
        found.reads[str(details.get("route", "-"))] += count if isinstance(count, int) else 1
    if actor["kind"] != _USER and action in {_READ, _EXPORTED}:
        found.is_everybody = True


def _named(said: dict[str, Any], details: dict[str, Any]) -> Collection[tuple[str, str]]:
    """Every user and thing that an entry names: who acted, on what, and the ids among its details; each once."""
    named = {(name.removesuffix(_ID), str(value)) for name, value in details.items() if name.endswith(_ID)}
    if said["actor"]["kind"] == _USER and said["actor"]["id"]:
        named.add((_USER, said["actor"]["id"]))
    if said["target"] is not None and said["target"]["id"] is not None:
        named.add((said["target"]["kind"], said["target"]["id"]))
    return named


def _shown(touched: dict[str, Touched]) -> dict[str, Any]:
    return {
        one: {"entries": what.entries, "first": what.first, "last": what.last} for one, what in sorted(touched.items())
    }
