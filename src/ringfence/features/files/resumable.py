"""Uploads that go on after a cut: tus 1.0.0 (core, creation, expiration, termination), as its clients speak it."""

import base64
import binascii
from datetime import UTC
from email.utils import format_datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from ringfence.base.principal import Principal
from ringfence.base.problem import Problem, bad_request, not_found
from ringfence.controls.access import Permission
from ringfence.features import edge
from ringfence.features.edge.access import FilesCreate, Public, require

from . import pieces
from .form import arriving, under_way
from .holding import Holding
from .queries import Purpose, UploadRow
from .receiving import Announced, refuse_large

router = APIRouter(prefix="/api/v1/files/uploads", tags=["Files"])
VERSION: Final = "1.0.0"
_SPOKEN: Final = {"Tus-Resumable": VERSION}
_OFFSETS: Final = "application/offset+octet-stream"
_MAX_METADATA: Final = 4096
_UploadPath = Annotated[UUID, edge.path_id("upload_id")]
_Resumable = Annotated[
    str | None, Header(alias="Tus-Resumable", description="1.0.0", max_length=20, examples=["1.0.0"])
]
_Length = Annotated[
    str | None, Header(alias="Upload-Length", description="Bytes of the file.", max_length=20, examples=["1"])
]
_Metadata = Annotated[
    str | None,
    Header(alias="Upload-Metadata", description="`filename` and `filetype`, in base64.", max_length=_MAX_METADATA),
]
_Offset = Annotated[
    str | None, Header(alias="Upload-Offset", description="Where the body begins.", max_length=20, examples=["0"])
]
_Purpose = Annotated[Purpose, Query(description="As for POST /files.")]


@router.options("", status_code=204, response_class=Response, responses=edge.problems(429))
async def capabilities(_: Public, call: edge.CallDep) -> Response:
    """Says what is spoken here."""
    return Response(
        status_code=204,
        headers={
            **_SPOKEN,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,expiration,termination",
            "Tus-Max-Size": str(call.kernel.file_bounds.file_bytes),
        },
    )


@router.post(
    "", status_code=201, response_class=Response, responses=edge.problems(400, 401, 403, 412, 413, 422, 429, 503)
)
async def create(  # noqa: PLR0913 - the headers of the protocol
    caller: FilesCreate,
    call: edge.CallDep,
    resumable: _Resumable = None,
    length: _Length = None,
    metadata: _Metadata = None,
    purpose: _Purpose = "message",
) -> Response:
    """Begins an upload: `Location` is where its bytes go. Its id is the file's."""
    _speak(resumable)
    if purpose == "knowledge":
        await require(call, caller, Permission.KNOWLEDGE_WRITE)
    holding = Holding.of_user(call, caller, purpose)
    size_bytes = _number(length, "Upload-Length")
    refuse_large(holding, size_bytes)
    said = _said(metadata or "")
    announced = Announced.of(said.get("filename", ""), said.get("filetype", ""), size_bytes)
    upload = await pieces.begin(holding, announced)
    return Response(status_code=201, headers={**_state(upload), "Location": f"{router.prefix}/{upload.id}"})


@router.head("/{upload_id}", response_class=Response, responses=edge.problems(401, 403, 404, 412, 429, 503))
async def offset(
    upload_id: _UploadPath, caller: FilesCreate, call: edge.CallDep, resumable: _Resumable = None
) -> Response:
    """Says how much of an upload is here."""
    _speak(resumable)
    holding, upload = await _found(call, caller, upload_id)
    if upload is None:
        # Its last answer was lost: the client must learn that all is here, or it would begin anew.
        row = await pieces.finished(holding, upload_id, of=caller.user_id)
        return Response(status_code=200, headers=_at(row.size_bytes, row.size_bytes))
    if upload.received_bytes == upload.size_bytes:
        with under_way(holding):
            await pieces.finish(holding, upload)
    return Response(status_code=200, headers=_state(upload))


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=edge.problems(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 503),
    openapi_extra={
        "requestBody": {"required": True, "content": {_OFFSETS: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def append(
    upload_id: _UploadPath,
    caller: FilesCreate,
    call: edge.CallDep,
    resumable: _Resumable = None,
    offset: _Offset = None,
) -> Response:
    """Takes the bytes from an offset on; with the last of them the file is made, and GET /files/{id} tells of it.

    Where a request is cut, what came before stays.
    """
    _speak(resumable)
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != _OFFSETS:
        raise Problem(415, "unsupported_media", f"Send the bytes as {_OFFSETS}.")
    at = _number(offset, "Upload-Offset")
    holding, upload = await _found(call, caller, upload_id)
    if upload is None:
        raise not_found()
    length = call.request.headers.get("content-length", "0")
    if length.isdigit():
        refuse_large(holding, at + int(length))
    with under_way(holding):
        reached = await pieces.add(holding, upload, arriving(call.request), at=at)
        if reached == upload.size_bytes:
            await pieces.finish(holding, upload)
    if reached == upload.size_bytes:
        return Response(status_code=204, headers=_at(reached, upload.size_bytes))
    return Response(status_code=204, headers={**_state(upload), "Upload-Offset": str(reached)})


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=edge.problems(401, 403, 404, 412, 429, 503),
)
async def terminate(
    upload_id: _UploadPath, caller: FilesCreate, call: edge.CallDep, resumable: _Resumable = None
) -> Response:
    """Gives an upload up: what is here of it goes."""
    _speak(resumable)
    holding, upload = await _found(call, caller, upload_id)
    if upload is None:
        raise not_found()
    await pieces.give_up(holding, upload_id)
    return Response(status_code=204, headers=_SPOKEN)


async def _found(call: edge.Call, caller: Principal, upload_id: UUID) -> tuple[Holding, UploadRow | None]:
    """The upload, and the hold on it; None for one that is a file by now. Problem 404."""
    holding = Holding.of_user(call, caller, "message")
    upload = await pieces.find(holding, upload_id)
    if upload is None:
        return holding, None
    if upload.purpose == "knowledge":
        await require(call, caller, Permission.KNOWLEDGE_WRITE)
    elif upload.user_id != caller.user_id:
        # An administrator sees other people's files; what is sent goes under its sender's key, and on nobody else's.
        raise not_found()
    return Holding.of_user(call, caller, upload.purpose), upload


def _speak(version: str | None) -> None:
    if version != VERSION:
        raise Problem(412, "tus_version", f"Say Tus-Resumable: {VERSION}.", headers={"Tus-Version": VERSION, **_SPOKEN})


def _number(text: str | None, name: str) -> int:
    if text is None or not text.isdigit() or not text.isascii():
        raise bad_request("invalid_header", f"{name} is a whole number of bytes.")
    return int(text)


def _said(metadata: str) -> dict[str, str]:
    """What a client says of the file: pairs of a name and a value in base64, divided by commas."""
    said: dict[str, str] = {}
    for pair in metadata.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            said[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise bad_request("invalid_header", "Upload-Metadata is names with values in base64.") from None
    return said


def _state(upload: UploadRow) -> dict[str, str]:
    headers = _at(upload.received_bytes, upload.size_bytes)
    return {**headers, "Upload-Expires": format_datetime(upload.until.astimezone(UTC), usegmt=True)}


def _at(offset: int, length: int) -> dict[str, str]:
    return {**_SPOKEN, "Upload-Offset": str(offset), "Upload-Length": str(length)}
