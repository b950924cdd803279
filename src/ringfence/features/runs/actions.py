"""What can be done to a run: start it, once or once a key; cancel it, wherever it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import AgentId, ConversationId, Principal, RunId, UserId
from ringfence.base.problem import Problem, conflict, not_found, too_large, unprocessable
from ringfence.controls import audit, guard
from ringfence.controls.tenancy import FOREIGN_KEY, UNIQUE, Bound, Database, DatabaseError, OrgScope, OrgTx, scope_of
from ringfence.controls.vault import Vault

from . import approval_rows, attachments, citing, ending, queries, start_rows
from .asking import closing
from .engine import Engine
from .events import Kind, MessageRestarted, Payload, RunStarted, encoded, frame
from .hold import Fresh, Hold, Stop
from .live import Entry
from .progress import replay
from .queries import Status
from .records import Records

INPUT_BYTES = 32 * 1024
_TRIES = 3
_AWAY = 503
_EVENTS = 100_000
_SETTLE_S = 2.0
_RETRY_S = 5


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller asks for."""

    agent_id: AgentId
    text: str
    conversation_id: ConversationId | None
    opens: ConversationId | None = None
    """The id of the conversation that it opens, where that is not to be any."""
    file_ids: tuple[UUID, ...] = ()
    """What comes with the message; each once."""


@dataclass(frozen=True, slots=True)
class Started:
    """The run that an order became."""

    run_id: RunId
    conversation_id: ConversationId
    status: Status


@dataclass(frozen=True, slots=True)
class Start:
    """One order, ready to be written: the same ids at every try."""

    scope: OrgScope
    order: Order
    run_id: RunId
    conversation_id: ConversationId
    user_id: UserId
    holder: UUID | None
    first_event: bytes
    share: start_rows.Share
    bounds: tuple[Bound[Any], ...]

    def refused(self, failure: DatabaseError) -> bool:
        """Whether the failed write says that the order cannot be; False where it lost a race and is to be tried again.

        Raises the failure where it says neither.
        """
        if failure.sqlstate in {FOREIGN_KEY, attachments.UNATTACHED}:
            return True
        if failure.sqlstate == UNIQUE and failure.constraint == "run_active":
            return False
        raise failure

    def named(self, rows: Sequence[Sequence[Any]]) -> Started:
        """The run that was written."""
        return Started(self.run_id, self.conversation_id, Status(rows[1][0].status))

    def interrupt(self, engine: Engine, rows: Sequence[Sequence[Any]]) -> None:
        """Stops what this run takes the place of, where it is executed here; elsewhere a heartbeat brings the word."""
        started: start_rows.StartedRow = rows[1][0]
        for run_id in started.interrupted:
            if (held := engine.executor.find(self.scope.org_id, run_id)) is not None:
                held.request(Stop.CANCELLED)
        if started.interrupted:
            engine.executor.wake()

    def accept(self, engine: Engine, rows: Sequence[Sequence[Any]]) -> None:
        """Executes the run, once it is committed; a queued one waits for its turn, in whatever process."""
        self.interrupt(engine, rows)
        agent: queries.AgentRow = rows[1][0]
        if agent.status != Status.RUNNING or self.holder is None:
            return
        live = engine.live.open(self.scope.org_id, self.run_id, first_seq=1)
        live.publish(Entry(1, 0, frame(1, 0, kind=Kind.RUN_STARTED, data=self.first_event)))
        hold = Hold(self.scope, self.run_id, self.conversation_id, self.user_id, self.holder, 1, live)
        engine.executor.accept(hold, self._fresh(agent))

    def _fresh(self, agent: queries.AgentRow) -> Fresh:
        return Fresh(agent, self.order.text, self.order.conversation_id is None, bool(self.order.file_ids))


