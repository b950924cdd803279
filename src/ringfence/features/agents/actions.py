"""Agents: made, versioned, retired, each in the partner's transaction that it is given."""

from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import Principal
from ringfence.base.problem import not_found
from ringfence.controls import audit
from ringfence.controls.egress import Named
from ringfence.controls.tenancy import PartnerTx
from ringfence.features.agents import definition, queries
from ringfence.features.agents.definition import Definition
from ringfence.features.agents.model import AgentChange, AgentNew
from ringfence.features.agents.queries import AgentRow
from ringfence.features.edge import Answer, Call, json_of


async def create(call: Call, tx: PartnerTx, caller: Principal, new: AgentNew) -> Answer:
    """The agent in its first version."""
    made = definition.define(new, named=call.kernel.egress_named)
    agent_id = ids.new()
    await tx.run(
        queries.ADD(agent_id, new.name),
        definition.insertion(call.kernel.vault, caller.partner_id, agent_id, 1, made),
        audit.entry(caller, audit.Action.AGENT_CREATED, target=agent_id, origin=call.origin, version=1),
    )
    return await _shown(call, tx, caller, agent_id, status=201)


async def change(call: Call, tx: PartnerTx, caller: Principal, agent_id: UUID, changes: AgentChange) -> Answer:
    """The agent in its new version, or as it is where nothing changed; Problem 404 for an unknown or retired one."""
    await tx.get(queries.LOCK(agent_id))
    row = await tx.get(queries.AGENT(agent_id))
    before = definition.opened(call.kernel.vault, caller.partner_id, row.newest)
    after, name = _changed(before, changes, named=call.kernel.egress_named), changes.name or row.name
    if after != before or name != row.name:
        version = row.version + 1
        await tx.run(
            definition.insertion(call.kernel.vault, caller.partner_id, agent_id, version, after),
            queries.CHANGE(agent_id, name, version),
            audit.entry(caller, audit.Action.AGENT_VERSIONED, target=agent_id, origin=call.origin, version=version),
        )
    return await _shown(call, tx, caller, agent_id, status=200)


async def retire(call: Call, tx: PartnerTx, caller: Principal, agent_id: UUID) -> Answer:
    """Nothing: no run begins with it any more, and its versions stay for the runs that were. Problem 404."""
    found: int | None = await tx.find(queries.RETIRE(agent_id))
    if found is None:
        raise not_found()
    await tx.run(audit.entry(caller, audit.Action.AGENT_RETIRED, target=agent_id, origin=call.origin, version=found))
    return Answer(204, subject_id=agent_id)


def _changed(before: Definition, changes: AgentChange, *, named: Named) -> Definition:
    model = before.model if changes.model is None else definition.check_model(changes.model)
    fallback = before.fallback if changes.fallback is None else changes.fallback
    return Definition(
        instructions=before.instructions if changes.instructions is None else changes.instructions,
        model=model,
        fallback=definition.check_fallback(fallback, model=model),
        tools=before.tools if changes.tools is None else definition.check_tools(changes.tools, named=named),
        limits=before.limits if changes.limits is None else changes.limits.model_dump(exclude_none=True),
        policy=before.policy if changes.policy is None else changes.policy.model_dump(exclude_none=True),
    )


async def _shown(call: Call, tx: PartnerTx, caller: Principal, agent_id: UUID, *, status: int) -> Answer:
    row: AgentRow = await tx.get(queries.AGENT(agent_id))
    return Answer(status, json_of(definition.agent_out(call.kernel.vault, caller.partner_id, row)), agent_id)
