"""The statements of runs: one function, one statement."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from ringfence.base.page import Window
from ringfence.base.principal import AgentId, ConversationId, RunId, UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar


class Status(StrEnum):
    """The states of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED})


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run without its content."""

    id: RunId
    conversation_id: ConversationId
    user_id: UserId
    agent_id: AgentId
    agent_version: int
    model: str
    status: str
    input_tokens: int
    output_tokens: int
    cost_micros: int | None
    failure_code: str | None
    cancel_requested_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    interrupted_by: RunId | None = None
    """The later run of its conversation that it made room for."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A stored event, sealed."""

    seq: int
    kind: str
    payload: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A message, sealed under its user's key."""

    id: UUID
    user_id: UserId
    run_id: RunId
    author: str
    text: bytes


@dataclass(frozen=True, slots=True)
class AgentRow:
    """The agent's version that a run works with; instructions and tools are sealed under the partner's key."""

    status: str
    agent_version: int
    version_id: UUID
    model: str
    instructions: bytes
    tools: bytes
    limits: str
    fallback: list[str]
    has_budget: bool
    """Whether anything limits what the organization or its user spends."""
    model_keys: list[str]
    """The names of the organization's own keys for models."""


@dataclass(frozen=True, slots=True)
class ExternalIdsRow:
    """Whom the partner knows this run's organization and user as; the subject is sealed."""

    organization: str
    subject: bytes


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Whether the organization and its user may have runs at all."""

    organization_status: str
    generative_ai: bool
    user_status: str
    may_spend: bool


@dataclass(frozen=True, slots=True)
class EndedRow:
    """What the end of a run tells."""

    has_next: bool


_SAY = Statement(
    "insert into app.message (id, conversation_id, user_id, run_id, author, text, citations) "
    "values ($1, $2, $3, $4, $5, $6, $7) "
    "on conflict (org_id, id) do nothing",
    nothing,
)
_FENCE = Statement("select app.fence($1, $2, $3)", nothing)
# A row that exists was written by this same attempt (the fence holds), in a commit whose answer was lost.
_APPEND = Statement(
    "insert into app.run_event (run_id, seq, user_id, kind, payload) values ($1, $2, $3, $4, $5) "
    "on conflict (org_id, run_id, seq) do nothing",
    nothing,
)
_BEGIN = Statement(
    "update app.run set status = 'running', started_at = coalesce(started_at, clock_timestamp()) where id = $1", nothing
)
_END = Statement(
    "update app.run r set status = $2, input_tokens = $3, output_tokens = $4, cost_micros = $5, failure_code = $6, "
    "model = coalesce($7, r.model), finished_at = clock_timestamp() where r.id = $1 returning exists ("
    "select from app.run q where q.conversation_id = r.conversation_id and q.status = 'queued')",
    EndedRow,
)
_WAIT = Statement(
    "update app.run set status = 'waiting', input_tokens = $2, output_tokens = $3, cost_micros = $4 where id = $1",
    nothing,
)
_DROP_LEASE = Statement("delete from app.run_lease where run_id = $1", nothing)
_PARK = Statement("update app.run_lease set holder = null, until = 'infinity' where run_id = $1", nothing)
_YIELD = Statement(
    "update app.run_lease set holder = null, until = clock_timestamp() + interval '1 second' "
    "where run_id = $1 and holder = $2 and attempt = $3",
    nothing,
)
_SEIZE = Statement(
    "update app.run_lease set holder = $2, attempt = attempt + 1, "
    "until = clock_timestamp() + make_interval(secs => $3) "
    "where run_id = $1 and (holder is null or until < clock_timestamp()) returning attempt",
    scalar,
)
_REQUEST_CANCEL = Statement(
    "update app.run set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) "
    "where id = $1 and status in ('queued', 'running', 'waiting')",
    nothing,
)
_RUN = Statement(
    "select id, conversation_id, user_id, agent_id, agent_version, model, status, input_tokens, output_tokens, "
    "cost_micros, failure_code, cancel_requested_at, created_at, started_at, finished_at, interrupted_by "
    "from app.run where id = $1",
    RunRow,
)
_LIST = Statement(
    "select id, conversation_id, user_id, agent_id, agent_version, model, status, input_tokens, output_tokens, "
    "cost_micros, failure_code, cancel_requested_at, created_at, started_at, finished_at, interrupted_by from app.run "
    "where ($1::uuid is null or id < $1) and ($2::uuid is null or conversation_id = $2) order by id desc limit $3",
    RunRow,
)
_EVENTS = Statement(
    "select seq, kind, payload, created_at from app.run_event where run_id = $1 and seq >= $2 order by seq limit $3",
    EventRow,
)
_STATUS = Statement("select status from app.run where id = $1", scalar)
_INPUT = Statement(
    "select id, user_id, run_id, author, text from app.message where run_id = $1 and author = 'user'", SaidRow
)
_HISTORY = Statement(
    "select m.id, m.user_id, m.run_id, m.author, m.text from app.message m join app.run r on r.id = m.run_id "
    "where m.conversation_id = $1 and m.run_id <> $2 and r.status in ('completed', 'failed', 'cancelled', 'expired') "
    "order by m.id desc limit $3",
    SaidRow,
)
_AGENT = Statement(
    "select r.status, v.version, v.id, v.model, v.instructions, v.tools, v.limits::text, v.fallback, app.has_budget(), "
    "app.model_keys() "
    "from app.run r join app.agent_version v on v.agent_id = r.agent_id and v.version = r.agent_version "
    "where r.id = $1",
    AgentRow,
)
_AGENT_STATUS = Statement(
    "select a.status from app.run r join app.agent a on a.id = r.agent_id where r.id = $1", scalar
)
_STANDING = Statement(
    "select o.status, o.generative_ai, u.status, app.may_spend(u.id) from app.organization o "
    "cross join app.app_user u where u.id = $1",
    StandingRow,
)
_RESERVE = Statement("select app.reserve($1, $2, $3, $4)", scalar)
_SPEND_MORE = Statement(
    "update app.spending set tokens = tokens + $2, cost_micros = cost_micros + $3 where run_id = $1", nothing
)
_EXTERNAL_IDS = Statement(
    "select o.external_id, u.subject from app.organization o cross join app.app_user u where u.id = $1",
    ExternalIdsRow,
)
_CONVERSATION_AGENT = Statement("select agent_id from app.conversation where id = $1 and user_id = $2", scalar)


def say(  # noqa: PLR0913 - the columns of a message
    message_id: UUID,
    *,
    conversation_id: ConversationId,
    user_id: UserId,
    run_id: RunId,
    author: str,
    text: bytes,
    citations: bytes | None = None,
) -> Bound[None]:
    """Inserts a message; fails by its foreign key where the run does not exist."""
    return _SAY(message_id, conversation_id, user_id, run_id, author, text, citations)


def fence(run_id: RunId, holder: UUID, attempt: int) -> Bound[None]:
    """Raises Fenced unless this attempt of this holder has the lease."""
    return _FENCE(run_id, holder, attempt)


def append(run_id: RunId, seq: int, *, user_id: UserId, kind: str, payload: bytes) -> Bound[None]:
    """Inserts an event; only behind the fence."""
    return _APPEND(run_id, seq, user_id, kind, payload)


def begin(run_id: RunId) -> Bound[None]:
    """Sets the run running; a unique violation of run_active where another one of its conversation is."""
    return _BEGIN(run_id)


def end(  # noqa: PLR0913 - the columns of an end
    run_id: RunId,
    status: Status,
    *,
    input_tokens: int,
    output_tokens: int,
    cost_micros: int | None,
    failure_code: str | None,
    model: str | None,
) -> Bound[EndedRow]:
    """Sets the final state and the model that answered last; tells whether a run of the conversation is queued."""
    return _END(run_id, status.value, input_tokens, output_tokens, cost_micros, failure_code, model)


def wait(run_id: RunId, *, input_tokens: int, output_tokens: int, cost_micros: int | None) -> Bound[None]:
    """Sets the run waiting for a person."""
    return _WAIT(run_id, input_tokens, output_tokens, cost_micros)


def drop_lease(run_id: RunId) -> Bound[None]:
    """Deletes the lease of a run that has ended."""
    return _DROP_LEASE(run_id)


def park(run_id: RunId) -> Bound[None]:
    """Keeps the lease of a waiting run from being claimed."""
    return _PARK(run_id)


def yield_lease(run_id: RunId, holder: UUID, attempt: int) -> Bound[None]:
    """Hands the run back, to be claimed in a second."""
    return _YIELD(run_id, holder, attempt)


def seize(run_id: RunId, holder: UUID, *, lease_s: float) -> Bound[int]:
    """Takes over a run that nobody executes; gives the new attempt, or no row where somebody does."""
    return _SEIZE(run_id, holder, lease_s)


def request_cancel(run_id: RunId) -> Bound[None]:
    """Marks a run that is not final as to be cancelled."""
    return _REQUEST_CANCEL(run_id)


def run(run_id: RunId) -> Bound[RunRow]:
    """One run."""
    return _RUN(run_id)


def runs(window: Window, conversation_id: UUID | None) -> Bound[RunRow]:
    """The window's runs and one more, newest first."""
    return _LIST(window.before, conversation_id, window.limit + 1)


