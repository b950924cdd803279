"""Keeps AUD-05. What is sent at once: entries that follow one another, or a checkpoint, under an id that repeats keep.

Proved in tests/promises/test_audit_streams.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ringfence.base import clock
from ringfence.controls.audit import Log
from ringfence.controls.streams import ocsf
from ringfence.controls.streams.sealed import Sealed

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, ready to be sent."""

    index: int | None
    """Its place in its log; None for one that was made up to try a stream."""
    at: datetime
    action: str
    severity: int
    event: Json

    @property
    def json(self) -> bytes:
        """The event as one line of JSON, the same at each repeat."""
        return msgspec.json.encode(self.event)


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of one log from `first` to before `end`; those that left the log after their year are no lines."""

    id: str
    log: Log
    first: int
    end: int
    lines: Sequence[Line]
    sealed_at: datetime
    kind: str = "audit.entries"


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint of a log: the signed note as it is published."""

    id: str
    log: Log
    size: int
    note: str
    at: datetime


def batch_id(stream_id: UUID, first: int, end: int) -> str:
    """The id of these entries on this stream, whoever sends them and however often."""
    return f"{stream_id.hex}_{first}_{end}"


def checkpoint_id(stream_id: UUID, size: int, day: date) -> str:
    """The id of a day's checkpoint of this size."""
    return f"{stream_id.hex}_checkpoint_{size}_{day:%Y%m%d}"


def line_of(log: Log, entry: Sealed) -> Line:
    """One entry, ready to be sent."""
    event = ocsf.event(log, entry)
    return Line(entry.index, entry.at, entry.action, event["severity_id"], event)


def message(kind: str, at: datetime, data: Json) -> bytes:
    """The body of a webhook as Standard Webhooks lays one out."""
    return msgspec.json.encode({"type": kind, "timestamp": clock.rfc3339(at), "data": data})
