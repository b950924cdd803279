"""Runs over HTTP: start, list, read, follow, cancel."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base.principal import AgentId, ConversationId, Principal, RunId, UserId
from ringfence.base.problem import Problem, conflict, not_found
from ringfence.controls.tenancy import DatabaseError, scope_of
from ringfence.features import edge
from ringfence.features.edge.access import RunsCancel, RunsCreate, RunsRead

from . import actions, queries
from .bodies import EventPage, RunNew, RunOut, RunStartedOut, event_out, run_out
from .engine import Engine, EngineDep
from .events import START, Position, parse_last_event_id
from .records import Records, frame_after
from .response import MEDIA_TYPE, EventStream, begun
from .stream import Stream

router = APIRouter(prefix="/api/v1/runs", tags=["Runs"])
_TRIES = 3
_EVENTS_A_PAGE = 500
_FRAME = {
    "type": "object",
    "description": "One server-sent event of the run; the stream ends with a final one, run.waiting or session.ended.",
    "properties": {
        "id": {"type": "string", "description": "What Last-Event-ID takes."},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["id", "event", "data"],
}
_STREAM = {MEDIA_TYPE: {"schema": _FRAME}}
_RunPath = Annotated[UUID, edge.path_id("run_id")]
_LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="Go on behind this event.")]


@router.post(
    "",
    status_code=202,
    response_model=RunStartedOut,
    responses={202: {"content": _STREAM}, **edge.problems(400, 401, 403, 404, 409, 413, 422, 429, 503)},
)
async def start(body: RunNew, caller: RunsCreate, call: edge.WriteDep, engine: EngineDep) -> Response:
    """Starts a run, at once or behind the earlier ones of its conversation; with Accept: text/event-stream, streams it.

    The same Idempotency-Key gives the same run again, streamed from its start.
    """
    if _wants_stream(call.request):
        _check_room(engine, caller)
    conversation_id = None if body.conversation_id is None else ConversationId(body.conversation_id)
    file_ids = tuple(dict.fromkeys(body.input.file_ids))
    order = actions.Order(AgentId(body.agent_id), body.input.text, conversation_id, file_ids=file_ids)
    if call.idempotency_key is None:
        prepared = actions.prepare(call.kernel.vault, engine, caller, order, origin=call.origin)
        answer = _answer(await actions.start(call.kernel.database, engine, prepared))
    else:
        answer = await _start_once(call, engine, caller, order)
    if not _wants_stream(call.request) or answer.subject_id is None:
        return answer.response()
    stream = _stream(call, engine, caller, run_id=RunId(answer.subject_id), user_id=caller.user_id, position=START)
    # Nothing more can refuse: the run is under way.
    return EventStream(stream.chunks(), leave=_joined(engine, caller, stream))


@router.get("", response_model=edge.PageOf[RunOut], responses=edge.problems(400, 401, 403, 422, 429, 503))
async def list_(
    caller: RunsRead,
    call: edge.CallDep,
    listing: edge.ListingDep,
    conversation_id: Annotated[UUID | None, Query(description="Only runs of this conversation.")] = None,
) -> Response:
    """Lists runs, newest first."""
    cursors = call.kernel.cursors("runs", caller.org_id, caller.user_id, conversation_id)
    window = listing.window(cursors)
    rows = (await call.kernel.database.read(scope_of(caller), queries.runs(window, conversation_id)))[0]
    page = cursors.page(rows, window, lambda row: row.id)
    return edge.answer(200, edge.PageOf(items=[run_out(row) for row in page.items], next_cursor=page.next_cursor))


@router.get("/{run_id}", response_model=RunOut, responses=edge.problems(401, 403, 404, 429, 503))
async def get(run_id: _RunPath, caller: RunsRead, call: edge.CallDep) -> Response:
    """Gives one run."""
    return edge.answer(200, run_out(await _find(call, caller, run_id)))


@router.get(
    "/{run_id}/events",
    response_model=EventPage,
    responses={200: {"content": _STREAM}, **edge.problems(400, 401, 403, 404, 422, 429, 503)},
)
async def events(  # noqa: PLR0913 - one parameter for each part of the request
    run_id: _RunPath,
    caller: RunsRead,
    call: edge.CallDep,
    engine: EngineDep,
    last_event_id: _LastEventId = None,
    limit: Annotated[int, Query(ge=1, le=_EVENTS_A_PAGE)] = _EVENTS_A_PAGE,
    cursor: Annotated[str | None, Query(max_length=30, description="next_cursor of the page before.")] = None,
) -> Response:
    """Streams the run's events behind Last-Event-ID; with Accept: application/json, lists the stored ones."""
    position = parse_last_event_id(last_event_id or cursor)
    run = await _find(call, caller, run_id)
    if not _wants_list(call.request):
        _check_room(engine, caller)
        stream = _stream(call, engine, caller, run_id=run.id, user_id=run.user_id, position=position)
        return await begun(stream, stream.chunks(), _joined(engine, caller, stream))
    since = queries.events(run.id, since=position.seq, limit=limit + 2)
    rows = (await call.kernel.database.read(scope_of(caller), since))[0]
    return edge.answer(200, _page(_records(call, caller, run), rows, position, limit))