def events(run_id: RunId, *, since: int, limit: int) -> Bound[EventRow]:
    """Events from the row `since` on."""
    return _EVENTS(run_id, since, limit)


def status(run_id: RunId) -> Bound[Any]:
    """The run's status."""
    return _STATUS(run_id)


def asked(run_id: RunId) -> Bound[SaidRow]:
    """The user's message that the run answers."""
    return _INPUT(run_id)


def history(conversation_id: ConversationId, *, but: RunId, limit: int) -> Bound[SaidRow]:
    """The conversation's newest messages of ended runs, newest first."""
    return _HISTORY(conversation_id, but, limit)


def agent(run_id: RunId) -> Bound[AgentRow]:
    """The version of the agent that the run began with."""
    return _AGENT(run_id)


def agent_status(run_id: RunId) -> Bound[Any]:
    """The status of a run's agent now."""
    return _AGENT_STATUS(run_id)


def standing(user_id: UserId) -> Bound[StandingRow]:
    """Whether organization and user are active and may use models."""
    return _STANDING(user_id)


def reserve(run_id: RunId, user_id: UserId, *, tokens: int, cost_micros: int | None) -> Bound[str | None]:
    """Reserves as much of the month's budget for the run in all; else gives the code that says why not."""
    return _RESERVE(run_id, user_id, tokens, cost_micros)


def spend_more(run_id: RunId, *, tokens: int, cost_micros: int) -> Bound[None]:
    """Counts so much beside what the run's own row says; after its end, which settles by that row."""
    return _SPEND_MORE(run_id, tokens, cost_micros)


def external_ids(user_id: UserId) -> Bound[ExternalIdsRow]:
    """The partner's own names for the organization and this user."""
    return _EXTERNAL_IDS(user_id)


def conversation_agent(conversation_id: ConversationId, user_id: UserId) -> Bound[Any]:
    """The agent of the user's own conversation."""
    return _CONVERSATION_AGENT(conversation_id, user_id)
