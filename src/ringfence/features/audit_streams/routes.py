"""/partner/audit-streams and /partner/organizations/{org_id}/audit-streams, by API key."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body
from starlette.responses import Response

from ringfence.base.principal import OrgId
from ringfence.controls.streams import rows
from ringfence.controls.tenancy import PartnerTx
from ringfence.features.audit_streams import actions
from ringfence.features.audit_streams.actions import Asked
from ringfence.features.audit_streams.bodies import (
    AuditStreamChange,
    AuditStreamNew,
    AuditStreamOut,
    AuditStreamShown,
    SecretRotation,
    Tried,
)
from ringfence.features.edge import (
    Answer,
    CallDep,
    Listing,
    ListingDep,
    PageOf,
    WriteDep,
    answer,
    once,
    path_id,
    problems,
)
from ringfence.features.edge.access import AuditStreamsRead, AuditStreamsWrite

router = APIRouter(prefix="/api/v1/partner", tags=["audit streams"])
OrgPath = Annotated[UUID, path_id("org_id")]
StreamPath = Annotated[UUID, path_id("stream_id")]
OwnPath = Annotated[UUID, path_id("partner_stream_id")]
Rotation = Annotated[SecretRotation, Body()]
_OWN = "/audit-streams"
_ORGS = "/organizations/{org_id}/audit-streams"
_ONE = "/{stream_id}"
_OWN_ONE = "/audit-streams/{partner_stream_id}"
_MADE = problems(401, 403, 404, 409, 413, 422)
_KNOWN = problems(401, 403, 404)
_CHANGED = problems(401, 403, 404, 409, 413, 422)


@router.post(_OWN, status_code=201, response_model=AuditStreamShown, responses=_MADE)
async def create_own(body: AuditStreamNew, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Sets up a stream of the partner's own log; its secret is shown once."""
    return await _create(Asked(call, caller, None), body)


@router.get(_OWN, response_model=PageOf[AuditStreamOut], responses=problems(400, 401, 403, 422))
async def list_own(caller: AuditStreamsRead, call: CallDep, listing: ListingDep) -> Response:
    """The streams of the partner's own log, newest first, and how far they are."""
    return await _list(Asked(call, caller, None), listing)


@router.get(_OWN_ONE, response_model=AuditStreamOut, responses=_KNOWN)
async def get_own(stream_id: OwnPath, caller: AuditStreamsRead, call: CallDep) -> Response:
    """One stream of the partner's own log."""
    return await _get(Asked(call, caller, None), stream_id)


@router.patch(_OWN_ONE, response_model=AuditStreamOut, responses=_CHANGED)
async def change_own(
    stream_id: OwnPath, body: AuditStreamChange, caller: AuditStreamsWrite, call: WriteDep
) -> Response:
    """Pauses a stream of the partner's own log, or resumes it where it stopped."""
    return await _change(Asked(call, caller, None), stream_id, body)