def prepare(vault: Vault, engine: Engine, caller: Principal, order: Order, *, origin: audit.Origin) -> Start:
    """The order as one pipeline. Raises 413 `message_too_large` and 422 `empty_message`."""
    scope = scope_of(caller)
    user_id = caller.user_id
    if user_id is None:
        raise not_found()
    order = replace(order, text=_visible(order.text))
    run_id, holder = RunId(ids.new()), engine.executor.holder_for_start
    conversation_id = order.conversation_id or order.opens or ConversationId(ids.new())
    records = Records.of(vault, org_id=scope.org_id, user_id=user_id, run_id=run_id)
    # The payload of run.queued is the same; the row's kind follows its status.
    first_event = encoded(RunStarted(str(run_id), str(conversation_id)))
    message_id = ids.new()
    is_new = order.conversation_id is None
    bounds: tuple[Bound[Any], ...] = (
        start_rows.new_conversation(conversation_id, user_id, order.agent_id)
        if is_new
        else start_rows.touch(conversation_id),
        start_rows.start(
            run_id,
            conversation_id=conversation_id,
            agent_id=order.agent_id,
            user_id=user_id,
            role=caller.role.value,
            holder=holder,
            lease_s=engine.executor.lease_s,
            share=engine.executor.share,
        ),
        start_rows.first_event(run_id, records.seal(1, first_event)),
        # NOTE: fails where the run was not inserted, and so takes everything of this transaction with it.
        queries.say(
            message_id,
            conversation_id=conversation_id,
            user_id=user_id,
            run_id=run_id,
            author="user",
            text=records.seal_message(message_id, order.text),
        ),
        *([attachments.attach(message_id, order.file_ids)] if order.file_ids else []),
        audit.entry(
            caller,
            audit.Action.RUN_STARTED,
            target=run_id,
            origin=origin,
            conversation_id=conversation_id,
            agent_id=order.agent_id,
        ),
    )
    share = engine.executor.share
    return Start(scope, order, run_id, conversation_id, user_id, holder, first_event, share, bounds)


async def start(database: Database, engine: Engine, prepared: Start) -> Started:
    """The run, begun: one round trip, one commit, or nothing at all.

    Raises the 404 that unknown and foreign agents and conversations share; 403 `ai_disabled`, `restricted`; 409
    `other_agent` for a conversation with another agent, `conversation_busy_run` where the agent takes one message at a
    time; 429 `too_many_runs`.
    """
    for _ in range(_TRIES):
        try:
            rows = await database.write(prepared.scope, *prepared.bounds)
        except DatabaseError as failure:
            if prepared.refused(failure):
                raise await refusal(database, prepared) from None
        except Problem as problem:
            forget(engine, prepared, problem)
            raise
        else:
            prepared.accept(engine, rows)
            return prepared.named(rows)
    raise conflict("conversation_busy", "Too many messages reach this conversation at once. Try again.")


def forget(engine: Engine, prepared: Start, problem: Problem) -> None:
    """After a start that the database did not answer: its commit may have gone through, and nobody here executes it."""
    if problem.status == _AWAY:
        engine.executor.abandon(prepared.scope, prepared.run_id, 1)


async def refusal(database: Database, prepared: Start) -> Problem:
    """Why an order cannot be."""
    files = prepared.order.file_ids
    if (missing := await attachments.refusal(database, prepared.scope, prepared.user_id, files)) is not None:
        return missing
    conversation_id = prepared.order.conversation_id
    standing, agents, manners, leases = await database.read(
        prepared.scope,
        queries.standing(prepared.user_id),
        queries.conversation_agent(prepared.conversation_id, prepared.user_id),
        start_rows.manner(prepared.order.agent_id),
        start_rows.leases(),
    )
    if not standing:
        return not_found()
    if standing[0].organization_status != "active" or standing[0].user_status != "active":
        return Problem(403, "restricted", "This account is restricted.")
    if not standing[0].generative_ai:
        return Problem(403, "ai_disabled", "This organization has switched generative AI off.")
    if not standing[0].may_spend:
        return Problem(403, "budget_exhausted", "What may be spent on models this month is spent.")
    if conversation_id is not None and agents and agents[0] != prepared.order.agent_id:
        return conflict("other_agent", "This conversation is with another agent.")
    if not manners or manners[0].agent_status != "active" or (conversation_id is not None and not agents):
        return not_found()
    # NOTE: nothing else refuses an order, so one of the two is why, also where that is over by now.
    is_full = leases[0] >= prepared.share.executed + prepared.share.waiting
    if manners[0].manner == "reject" and conversation_id is not None and not is_full:
        return conflict(
            "conversation_busy_run", "The assistant is still answering in this conversation. Stop it first."
        )
    return too_many_runs()