@router.post("/{run_id}/cancel", response_model=RunOut, responses=edge.problems(401, 403, 404, 409, 422, 429, 503))
async def cancel(run_id: _RunPath, caller: RunsCancel, call: edge.WriteDep, engine: EngineDep) -> Response:
    """Cancels a run: what was said so far is kept. A run that is final already stays what it is."""
    kernel = call.kernel
    row = await actions.cancel(kernel.database, kernel.vault, engine, caller, RunId(run_id), origin=call.origin)
    return edge.answer(200, run_out(row))


async def _start_once(call: edge.Call, engine: Engine, caller: Principal, order: actions.Order) -> edge.Answer:
    """The run of this Idempotency-Key, whose record is written in the transaction of the start."""
    prepared = actions.prepare(call.kernel.vault, engine, caller, order, origin=call.origin)
    database = call.kernel.database
    for _ in range(_TRIES):
        try:
            async with database.org(prepared.scope) as tx:
                record = await edge.claim(call, tx, caller)
                if record.earlier is not None:
                    return edge.replay(call, caller, record.earlier)
                rows = await tx.pipeline(*prepared.bounds)
                answer = _answer(prepared.named(rows))
                await edge.keep(call, tx, caller, record, answer)
        except DatabaseError as failure:
            if prepared.refused(failure):
                raise await actions.refusal(database, prepared) from None
            continue
        except Problem as refusal:
            actions.forget(engine, prepared, refusal)
            raise
        prepared.accept(engine, rows)
        return answer
    raise conflict("conversation_busy", "Too many messages reach this conversation at once. Try again.")


def _answer(started: actions.Started) -> edge.Answer:
    out = RunStartedOut(id=started.run_id, status=started.status, conversation_id=started.conversation_id)
    return edge.Answer(202, edge.json_of(out), started.run_id)


async def _find(call: edge.Call, caller: Principal, run_id: UUID) -> queries.RunRow:
    rows = (await call.kernel.database.read(scope_of(caller), queries.run(RunId(run_id))))[0]
    if not rows:
        raise not_found()
    return rows[0]


def _records(call: edge.Call, caller: Principal, run: queries.RunRow) -> Records:
    return Records.of(call.kernel.vault, org_id=scope_of(caller).org_id, user_id=run.user_id, run_id=run.id)


def _page(records: Records, rows: list[queries.EventRow], position: Position, limit: int) -> EventPage:
    opened = [event for event in records.open(rows) if frame_after(event, position) is not None]
    items = [event_out(event) for event in opened[:limit]]
    return EventPage(items=items, next_cursor=items[-1].id if len(opened) > limit else None)


def _stream(  # noqa: PLR0913 - what a stream follows, and for whom
    call: edge.Call, engine: Engine, caller: Principal, *, run_id: RunId, user_id: UserId | None, position: Position
) -> Stream:
    kernel = call.kernel
    if user_id is None:
        raise not_found()
    return Stream(
        kernel.database,
        kernel.vault,
        engine.live,
        scope=scope_of(caller),
        run_id=run_id,
        user_id=user_id,
        position=position,
        is_valid=lambda: kernel.identity.still_valid(caller),
    )


def _joined(engine: Engine, caller: Principal, stream: Stream) -> Callable[[], None]:
    return engine.live.join(stream.scope.org_id, caller.user_id or stream.user_id)


def _check_room(engine: Engine, caller: Principal) -> None:
    if caller.org_id is not None and caller.user_id is not None:
        engine.live.check_room(caller.org_id, caller.user_id)


def _wants_stream(request: Request) -> bool:
    return MEDIA_TYPE in request.headers.get("accept", "")


def _wants_list(request: Request) -> bool:
    return not _wants_stream(request) and "application/json" in request.headers.get("accept", "")
