"""Files over HTTP: hand in, list, look at, fetch, delete; by their users, and knowledge by partners."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from ringfence.base.principal import OrgId, Principal
from ringfence.controls.access import Permission
from ringfence.features import edge
from ringfence.features.edge.access import (
    FilesCreate,
    FilesDelete,
    FilesRead,
    KnowledgeReadByKey,
    KnowledgeWriteByKey,
    require,
)

from . import actions, queries, sending
from .bodies import FileOut, file_out
from .form import FormFile, announced_bytes, under_way
from .holding import Holding
from .queries import FileRow, Purpose
from .receiving import Announced

router = APIRouter(prefix="/api/v1/files", tags=["Files"])
partner_router = APIRouter(prefix="/api/v1/partner/organizations/{org_id}/files", tags=["Files"])
_FilePath = Annotated[UUID, edge.path_id("file_id")]
_KnowledgePath = Annotated[UUID, edge.path_id("knowledge_id")]
_OrgPath = Annotated[UUID, edge.path_id("org_id")]
_Purpose = Annotated[
    Purpose,
    Query(description="`message`: the user's own; `knowledge`: the organization's, which administrators write."),
]
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A form with one part, the file, named `file`.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_BYTES: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    for status, text in ((200, "The file, as an attachment."), (206, "The range that was asked for."))
}


@router.post(
    "",
    status_code=201,
    response_model=FileOut,
    responses=edge.problems(400, 401, 403, 408, 411, 413, 415, 422, 429, 503),
    openapi_extra=_FORM,
)
async def create(caller: FilesCreate, call: edge.CallDep, purpose: _Purpose = "message") -> Response:
    """Takes in one file, as it comes. Larger ones are better sent to /files/uploads, which can go on after a cut."""
    await _may_write(call, caller, purpose)
    return await _create(Holding.of_user(call, caller, purpose), call)


@router.get("", response_model=edge.PageOf[FileOut], responses=edge.problems(400, 401, 403, 422, 429, 503))
async def list_(
    caller: FilesRead, call: edge.CallDep, listing: edge.ListingDep, purpose: _Purpose = "message"
) -> Response:
    """Lists files, newest first."""
    return await _list(Holding.of_user(call, caller, purpose), listing)


@router.get("/{file_id}", response_model=FileOut, responses=edge.problems(401, 403, 404, 429, 503))
async def get(file_id: _FilePath, caller: FilesRead, call: edge.CallDep) -> Response:
    """Gives one file's name, type, size and state."""
    _, shown = await _found(Holding.of_user(call, caller, "message"), file_id, None)
    return edge.answer(200, shown)


@router.get(
    "/{file_id}/content",
    response_class=Response,
    responses={**_BYTES, **edge.problems(401, 403, 404, 409, 416, 429, 503)},
)
async def content(file_id: _FilePath, caller: FilesRead, call: edge.CallDep) -> Response:
    """Gives the file itself, as an attachment; one range of it where the request asks for one."""
    return await _content(Holding.of_user(call, caller, "message"), call, file_id, None)


@router.delete(
    "/{file_id}",
    status_code=204,
    response_class=Response,
    responses=edge.problems(400, 401, 403, 404, 409, 422, 429, 503),
)
async def delete(file_id: _FilePath, caller: FilesDelete, call: edge.WriteDep) -> Response:
    """Deletes a file; its content goes within minutes."""
    row, _ = await _found(Holding.of_user(call, caller, "message"), file_id, None)
    await _may_write(call, caller, row.purpose)
    return await _delete(Holding.of_user(call, caller, row.purpose), call, caller, file_id)


@partner_router.post(
    "",
    status_code=201,
    response_model=FileOut,
    responses=edge.problems(400, 401, 403, 404, 408, 411, 413, 415, 422, 429, 503),
    openapi_extra=_FORM,
)
async def create_knowledge(org_id: _OrgPath, caller: KnowledgeWriteByKey, call: edge.CallDep) -> Response:
    """Puts a file into an organization's knowledge, which all its users' agents may read."""
    return await _create(Holding.of_partner(call, caller, OrgId(org_id)), call)


