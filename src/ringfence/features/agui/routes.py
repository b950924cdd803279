"""The protocols over HTTP: one address an agent for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ringfence.base.page import Window
from ringfence.base.principal import AgentId, ConversationId, RunId
from ringfence.base.problem import not_found
from ringfence.controls.tenancy import scope_of
from ringfence.features import edge
from ringfence.features.conversations.messages import opened
from ringfence.features.conversations.queries import messages
from ringfence.features.edge.access import RunsCreate
from ringfence.features.runs import queries as run_queries
from ringfence.features.runs.engine import EngineDep
from ringfence.features.runs.events import START
from ringfence.features.runs.response import MEDIA_TYPE, begun
from ringfence.features.runs.stream import Stream

from .actions import Client, Leg, follow
from .agui_wire import AguiWire
from .bodies import RunAgentInput, UiChat
from .claims import Asked, ignored, of_agui, of_ui
from .story import SHOWN_AT_MOST, Story
from .told import told
from .ui_wire import HEADER, UiWire
from .wire import Said, Wire

router = APIRouter(prefix="/api/v1", tags=["Protocols"])
_AgentPath = Annotated[UUID, edge.path_id("agent_id")]
_FRAME = {
    "type": "object",
    "description": "One server-sent event without a name.",
    "properties": {"data": {"type": "string", "contentMediaType": "application/json"}},
    "required": ["data"],
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The stream.", "content": {MEDIA_TYPE: {"schema": _FRAME}}},
    **edge.problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
}


@router.post("/agui/{agent_id}", response_class=Response, responses=_ANSWERS)
async def agui(
    agent_id: _AgentPath, body: RunAgentInput, caller: RunsCreate, call: edge.CallDep, engine: EngineDep
) -> Response:
    """Speaks AG-UI 1.0 about the stored conversation that the thread names: starts a run, or resumes one by its answer.

    Taken are the newest message of the user and answers to interrupts; nothing else that a client claims is believed.
    The same runId gives the same run again. A reader that hangs up stops nothing: POST /runs/{run_id}/cancel does.
    """
    client = Client(call, engine, caller, AgentId(agent_id))

    def wire(leg: Leg) -> Wire:
        told_of = {"conversation_id": str(leg.conversation_id), "run_id": str(leg.run_id), "ignored": ignored(body)}
        return AguiWire(body.thread_id, body.run_id, told_of, knows_outcomes=body.protocol_version is not None)

    return await _stream(client, of_agui(body), wire)


@router.post("/ui/{agent_id}", response_class=Response, responses=_ANSWERS)
async def ui(agent_id: _AgentPath, body: UiChat, caller: RunsCreate, call: edge.CallDep, engine: EngineDep) -> Response:
    """Speaks the Vercel AI SDK's UI message stream about the stored conversation that the chat's id names.

    Taken are the newest message of the user and answers to tool approvals; nothing else that a client claims is
    believed. A message with the same id is the same run again.
    """
    client = Client(call, engine, caller, AgentId(agent_id))

    def wire(leg: Leg) -> Wire:
        told_of = {"conversation_id": str(leg.conversation_id), "run_id": str(leg.run_id)}
        return UiWire(str(leg.run_id), told_of)

    response = await _stream(client, of_ui(body), wire)
    response.headers.update(HEADER)
    return response


async def _stream(client: Client, asked: Asked, wire: Callable[[Leg], Wire]) -> Response:
    caller, kernel, live = client.caller, client.call.kernel, client.engine.live
    scope, user_id = scope_of(caller), client.user_id
    live.check_room(scope.org_id, user_id)
    leg = await follow(client, asked)
    heard = await _hear(client, leg)
    story = Story(wire(leg), str(leg.run_id), heard.before, heard.asked, asked.shown, leg.after)
    stream = Stream(
        kernel.database,
        kernel.vault,
        live,
        scope=scope,
        run_id=RunId(leg.run_id),
        user_id=user_id,
        position=START,
        is_valid=lambda: kernel.identity.still_valid(caller),
    )
    return await begun(stream, story.frames(told(stream.chunks())), live.join(scope.org_id, user_id))


@dataclass(frozen=True, slots=True)
class _Heard:
    """The user's message of a run, and what was said before it."""

    asked: Said
    before: tuple[Said, ...]


async def _hear(client: Client, leg: Leg) -> _Heard:
    """Reads the conversation; 404 where it is gone."""
    kernel, scope = client.call.kernel, scope_of(client.caller)
    wanted = messages(ConversationId(leg.conversation_id), Window(SHOWN_AT_MOST, None))
    found, rows = await kernel.database.read(scope, run_queries.run(RunId(leg.run_id)), wanted)
    if not found:
        raise not_found()
    # A queued message was stored before the answer to the one before it: the run tells the order, then the message.
    said = sorted(opened(kernel.vault, scope.org_id, rows), key=lambda one: (one.run_id, one.id))
    mine = next((one for one in said if one.run_id == leg.run_id and one.author == "user"), None)
    if mine is None:
        raise not_found()
    before = tuple(Said(str(one.id), one.author, one.text) for one in said if one.run_id < leg.run_id)
    return _Heard(Said(str(mine.id), "user", mine.text), before)
