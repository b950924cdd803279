"""What a run does, as events: their kinds, what each says, and the frame in which a reader gets it.

An id is `<seq>:<chars>`: seq is the event's row, chars how many code points of a delta's row were given (0 for others).
"""

import re
from enum import StrEnum
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

from ringfence.base.problem import bad_request


class Kind(StrEnum):
    """Every kind of event."""

    RUN_QUEUED = "run.queued"
    RUN_STARTED = "run.started"
    RUN_RESUMED = "run.resumed"
    RUN_WAITING = "run.waiting"
    RUN_COMPLETED = "run.completed"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    RUN_EXPIRED = "run.expired"
    MESSAGE_DELTA = "message.delta"
    MESSAGE_RESTARTED = "message.restarted"
    MESSAGE_COMPLETED = "message.completed"
    MODEL_COMPLETED = "model.completed"
    MODEL_FAILED = "model.failed"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_DECIDED = "approval.decided"
    TOOL_CALLED = "tool.called"
    TOOL_COMPLETED = "tool.completed"


FINAL = frozenset({Kind.RUN_COMPLETED, Kind.RUN_FAILED, Kind.RUN_CANCELLED, Kind.RUN_EXPIRED})
"""Nothing follows these."""
ENDING = FINAL | {Kind.RUN_WAITING}
"""A stream ends with one of these."""


class Payload(msgspec.Struct, frozen=True):
    """What an event says; its JSON is both the stored record and the frame's data."""

    KIND: ClassVar[Kind]


class RunQueued(Payload, frozen=True):
    """The run waits for an earlier one of its conversation."""

    KIND = Kind.RUN_QUEUED
    run_id: str
    conversation_id: str


class RunStarted(Payload, frozen=True):
    """The run has begun."""

    KIND = Kind.RUN_STARTED
    run_id: str
    conversation_id: str


class RunResumed(Payload, frozen=True):
    """Another process goes on after the last finished step."""

    KIND = Kind.RUN_RESUMED
    attempt: int


class RunWaiting(Payload, frozen=True):
    """The run waits for a person."""

    KIND = Kind.RUN_WAITING
    reason: str
    call_id: str | None = None
    approval_id: str | None = None


class RunCompleted(Payload, frozen=True):
    """The run has answered."""

    KIND = Kind.RUN_COMPLETED
    input_tokens: int
    output_tokens: int
    cost_micros: int | None


class RunFailed(Payload, frozen=True):
    """The run ended without an answer; `detail` is safe for the world."""

    KIND = Kind.RUN_FAILED
    code: str
    detail: str


class RunCancelled(Payload, frozen=True, omit_defaults=True):
    """Somebody stopped the run, or the next message of its conversation did; what was said so far is kept."""

    KIND = Kind.RUN_CANCELLED
    reason: Literal["interrupted"] | None = None


class RunExpired(Payload, frozen=True):
    """The run took longer than its agent allows."""

    KIND = Kind.RUN_EXPIRED
    code: str
    detail: str


class MessageDelta(Payload, frozen=True, gc=False):
    """The next piece of the message."""

    KIND = Kind.MESSAGE_DELTA
    text: str


class MessageRestarted(Payload, frozen=True):
    """The model is asked again: discard what was shown of this message."""

    KIND = Kind.MESSAGE_RESTARTED


class Source(msgspec.Struct, frozen=True):
    """A passage of a file that the run gave its model; `marker` is how an answer cites it."""

    marker: str
    file_id: str
    name: str
    locator: str


class MessageCompleted(Payload, frozen=True, omit_defaults=True):
    """The whole message; `is_cut` where it stopped before its end. What it cites was read by this very run."""

    KIND = Kind.MESSAGE_COMPLETED
    text: str
    is_cut: bool = False
    citations: tuple[Source, ...] = ()


class Called(msgspec.Struct, frozen=True):
    """A tool call in the model's own words."""

    call_id: str
    name: str
    arguments_json: str


