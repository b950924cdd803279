"""The statements by which a run begins: one function, one statement."""

from dataclasses import dataclass
from uuid import UUID

from ringfence.base.principal import AgentId, ConversationId, RunId, UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar

from .queries import AgentRow


@dataclass(frozen=True, slots=True)
class Share:
    """What one organization may have at once in the whole deployment: runs that are executed, and others that wait."""

    executed: int = 64
    waiting: int = 1000


@dataclass(frozen=True, slots=True)
class StartedRow(AgentRow):
    """The agent's version of a run that was just inserted, and the runs that it interrupts."""

    interrupted: list[RunId]


@dataclass(frozen=True, slots=True)
class MannerRow:
    """Whether an agent takes orders, and what it does with a message while another one is answered."""

    agent_status: str
    manner: str


# NOTE: the statement before it in the same transaction holds the conversation's row, so that two orders of one
# conversation see each other. Leases are locked before runs, as every write of a journal has it.
_START = Statement(
    "with standing as materialized ("
    "select a.id as agent_id, v.version, v.digest, v.model, c.id as conversation_id, u.id as user_id, "
    "coalesce(v.policy ->> 'concurrent_messages', 'queue') as manner, exists (select from app.run e "
    "where e.conversation_id = c.id and e.status in ('queued', 'running', 'waiting')) as is_busy "
    "from app.agent a "
    "join app.agent_version v on v.partner_id = a.partner_id and v.agent_id = a.id and v.version = a.version "
    "join app.conversation c on c.id = $2 and c.agent_id = a.id "
    "join app.app_user u on u.id = c.user_id "
    "cross join app.organization o "
    "where a.id = $3 and a.status = 'active' and u.id = $4 and u.status = 'active' and o.status = 'active' "
    "and o.generative_ai and app.may_spend(u.id)"
    "), locked as ("
    "select l.run_id from standing s join app.run r on r.conversation_id = s.conversation_id "
    "join app.run_lease l on l.run_id = r.id "
    "where s.manner = 'interrupt' and r.status in ('queued', 'running', 'waiting') order by l.run_id "
    "for no key update of l"
    "), interrupted as ("
    "update app.run r set cancel_requested_at = coalesce(r.cancel_requested_at, clock_timestamp()), "
    "interrupted_by = coalesce(r.interrupted_by, $1) from locked where r.id = locked.run_id returning r.id"
    "), freed as ("
    "update app.run_lease l set until = '-infinity' from interrupted where l.run_id = interrupted.id "
    "and l.holder is null"
    "), started as ("
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, role, "
    "status, started_at) "
    "select $1, s.conversation_id, s.user_id, s.agent_id, s.version, s.digest, s.model, $5, n.status, "
    "case n.status when 'running' then now() end "
    "from standing s cross join lateral (select count(*) as leases, case when $6::uuid is null or s.is_busy "
    "or count(l.holder) >= $8 then 'queued' else 'running' end as status from app.run_lease l) n "
    "where n.leases < $9 and not (s.manner = 'reject' and s.is_busy) "
    "returning id, status, agent_id, agent_version"
    "), leased as ("
    "insert into app.run_lease (run_id, holder, attempt, until) "
    "select id, case status when 'running' then $6::uuid end, case status when 'running' then 1 else 0 end, "
    "case status when 'running' then clock_timestamp() + make_interval(secs => $7) else '-infinity' end from started"
    ") "
    "select s.status, v.version, v.id, v.model, v.instructions, v.tools, v.limits::text, v.fallback, "
    "app.has_budget(), app.model_keys(), array(select interrupted.id from interrupted) "
    "from started s join app.agent_version v on v.agent_id = s.agent_id and v.version = s.agent_version",
    StartedRow,
)
_MANNER = Statement(
    "select a.status, coalesce(v.policy ->> 'concurrent_messages', 'queue') from app.agent a "
    "join app.agent_version v on v.agent_id = a.id and v.version = a.version where a.id = $1",
    MannerRow,
)
_LEASES = Statement("select count(*) from app.run_lease", scalar)
_NEW_CONVERSATION = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $3)", nothing)
_TOUCH = Statement("update app.conversation set updated_at = now() where id = $1", nothing)
_FIRST_EVENT = Statement(
    "insert into app.run_event (run_id, seq, user_id, kind, payload) select r.id, 1, r.user_id, "
    "case r.status when 'queued' then 'run.queued' else 'run.started' end, $2 from app.run r where r.id = $1",
    nothing,
)


def start(  # noqa: PLR0913 - the columns of a run
    run_id: RunId,
    *,
    conversation_id: ConversationId,
    agent_id: AgentId,
    user_id: UserId,
    role: str,
    holder: UUID | None,
    lease_s: float,
    share: Share,
) -> Bound[StartedRow]:
    """Inserts the run and its lease, if agent, conversation, user, organization and shares allow it; no row otherwise.

    Queued where the conversation has an active run already, the organization its share, or nobody holds it; else
    running, under this holder. An agent that interrupts marks the conversation's other runs as to be cancelled.
    """
    return _START(
        run_id,
        conversation_id,
        agent_id,
        user_id,
        role,
        holder,
        lease_s,
        share.executed,
        share.executed + share.waiting,
    )


def manner(agent_id: AgentId) -> Bound[MannerRow]:
    """How an agent takes orders."""
    return _MANNER(agent_id)


def leases() -> Bound[int]:
    """How many runs of the organization have not ended."""
    return _LEASES()


def new_conversation(conversation_id: ConversationId, user_id: UserId, agent_id: AgentId) -> Bound[None]:
    """Inserts the conversation that a first message opens."""
    return _NEW_CONVERSATION(conversation_id, user_id, agent_id)


def touch(conversation_id: ConversationId) -> Bound[None]:
    """Marks the conversation as changed now."""
    return _TOUCH(conversation_id)


def first_event(run_id: RunId, payload: bytes) -> Bound[None]:
    """Inserts row 1, whose kind follows the run's status."""
    return _FIRST_EVENT(run_id, payload)
