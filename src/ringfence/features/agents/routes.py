"""/partner/agents by API key, and /agents: what a user may talk to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from ringfence.controls.tenancy import PartnerScope
from ringfence.features.agents import actions, definition, queries
from ringfence.features.agents.model import AgentChange, AgentChoice, AgentNew, AgentOut, VersionOut
from ringfence.features.edge import CallDep, ListingDep, PageOf, WriteDep, answer, once, path_id, problems
from ringfence.features.edge.access import AgentsRead, AgentsReadWhole, AgentsWrite, scope_of

router = APIRouter(prefix="/api/v1", tags=["agents"])
AgentPath = Annotated[UUID, path_id("agent_id")]
_LAST_VERSION = 2**31 - 1


@router.get("/agents", response_model=PageOf[AgentChoice], responses=problems(400, 401, 403, 422))
async def choices(caller: AgentsRead, call: CallDep, listing: ListingDep) -> Response:
    """The agents that the caller may talk to, newest first: id and name alone."""
    cursors = call.kernel.cursors("agent_choices", caller.partner_id, caller.org_id)
    window = listing.window(cursors)
    rows = (await call.kernel.database.read(scope_of(caller), queries.CHOICES(window.before, window.limit + 1)))[0]
    page = cursors.page(rows, window, lambda row: row.id)
    return answer(
        200, PageOf(items=[AgentChoice(id=row.id, name=row.name) for row in page.items], next_cursor=page.next_cursor)
    )


@router.post("/partner/agents", status_code=201, response_model=AgentOut, responses=problems(401, 403, 409, 422))
async def create(body: AgentNew, caller: AgentsWrite, call: WriteDep) -> Response:
    """Makes an agent in its first version."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.create(call, tx, caller, body))


@router.get("/partner/agents", response_model=PageOf[AgentOut], responses=problems(400, 401, 403, 422))
async def list_(caller: AgentsReadWhole, call: CallDep, listing: ListingDep) -> Response:
    """The partner's agents, newest first, without retired ones."""
    cursors = call.kernel.cursors("agents", caller.partner_id)
    window = listing.window(cursors)
    bound = queries.AGENTS(window.before, window.limit + 1)
    rows = (await call.kernel.database.read(PartnerScope(caller.partner_id), bound))[0]
    page = cursors.page(rows, window, lambda row: row.agent_id)
    items = [definition.agent_out(call.kernel.vault, caller.partner_id, row) for row in page.items]
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/partner/agents/{agent_id}", response_model=AgentOut, responses=problems(401, 403, 404))
async def get(agent_id: AgentPath, caller: AgentsReadWhole, call: CallDep) -> Response:
    """One agent, a retired one too."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        row = await tx.get(queries.AGENT(agent_id))
    return answer(200, definition.agent_out(call.kernel.vault, caller.partner_id, row))


@router.patch("/partner/agents/{agent_id}", response_model=AgentOut, responses=problems(401, 403, 404, 409, 422))
async def change(agent_id: AgentPath, body: AgentChange, caller: AgentsWrite, call: WriteDep) -> Response:
    """Makes a new version of what is given and what stays."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.change(call, tx, caller, agent_id, body))


@router.delete("/partner/agents/{agent_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def retire(agent_id: AgentPath, caller: AgentsWrite, call: WriteDep) -> Response:
    """Retires an agent: no run begins with it any more."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.retire(call, tx, caller, agent_id))


@router.get(
    "/partner/agents/{agent_id}/versions",
    response_model=PageOf[VersionOut],
    responses=problems(400, 401, 403, 404, 422),
)
async def versions(agent_id: AgentPath, caller: AgentsReadWhole, call: CallDep, listing: ListingDep) -> Response:
    """All versions, newest first."""
    cursors = call.kernel.cursors("agent_versions", caller.partner_id, agent_id)
    window = listing.window(cursors)
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        await tx.get(queries.EXISTS(agent_id))
        rows = await tx.fetch(queries.VERSIONS(agent_id, window.before, window.limit + 1))
    page = cursors.page(rows, window, lambda row: row.id)
    items = [definition.version_out(call.kernel.vault, caller.partner_id, row) for row in page.items]
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


@router.get(
    "/partner/agents/{agent_id}/versions/{version}", response_model=VersionOut, responses=problems(401, 403, 404, 422)
)
async def version(
    agent_id: AgentPath, version: Annotated[int, Path(ge=1, le=_LAST_VERSION)], caller: AgentsReadWhole, call: CallDep
) -> Response:
    """One version, which never changes."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        row = await tx.get(queries.VERSION(agent_id, version))
    return answer(200, definition.version_out(call.kernel.vault, caller.partner_id, row))
