"""Conversations over HTTP: open, list, read, delete."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from ringfence.base.principal import AgentId, ConversationId
from ringfence.base.problem import not_found
from ringfence.controls.tenancy import scope_of
from ringfence.features import edge
from ringfence.features.edge.access import ConversationsCreate, ConversationsDelete, ConversationsRead

from . import actions, queries
from .bodies import ConversationListed, ConversationNew, ConversationOut, MessageOut, conversation_out
from .messages import listed, opened

router = APIRouter(prefix="/api/v1/conversations", tags=["Conversations"])
_ConversationPath = Annotated[UUID, edge.path_id("conversation_id")]


@router.post(
    "",
    status_code=201,
    response_model=ConversationOut,
    responses=edge.problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
async def create(body: ConversationNew, caller: ConversationsCreate, call: edge.WriteDep) -> Response:
    """Opens a conversation with an agent."""
    async with call.kernel.database.org(scope_of(caller)) as tx:

        async def act() -> edge.Answer:
            row = await actions.create(tx, caller, AgentId(body.agent_id), origin=call.origin)
            return edge.Answer(201, edge.json_of(conversation_out(row)), row.id)

        return await edge.once(call, tx, caller, act)


@router.get("", response_model=edge.PageOf[ConversationListed], responses=edge.problems(400, 401, 403, 422, 429, 503))
async def list_(
    caller: ConversationsRead,
    call: edge.CallDep,
    listing: edge.ListingDep,
    agent_id: Annotated[UUID | None, Query(description="Those with this agent alone.")] = None,
) -> Response:
    """Lists conversations with their first words, newest first."""
    scope = scope_of(caller)
    cursors = call.kernel.cursors("conversations", caller.org_id, caller.user_id, agent_id)
    window = listing.window(cursors)
    wanted = queries.list_(window, agent_id=None if agent_id is None else AgentId(agent_id))
    rows = (await call.kernel.database.read(scope, wanted))[0]
    page = cursors.page(rows, window, lambda row: row.id)
    items = [listed(call.kernel.vault, scope.org_id, row) for row in page.items]
    return edge.answer(200, edge.PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/{conversation_id}", response_model=ConversationOut, responses=edge.problems(401, 403, 404, 429, 503))
async def get(conversation_id: _ConversationPath, caller: ConversationsRead, call: edge.CallDep) -> Response:
    """Gives one conversation."""
    wanted = queries.get(ConversationId(conversation_id))
    rows = (await call.kernel.database.read(scope_of(caller), wanted))[0]
    if not rows:
        raise not_found()
    return edge.answer(200, conversation_out(rows[0]))


@router.delete(
    "/{conversation_id}",
    status_code=204,
    response_class=Response,
    responses=edge.problems(400, 401, 403, 404, 409, 422, 429, 503),
)
async def delete(conversation_id: _ConversationPath, caller: ConversationsDelete, call: edge.WriteDep) -> Response:
    """Deletes a conversation with all that was said and done in it, and stops what runs in it."""
    async with call.kernel.database.org(scope_of(caller)) as tx:

        async def act() -> edge.Answer:
            await actions.delete(tx, caller, ConversationId(conversation_id), origin=call.origin)
            return edge.Answer(204)

        return await edge.once(call, tx, caller, act)


@router.get(
    "/{conversation_id}/messages",
    response_model=edge.PageOf[MessageOut],
    responses=edge.problems(400, 401, 403, 404, 422, 429, 503),
)
async def list_messages(
    conversation_id: _ConversationPath, caller: ConversationsRead, call: edge.CallDep, listing: edge.ListingDep
) -> Response:
    """Lists what was said, newest first."""
    scope, wanted = scope_of(caller), ConversationId(conversation_id)
    cursors = call.kernel.cursors("messages", scope.org_id, wanted)
    window = listing.window(cursors)
    found, rows, files = await call.kernel.database.read(
        scope, queries.get(wanted), queries.messages(wanted, window), queries.message_files(wanted, window)
    )
    if not found:
        raise not_found()
    page = cursors.page(rows, window, lambda row: row.id)
    items = opened(call.kernel.vault, scope.org_id, page.items, files)
    return edge.answer(200, edge.PageOf(items=items, next_cursor=page.next_cursor))
