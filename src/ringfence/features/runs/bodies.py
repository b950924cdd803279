"""The bodies of runs and their events on the wire."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, Field

from ringfence.features.edge import Input, Output, PageOf, Text

from .attachments import FILES
from .events import Position, shown
from .queries import RunRow, Status
from .records import Event


class RunInput(Input):
    """What the user says."""

    text: Text
    file_ids: Annotated[
        list[Annotated[UUID, Field(strict=False)]],
        Field(default_factory=list, max_length=FILES, description="Files of this user that are ready, to be read."),
    ]


class RunNew(Input):
    """A message to an agent, in a new conversation unless one is named."""

    agent_id: UUID = Field(strict=False)
    conversation_id: UUID | None = Field(default=None, strict=False)
    input: RunInput


class RunStartedOut(Output):
    """A run that was accepted: it reaches a final state whatever happens to this process."""

    id: UUID
    status: Status
    conversation_id: UUID


class RunOut(Output):
    """A run; its words are in its events and in the conversation's messages."""

    id: UUID
    status: Status
    conversation_id: UUID
    user_id: UUID
    agent_id: UUID
    agent_version: int
    model: str
    input_tokens: int
    output_tokens: int
    cost_micros: int | None
    failure_code: str | None
    cancel_requested_at: AwareDatetime | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class EventOut(Output):
    """One stored event; `id` is what a stream's Last-Event-ID takes."""

    id: str
    event: str
    created_at: AwareDatetime
    data: dict[str, Any]


class EventPage(PageOf[EventOut]):
    """Stored events, oldest first; `next_cursor` is the id to go on from."""


def run_out(row: RunRow) -> RunOut:
    """The run as callers see it."""
    return RunOut(
        id=row.id,
        status=Status(row.status),
        conversation_id=row.conversation_id,
        user_id=row.user_id,
        agent_id=row.agent_id,
        agent_version=row.agent_version,
        model=row.model,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_micros=row.cost_micros,
        failure_code=row.failure_code,
        cancel_requested_at=row.cancel_requested_at,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def event_out(event: Event) -> EventOut:
    """The event as callers see it."""
    data = msgspec.json.decode(shown(event.kind, event.data), type=dict[str, Any])
    chars = len(data["text"]) if event.kind == "message.delta" else 0
    position = Position(event.seq, chars)
    return EventOut(id=str(position), event=event.kind.value, created_at=event.created_at, data=data)