@partner_router.get("", response_model=edge.PageOf[FileOut], responses=edge.problems(400, 401, 403, 404, 422, 429, 503))
async def list_knowledge(
    org_id: _OrgPath, caller: KnowledgeReadByKey, call: edge.CallDep, listing: edge.ListingDep
) -> Response:
    """Lists the files of an organization's knowledge, newest first."""
    return await _list(Holding.of_partner(call, caller, OrgId(org_id)), listing)


@partner_router.get("/{knowledge_id}", response_model=FileOut, responses=edge.problems(401, 403, 404, 429, 503))
async def get_knowledge(
    org_id: _OrgPath, knowledge_id: _KnowledgePath, caller: KnowledgeReadByKey, call: edge.CallDep
) -> Response:
    """Gives one file of an organization's knowledge: its name, type, size and state."""
    return edge.answer(
        200, (await _found(Holding.of_partner(call, caller, OrgId(org_id)), knowledge_id, "knowledge"))[1]
    )


@partner_router.get(
    "/{knowledge_id}/content",
    response_class=Response,
    responses={**_BYTES, **edge.problems(401, 403, 404, 409, 416, 429, 503)},
)
async def knowledge_content(
    org_id: _OrgPath, knowledge_id: _KnowledgePath, caller: KnowledgeReadByKey, call: edge.CallDep
) -> Response:
    """Gives a file of an organization's knowledge, as an attachment."""
    return await _content(Holding.of_partner(call, caller, OrgId(org_id)), call, knowledge_id, "knowledge")


@partner_router.delete(
    "/{knowledge_id}",
    status_code=204,
    response_class=Response,
    responses=edge.problems(400, 401, 403, 404, 409, 422, 429, 503),
)
async def delete_knowledge(
    org_id: _OrgPath, knowledge_id: _KnowledgePath, caller: KnowledgeWriteByKey, call: edge.WriteDep
) -> Response:
    """Takes a file out of an organization's knowledge."""
    return await _delete(Holding.of_partner(call, caller, OrgId(org_id)), call, caller, knowledge_id)


async def _may_write(call: edge.Call, caller: Principal, purpose: Purpose) -> None:
    if purpose == "knowledge":
        await require(call, caller, Permission.KNOWLEDGE_WRITE)


async def _create(holding: Holding, call: edge.Call) -> Response:
    expected = announced_bytes(call.request, holding)
    form = FormFile(call.request)
    with under_way(holding):
        name, media_type = await form.open()
        row = await actions.take_in(holding, Announced.of(name, media_type, expected), form.pieces())
    return edge.answer(201, file_out(holding.kernel.vault, holding.org_id, row))


async def _list(holding: Holding, listing: edge.ListingDep) -> Response:
    cursors = holding.kernel.cursors("files", holding.org_id, holding.user_id, holding.purpose)
    window = listing.window(cursors)
    async with holding.open() as tx:
        rows = await tx.fetch(queries.list_(window, holding.purpose))
    page = cursors.page(rows, window, lambda row: row.id)
    items = [file_out(holding.kernel.vault, holding.org_id, row) for row in page.items]
    return edge.answer(200, edge.PageOf(items=items, next_cursor=page.next_cursor))


async def _found(holding: Holding, file_id: UUID, purpose: Purpose | None) -> tuple[FileRow, FileOut]:
    async with holding.open() as tx:
        row = await tx.get(queries.get(file_id, purpose))
    return row, file_out(holding.kernel.vault, holding.org_id, row)


async def _content(holding: Holding, call: edge.Call, file_id: UUID, purpose: Purpose | None) -> Response:
    row, shown = await _found(holding, file_id, purpose)
    return await sending.respond(holding, row, shown, call.request.headers.get("range"))


async def _delete(holding: Holding, call: edge.Call, caller: Principal, file_id: UUID) -> Response:
    async with holding.open() as tx:

        async def act() -> edge.Answer:
            await actions.delete(tx, holding, file_id)
            return edge.Answer(204)

        return await edge.once(call, tx, caller, act)