class ModelCompleted(Payload, frozen=True):
    """One request to the model, with its tokens and cost, and the calls that it asked for."""

    KIND = Kind.MODEL_COMPLETED
    model: str
    step: int
    input_tokens: int
    output_tokens: int
    cost_micros: int | None
    finish: str
    calls: tuple[Called, ...] = ()
    carried: str | msgspec.UnsetType = msgspec.UNSET
    """What the model wants back with these calls; stored, and in no frame: see `shown`."""


class ModelFailed(Payload, frozen=True):
    """A model gave no answer, and the agent's next one is asked."""

    KIND = Kind.MODEL_FAILED
    model: str
    step: int
    code: str


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a value of the arguments was first seen: in the user's words, in a tool's answer, or nowhere before."""

    path: str
    value: str
    source: Literal["user", "tool", "assistant"]
    tool: str | None = None


class ApprovalRequested(Payload, frozen=True):
    """A person is asked about one call with exactly these arguments; nothing of it is the model's own description."""

    KIND = Kind.APPROVAL_REQUESTED
    approval_id: str
    call_id: str
    tool: str
    effect: str
    titles: dict[str, str]
    args: dict[str, Any]
    args_sha256: str
    reason: str
    evidence: tuple[Evidence, ...]
    approvers: str
    expires_at: str


class ApprovalDecided(Payload, frozen=True):
    """The question has its answer; nobody's where it expired."""

    KIND = Kind.APPROVAL_DECIDED
    approval_id: str
    call_id: str
    decision: Literal["approved", "denied", "expired"]
    decided_by: str | None = None


class ToolCalled(Payload, frozen=True):
    """A tool call is about to start; null where the model's arguments are no JSON object."""

    KIND = Kind.TOOL_CALLED
    call_id: str
    name: str
    args: dict[str, Any] | None
    idempotency_key: str


class ToolCompleted(Payload, frozen=True, omit_defaults=True):
    """A tool call has ended with this text, which is of these files where it is of any."""

    KIND = Kind.TOOL_COMPLETED
    call_id: str
    name: str
    text: str
    is_error: bool
    sources: tuple[Source, ...] = ()


class Position(NamedTuple):
    """How far a reader has come; START before the first event."""

    seq: int
    chars: int

    def __str__(self) -> str:
        return f"{self.seq}:{self.chars}"


START = Position(0, 0)
_POSITION = re.compile(r"(\d{1,9}):(\d{1,9})")
_encode = msgspec.json.Encoder().encode


def encoded(payload: Payload) -> bytes:
    """The event's JSON, on one line."""
    return _encode(payload)


def shown(kind: str, data: bytes) -> bytes:
    """The JSON that a reader gets: the stored one without what only a model reads."""
    if kind != Kind.MODEL_COMPLETED or b'"carried"' not in data:
        return data
    return _encode(msgspec.structs.replace(msgspec.json.decode(data, type=ModelCompleted), carried=msgspec.UNSET))


def frame(seq: int, chars: int, *, kind: str, data: bytes) -> bytes:
    """The event as server-sent events carry it."""
    return b"id: %d:%d\nevent: %b\ndata: %b\n\n" % (seq, chars, kind.encode(), data)


def delta_frame(seq: int, chars: int, text: str) -> bytes:
    """The frame of a piece of text that ends at `chars` of its row."""
    return b"id: %d:%d\nevent: message.delta\ndata: %b\n\n" % (seq, chars, _encode(MessageDelta(text)))


def session_ended(position: Position) -> bytes:
    """The last frame of a stream whose session is over; it moves no reader's position."""
    return frame(position.seq, position.chars, kind="session.ended", data=b"{}")


HEARTBEAT = b": still here\n\n"


def parse_last_event_id(text: str | None) -> Position:
    """Where a reader goes on; raises 400 `invalid_last_event_id` for what no event carried."""
    if not text:
        return START
    match = _POSITION.fullmatch(text)
    if match is None or not text.isascii():
        raise bad_request("invalid_last_event_id", "Last-Event-ID takes the id of an event of this run.")
    return Position(int(match[1]), int(match[2]))
