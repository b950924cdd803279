"""The audit log over HTTP: an administrator reads the own organization's, a partner's key its own and theirs.

/audit-log, /partner/audit-log, /partner/organizations/{org_id}/audit-log: the same five reads of each.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ringfence.base.principal import OrgId
from ringfence.features.edge import CallDep, ListingDep, PageOf, answer, path_id, problems
from ringfence.features.edge.access import AuditReadByKey, AuditReadBySession

from . import actions
from .bodies import EXPORTED, NOTE, RECEIPT, ConsistencyOut, EntryOut, ExportDep, FilterDep, SizesDep, listed, text
from .reach import organization, own_organization, own_partner

router = APIRouter(prefix="/api/v1/audit-log", tags=["Audit log"])
partner_router = APIRouter(prefix="/api/v1/partner", tags=["Audit log"])
_OWN, _THEIRS = "/audit-log", "/organizations/{org_id}/audit-log"
_OrgPath = Annotated[UUID, path_id("org_id")]
_EntryPath = Annotated[UUID, path_id("entry_id")]


@router.get("", response_model=PageOf[EntryOut], responses=problems(400, 401, 403, 422, 429, 503))
async def list_(caller: AuditReadBySession, call: CallDep, wanted: FilterDep, listing: ListingDep) -> Response:
    """Lists the entries of the administrator's organization, newest first."""
    return answer(200, listed(await actions.find(call, own_organization(caller), wanted, listing)))


@partner_router.get(_OWN, response_model=PageOf[EntryOut], responses=problems(400, 401, 403, 422, 429, 503))
async def list_own(caller: AuditReadByKey, call: CallDep, wanted: FilterDep, listing: ListingDep) -> Response:
    """Lists the entries of the partner's own log, newest first."""
    return answer(200, listed(await actions.find(call, own_partner(caller), wanted, listing)))


@partner_router.get(_THEIRS, response_model=PageOf[EntryOut], responses=problems(400, 401, 403, 404, 422, 429, 503))
async def list_theirs(
    org_id: _OrgPath, caller: AuditReadByKey, call: CallDep, wanted: FilterDep, listing: ListingDep
) -> Response:
    """Lists the entries of an organization's log, newest first; also of one that was erased."""
    reading = await organization(call, caller, OrgId(org_id))
    return answer(200, listed(await actions.find(call, reading, wanted, listing)))


@router.get("/export", response_class=Response, responses={200: EXPORTED, **problems(401, 403, 422, 429, 503)})
async def export(caller: AuditReadBySession, call: CallDep, wanted: FilterDep, asked: ExportDep) -> Response:
    """Streams the log of the administrator's organization as a file; the export is an entry of it."""
    return await actions.export(call, own_organization(caller), wanted, asked.form, from_index=asked.from_index)


@partner_router.get(
    _OWN + "/export", response_class=Response, responses={200: EXPORTED, **problems(401, 403, 422, 429, 503)}
)
async def export_own(caller: AuditReadByKey, call: CallDep, wanted: FilterDep, asked: ExportDep) -> Response:
    """Streams the partner's own log as a file; the export is an entry of it."""
    return await actions.export(call, own_partner(caller), wanted, asked.form, from_index=asked.from_index)


@partner_router.get(
    _THEIRS + "/export", response_class=Response, responses={200: EXPORTED, **problems(401, 403, 404, 422, 429, 503)}
)
async def export_theirs(
    org_id: _OrgPath, caller: AuditReadByKey, call: CallDep, wanted: FilterDep, asked: ExportDep
) -> Response:
    """Streams an organization's log as a file, also of one that was erased; the export is an entry of it."""
    reading = await organization(call, caller, OrgId(org_id))
    return await actions.export(call, reading, wanted, asked.form, from_index=asked.from_index)


@router.get("/checkpoint", response_class=Response, responses={200: NOTE, **problems(401, 403, 429, 503)})
async def checkpoint(caller: AuditReadBySession, call: CallDep) -> Response:
    """Gives the newest checkpoint of the administrator's organization: a signed note to keep."""
    return text(await actions.checkpoint(call, own_organization(caller)))


@partner_router.get(
    _OWN + "/checkpoint", response_class=Response, responses={200: NOTE, **problems(401, 403, 429, 503)}
)
async def checkpoint_own(caller: AuditReadByKey, call: CallDep) -> Response:
    """Gives the newest checkpoint of the partner's own log: a signed note to keep."""
    return text(await actions.checkpoint(call, own_partner(caller)))


@partner_router.get(
    _THEIRS + "/checkpoint", response_class=Response, responses={200: NOTE, **problems(401, 403, 404, 429, 503)}
)
async def checkpoint_theirs(org_id: _OrgPath, caller: AuditReadByKey, call: CallDep) -> Response:
    """Gives the newest checkpoint of an organization's log: a signed note to keep."""
    return text(await actions.checkpoint(call, await organization(call, caller, OrgId(org_id))))


@router.get(
    "/entries/{entry_id}/proof",
    response_class=Response,
    responses={200: RECEIPT, **problems(401, 403, 404, 409, 429, 503)},
)
async def proof(entry_id: _EntryPath, caller: AuditReadBySession, call: CallDep) -> Response:
    """Gives the receipt of an entry: that it is in the log, under a signed checkpoint."""
    return text(await actions.receipt(call, own_organization(caller), entry_id))


@partner_router.get(
    _OWN + "/entries/{entry_id}/proof",
    response_class=Response,
    responses={200: RECEIPT, **problems(401, 403, 404, 409, 429, 503)},
)
async def proof_own(entry_id: _EntryPath, caller: AuditReadByKey, call: CallDep) -> Response:
    """Gives the receipt of an entry of the partner's own log."""
    return text(await actions.receipt(call, own_partner(caller), entry_id))


@partner_router.get(
    _THEIRS + "/entries/{entry_id}/proof",
    response_class=Response,
    responses={200: RECEIPT, **problems(401, 403, 404, 409, 429, 503)},
)
async def proof_theirs(org_id: _OrgPath, entry_id: _EntryPath, caller: AuditReadByKey, call: CallDep) -> Response:
    """Gives the receipt of an entry of an organization's log."""
    return text(await actions.receipt(call, await organization(call, caller, OrgId(org_id)), entry_id))


@router.get("/consistency", response_model=ConsistencyOut, responses=problems(401, 403, 422, 429, 503))
async def consistency(caller: AuditReadBySession, call: CallDep, sizes: SizesDep) -> Response:
    """Proves that the log of one checkpoint goes on from that of another."""
    return answer(200, await actions.consistency(call, own_organization(caller), sizes))


@partner_router.get(_OWN + "/consistency", response_model=ConsistencyOut, responses=problems(401, 403, 422, 429, 503))
async def consistency_own(caller: AuditReadByKey, call: CallDep, sizes: SizesDep) -> Response:
    """Proves that the partner's own log of one checkpoint goes on from that of another."""
    return answer(200, await actions.consistency(call, own_partner(caller), sizes))


@partner_router.get(
    _THEIRS + "/consistency", response_model=ConsistencyOut, responses=problems(401, 403, 404, 422, 429, 503)
)
async def consistency_theirs(org_id: _OrgPath, caller: AuditReadByKey, call: CallDep, sizes: SizesDep) -> Response:
    """Proves that an organization's log of one checkpoint goes on from that of another."""
    reading = await organization(call, caller, OrgId(org_id))
    return answer(200, await actions.consistency(call, reading, sizes))
