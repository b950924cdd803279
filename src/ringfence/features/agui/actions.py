"""What a client of either protocol may do: say something in a thread, and answer what the agent asked there."""

from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from ringfence.base.principal import AgentId, ConversationId, Principal, RunId, UserId
from ringfence.base.problem import Problem, conflict, not_found
from ringfence.controls.access import Permission
from ringfence.controls.tenancy import DatabaseError, OrgTx, scope_of
from ringfence.features import edge
from ringfence.features.approvals import actions as approvals
from ringfence.features.approvals import queries as approval_queries
from ringfence.features.approvals.bodies import ApprovalDecision
from ringfence.features.edge.access import record_refusal, require
from ringfence.features.runs import actions as runs
from ringfence.features.runs import queries as run_queries
from ringfence.features.runs.engine import Engine

from . import thread
from .claims import Answered, Asked

_TRIES = 3


class Leg(msgspec.Struct, frozen=True):
    """What one request of a client is a reader of: a run, or the rest of it behind the question of an approval."""

    run_id: UUID
    conversation_id: UUID
    after: str | None = None

    def answer(self) -> edge.Answer:
        """As it is kept under the client's name for the request."""
        return edge.Answer(200, msgspec.json.encode(self), self.run_id)


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks which agent, on which call."""

    call: edge.Call
    engine: Engine
    caller: Principal
    agent_id: AgentId

    @property
    def user_id(self) -> UserId:
        """The caller's own; 404 for a credential that is nobody's."""
        if self.caller.user_id is None:
            raise not_found()
        return self.caller.user_id

    def thread(self, name: str) -> thread.Thread:
        """What this name is to this user."""
        scope = scope_of(self.caller)
        return thread.named(self.call.kernel.vault, scope.org_id, self.user_id, self.agent_id, name)

    def under(self, name: str) -> edge.Call:
        """The call under the client's name for it: the same name is the same request."""
        return replace(self.call, idempotency_key=f"{self.agent_id} {name}")


async def follow(client: Client, asked: Asked) -> Leg:
    """Starts a run, or answers a question: once, however often the client asks under this name.

    Raises what starting and deciding raise; 422 `idempotency_mismatch` where the name was used for something else.
    """
    if isinstance(asked.said, Answered):
        return await _resume(client, asked, asked.said)
    for _ in range(_TRIES):
        leg = await _begin(client, asked, asked.said)
        if leg is not None:
            return leg
    raise conflict("conversation_busy", "Too many messages reach this conversation at once. Try again.")


async def _begin(client: Client, asked: Asked, text: str) -> Leg | None:
    """The run that this becomes, or became; None where it lost a race and is to be tried again."""
    call, caller, engine = client.under(asked.name), client.caller, client.engine
    database, thread_ = call.kernel.database, client.thread(asked.thread)
    prepared: runs.Start | None = None
    try:
        async with database.org(scope_of(caller)) as tx:
            record = await edge.claim(call, tx, caller, meant=asked.meant)
            if record.earlier is not None:
                return _kept(call, caller, record.earlier)
            found = await thread_.find(tx)
            order = runs.Order(client.agent_id, text, found, None if found else thread_.open(), file_ids=asked.file_ids)
            prepared = runs.prepare(call.kernel.vault, engine, caller, order, origin=call.origin)
            rows = await tx.pipeline(*prepared.bounds)
            leg = Leg(prepared.run_id, prepared.conversation_id)
            await edge.keep(call, tx, caller, record, leg.answer())
    except DatabaseError as failure:
        if prepared is None:
            raise
        if prepared.refused(failure):
            raise await runs.refusal(database, prepared) from None
        return None
    except Problem as refusal:
        if prepared is not None:
            runs.forget(engine, prepared, refusal)
        raise
    prepared.accept(engine, rows)
    return leg


async def _resume(client: Client, asked: Asked, answered: Answered) -> Leg:
    """Answers the question as every answer is given, and goes on behind it."""
    call, caller = client.under(asked.name), client.caller
    await require(call, caller, Permission.APPROVALS_DECIDE)
    try:
        async with call.kernel.database.org(scope_of(caller)) as tx:
            record = await edge.claim(call, tx, caller, meant=asked.meant)
            if record.earlier is not None:
                return _kept(call, caller, record.earlier)
            row = await _question(client, tx, asked.thread, answered)
            # What nobody can answer any more is left as it is: abandoning it is how a client goes on.
            if answered.decision != "wait" and (answered.decision is not None or row.status == "pending"):
                said = ApprovalDecision(decision=answered.decision or "deny", args_sha256=answered.args_sha256)
                await approvals.decide(tx, call.kernel.vault, caller, row.id, said, origin=call.origin)
            leg = Leg(row.run_id, row.conversation_id, str(row.id))
            await edge.keep(call, tx, caller, record, leg.answer())
    except Problem as refusal:
        if refusal.code == approvals.MAY_NOT_DECIDE:
            await record_refusal(call, caller, Permission.APPROVALS_DECIDE)
        raise
    client.engine.executor.wake()
    return leg


async def _question(client: Client, tx: OrgTx, name: str, answered: Answered) -> approval_queries.ApprovalRow:
    """The question, if it was asked in this thread by this agent; else the 404 of what does not exist."""
    found = await client.thread(name).find(tx)
    row = await tx.get(approval_queries.get(answered.approval_id))
    run = await tx.get(run_queries.run(RunId(row.run_id)))
    if row.user_id != client.user_id or run.agent_id != client.agent_id or ConversationId(row.conversation_id) != found:
        raise not_found()
    return row


def _kept(call: edge.Call, caller: Principal, earlier: edge.Stored) -> Leg:
    return msgspec.json.decode(edge.replay(call, caller, earlier).body, type=Leg)