def too_many_runs() -> Problem:
    """429: an organization's runs are all under way or in the queue already."""
    detail = "Too many answers of this organization are under way. Try again in a moment."
    return Problem(429, "too_many_runs", detail, headers={"Retry-After": str(_RETRY_S)})


async def cancel(  # noqa: PLR0913 - the handles, who, which, from where
    database: Database, vault: Vault, engine: Engine, caller: Principal, run_id: RunId, *, origin: audit.Origin
) -> queries.RunRow:
    """The run after the wish to cancel it: final at once where nobody executes it, within a second or so elsewhere.

    A run that is final already stays what it is. Raises 404.
    """
    scope = scope_of(caller)
    async with database.org(scope) as tx:
        row = await tx.get(queries.run(run_id))
        if row.status in queries.FINAL:
            return row
        entry = audit.entry(
            caller, audit.Action.RUN_CANCELLED, target=run_id, origin=origin, conversation_id=row.conversation_id
        )
        wish = [] if row.cancel_requested_at else [queries.request_cancel(run_id), entry]
        executor = engine.executor
        # The lease before the run, as every write of a journal has it: two orders would be a deadlock.
        seized = (await tx.pipeline(queries.seize(run_id, executor.holder, lease_s=executor.lease_s), *wish))[0]
        if seized:
            hold = Hold(scope, run_id, row.conversation_id, row.user_id, executor.holder, seized[0])
            await _end_here(tx, vault, hold)
    if seized:
        executor.wake()
    elif (held := executor.find(scope.org_id, run_id)) is not None:
        held.request(Stop.CANCELLED)
        await executor.settled(held, within_s=_SETTLE_S)
    return (await database.read(scope, queries.run(run_id)))[0][0]


async def _end_here(tx: OrgTx, vault: Vault, hold: Hold) -> None:
    """Ends a run that nobody executes, with what was said so far."""
    records = Records.of(vault, org_id=hold.scope.org_id, user_id=hold.user_id, run_id=hold.run_id)
    progress = replay(records.open(await tx.fetch(queries.events(hold.run_id, since=0, limit=_EVENTS))))
    end = ending.cancelled(progress.open_text)
    end = replace(end, citations=citing.cited(end.cut_text, progress.sources))
    restarted: tuple[Payload, ...] = (MessageRestarted(),) if progress.has_started and not progress.pending else ()
    asked, told, closes = progress.asked, (), []
    if asked is not None:
        told, closes = closing(hold, asked, await tx.fetch(approval_rows.state(UUID(asked.approval_id))))
    rows = records.rows(hold.user_id, progress.next_seq, (*restarted, *told, *end.events()))
    await tx.run(*rows, *closes, *end.bounds(hold, records, progress.spent))


def _visible(text: str) -> str:
    if len(text.encode(errors="surrogatepass")) > INPUT_BYTES:
        raise too_large("message_too_large", f"A message takes at most {INPUT_BYTES} bytes.")
    clean = guard.inbound(text, origin=guard.Origin.USER)
    if not clean.strip():
        raise unprocessable("empty_message", "There is nothing to read in this message.")
    return clean