@router.delete(_OWN_ONE, status_code=204, responses=problems(401, 403, 404, 409))
async def delete_own(stream_id: OwnPath, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Ends a stream of the partner's own log."""
    return await _delete(Asked(call, caller, None), stream_id)


@router.post(_OWN_ONE + "/rotate-secret", response_model=AuditStreamShown, responses=_CHANGED)
async def rotate_own(
    stream_id: OwnPath, caller: AuditStreamsWrite, call: WriteDep, body: Rotation = SecretRotation()
) -> Response:
    """Gives a webhook a new secret, shown once; the old one signs beside it for the overlap."""
    return await _rotate(Asked(call, caller, None), stream_id, body)


@router.post(_OWN_ONE + "/test", response_model=Tried, responses=_CHANGED)
async def test_own(stream_id: OwnPath, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Sends something made up the stream's way, and says what became of it."""
    return await _test(Asked(call, caller, None), stream_id)


@router.post(_ORGS, status_code=201, response_model=AuditStreamShown, responses=_MADE)
async def create(org_id: OrgPath, body: AuditStreamNew, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Sets up a stream of an organization's log; its secret is shown once."""
    return await _create(Asked(call, caller, OrgId(org_id)), body)


@router.get(_ORGS, response_model=PageOf[AuditStreamOut], responses=problems(400, 401, 403, 404, 422))
async def list_(org_id: OrgPath, caller: AuditStreamsRead, call: CallDep, listing: ListingDep) -> Response:
    """The streams of an organization's log, newest first, and how far they are."""
    return await _list(Asked(call, caller, OrgId(org_id)), listing)


@router.get(_ORGS + _ONE, response_model=AuditStreamOut, responses=_KNOWN)
async def get(org_id: OrgPath, stream_id: StreamPath, caller: AuditStreamsRead, call: CallDep) -> Response:
    """One stream of an organization's log."""
    return await _get(Asked(call, caller, OrgId(org_id)), stream_id)


@router.patch(_ORGS + _ONE, response_model=AuditStreamOut, responses=_CHANGED)
async def change(
    org_id: OrgPath, stream_id: StreamPath, body: AuditStreamChange, caller: AuditStreamsWrite, call: WriteDep
) -> Response:
    """Pauses a stream of an organization's log, or resumes it where it stopped."""
    return await _change(Asked(call, caller, OrgId(org_id)), stream_id, body)


@router.delete(_ORGS + _ONE, status_code=204, responses=problems(401, 403, 404, 409))
async def delete(org_id: OrgPath, stream_id: StreamPath, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Ends a stream of an organization's log."""
    return await _delete(Asked(call, caller, OrgId(org_id)), stream_id)


@router.post(_ORGS + _ONE + "/rotate-secret", response_model=AuditStreamShown, responses=_CHANGED)
async def rotate(
    org_id: OrgPath,
    stream_id: StreamPath,
    caller: AuditStreamsWrite,
    call: WriteDep,
    body: Rotation = SecretRotation(),
) -> Response:
    """Gives a webhook a new secret, shown once; the old one signs beside it for the overlap."""
    return await _rotate(Asked(call, caller, OrgId(org_id)), stream_id, body)


@router.post(_ORGS + _ONE + "/test", response_model=Tried, responses=_CHANGED)
async def test(org_id: OrgPath, stream_id: StreamPath, caller: AuditStreamsWrite, call: WriteDep) -> Response:
    """Sends something made up the stream's way, and says what became of it."""
    return await _test(Asked(call, caller, OrgId(org_id)), stream_id)


async def _create(asked: Asked, body: AuditStreamNew) -> Response:
    return await _once(asked, lambda tx: actions.create(asked, tx, body))


async def _list(asked: Asked, listing: Listing) -> Response:
    cursors = asked.call.kernel.cursors("audit_streams", asked.caller.partner_id, asked.org_id)
    window = listing.window(cursors)
    async with asked.partner() as tx, asked.within(tx) as log_tx:
        found = await log_tx.fetch(rows.STREAMS(window.before, window.limit + 1))
    page = cursors.page(found, window, lambda row: row.id)
    items = [await actions.out(asked, row) for row in page.items]
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


async def _get(asked: Asked, stream_id: UUID) -> Response:
    async with asked.partner() as tx, asked.within(tx) as log_tx:
        row = await log_tx.get(rows.STREAM(stream_id))
    return answer(200, await actions.out(asked, row))


async def _change(asked: Asked, stream_id: UUID, body: AuditStreamChange) -> Response:
    return await _once(asked, lambda tx: actions.change(asked, tx, stream_id, body))


async def _delete(asked: Asked, stream_id: UUID) -> Response:
    return await _once(asked, lambda tx: actions.delete(asked, tx, stream_id))


async def _rotate(asked: Asked, stream_id: UUID, body: SecretRotation) -> Response:
    return await _once(asked, lambda tx: actions.rotate(asked, tx, stream_id, body))


async def _test(asked: Asked, stream_id: UUID) -> Response:
    row, became = await actions.send_test(asked, stream_id)
    return await _once(asked, lambda tx: actions.tested(asked, tx, row, became))


async def _once(asked: Asked, act: Callable[[PartnerTx], Awaitable[Answer]]) -> Response:
    """Acts in a transaction of the partner, or gives the earlier answer, which lies under the log owner's key."""
    async with asked.partner() as tx:
        owner = asked.key_owner
        return await once(asked.call, tx, asked.caller, lambda: act(tx), sealed_for=lambda _id: owner)
