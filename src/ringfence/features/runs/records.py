"""Events and messages at rest: sealed under the key of the run's user, bound to their row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from ringfence.base.principal import OrgId, RunId, UserId
from ringfence.controls.tenancy import Bound
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import queries
from .events import START, Kind, MessageDelta, Payload, Position, Source, delta_frame, encoded, frame, shown

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event, opened; `data` is its JSON as stored."""

    seq: int
    kind: Kind
    data: bytes
    created_at: datetime

    def decode(self, shape: type[P]) -> P:
        """What it says."""
        return msgspec.json.decode(self.data, type=shape)


@dataclass(frozen=True, slots=True)
class Records:
    """Seals and opens what belongs to one run."""

    vault: Vault
    owner: KeyOwner
    run_id: RunId

    @classmethod
    def of(cls, vault: Vault, *, org_id: OrgId, user_id: UserId, run_id: RunId) -> "Records":
        """The records of this user's run."""
        return cls(vault, KeyOwner.user(org_id, user_id), run_id)

    def seal(self, seq: int, data: bytes) -> bytes:
        """The record of an event's JSON."""
        return self.vault.seal(self.owner, fields.RUN_EVENT_PAYLOAD, self._row(seq), data)

    def open(self, rows: Sequence[queries.EventRow]) -> list[Event]:
        """The events of these rows; Tampered."""
        sealed = ((self._row(row.seq), row.payload) for row in rows)
        payloads = self.vault.open_many(self.owner, fields.RUN_EVENT_PAYLOAD, sealed)
        return [Event(row.seq, Kind(row.kind), data, row.at) for row, data in zip(rows, payloads, strict=True)]

    def rows(self, user_id: UserId, first_seq: int, payloads: Iterable[Payload]) -> list[Bound[None]]:
        """The insertions of these events, from the row `first_seq` on."""
        return [
            queries.append(
                self.run_id, seq, user_id=user_id, kind=payload.KIND.value, payload=self.seal(seq, encoded(payload))
            )
            for seq, payload in enumerate(payloads, first_seq)
        ]

    def seal_message(self, message_id: UUID, text: str) -> bytes:
        """The record of a message's text."""
        return self.vault.seal_text(self.owner, fields.MESSAGE_TEXT, message_id, text)

    def seal_citations(self, message_id: UUID, citations: tuple[Source, ...]) -> bytes:
        """The record of what a message cites."""
        return self.vault.seal_json(self.owner, fields.MESSAGE_CITATIONS, message_id, citations)

    def open_message(self, row: queries.SaidRow) -> str:
        """A message's text; Tampered."""
        return self.vault.open_text(self.owner, fields.MESSAGE_TEXT, row.id, row.text)

    def _row(self, seq: int) -> bytes:
        return self.run_id.bytes + seq.to_bytes(4)


def frame_after(event: Event, position: Position) -> tuple[bytes, Position] | None:
    """What a reader at `position` still has to get of this event, or None when it has it all.

    A row that is another kind than the text that the reader had begun is sent whole: a crash came between.
    """
    if event.kind is not Kind.MESSAGE_DELTA:
        if event.seq == position.seq and position.chars == 0:
            return None
        return frame(event.seq, 0, kind=event.kind, data=shown(event.kind, event.data)), Position(event.seq, 0)
    text = event.decode(MessageDelta).text
    if event.seq != position.seq or position == START or position.chars == 0:
        return frame(event.seq, len(text), kind=event.kind, data=event.data), Position(event.seq, len(text))
    if position.chars >= len(text):
        return None
    return delta_frame(event.seq, len(text), text[position.chars :]), Position(event.seq, len(text))
