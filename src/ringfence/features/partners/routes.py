"""/partner/settings, /partner/signing-keys and /partner/api-keys, all by API key."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body
from starlette.responses import Response

from ringfence.base.principal import KeyId
from ringfence.controls.tenancy import PartnerScope
from ringfence.features.edge import (
    CallDep,
    ListingDep,
    PageOf,
    WriteDep,
    answer,
    once,
    path_id,
    problems,
)
from ringfence.features.edge.access import (
    ApiKeysRead,
    ApiKeysWrite,
    SettingsRead,
    SettingsWrite,
    SigningKeysRead,
    SigningKeysWrite,
)
from ringfence.features.partners import actions, keys, queries, signing_key_queries, signing_keys
from ringfence.features.partners.model import (
    ApiKeyNew,
    ApiKeyOut,
    ApiKeyRotation,
    ApiKeyShown,
    PartnerSettingsOut,
    SettingsChange,
)
from ringfence.features.partners.signing_key_model import SigningKeyNew, SigningKeyOut, SigningKeyShown

router = APIRouter(prefix="/api/v1/partner", tags=["partner"])
KeyIdPath = Annotated[UUID, path_id("key_id")]


@router.get("/settings", response_model=PartnerSettingsOut, responses=problems(401, 403))
async def settings(caller: SettingsRead, call: CallDep) -> Response:
    """The partner's settings."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return answer(200, await actions.settings(call.kernel, tx))


@router.patch("/settings", response_model=PartnerSettingsOut, responses=problems(401, 403, 409, 422))
async def change_settings(body: SettingsChange, caller: SettingsWrite, call: WriteDep) -> Response:
    """Changes what is given."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: actions.change_settings(call, tx, caller, body))
    call.kernel.identity.origins.forget(caller.partner_id)
    return response


@router.post(
    "/signing-keys",
    status_code=201,
    response_model=SigningKeyShown,
    responses=problems(401, 403, 404, 409, 422),
)
async def add_signing_key(body: SigningKeyNew, caller: SigningKeysWrite, call: WriteDep) -> Response:
    """Registers a public key, the address of a key set, or HS256 with a secret of ours; several may be active."""
    material = await signing_keys.material(call, caller, body)
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: signing_keys.add(call, tx, caller, body, material))


@router.get("/signing-keys", response_model=PageOf[SigningKeyOut], responses=problems(400, 401, 403, 422))
async def list_signing_keys(caller: SigningKeysRead, call: CallDep, listing: ListingDep) -> Response:
    """The registered keys, newest first, revoked ones included; the keys of a set stand in it."""
    cursors = call.kernel.cursors("signing_keys", caller.partner_id)
    window = listing.window(cursors)
    bound = signing_key_queries.LISTED(None, window.before, window.limit + 1)
    rows = (await call.kernel.database.read(PartnerScope(caller.partner_id), bound))[0]
    page = cursors.page(rows, window, lambda row: row.id)
    return answer(200, PageOf(items=[SigningKeyOut.of(row) for row in page.items], next_cursor=page.next_cursor))


@router.delete("/signing-keys/{key_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def revoke_signing_key(key_id: KeyIdPath, caller: SigningKeysWrite, call: WriteDep) -> Response:
    """Revokes a key, a key set or one key of a set, and ends every session that it vouched for."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: signing_keys.revoke(call, tx, caller, key_id))
    call.kernel.invalidation.wake()
    return response


@router.post("/api-keys", status_code=201, response_model=ApiKeyShown, responses=problems(401, 403, 409, 422))
async def add_api_key(body: ApiKeyNew, caller: ApiKeysWrite, call: WriteDep) -> Response:
    """Makes a key and shows it once."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: keys.add_api_key(call, tx, caller, body))


@router.get("/api-keys", response_model=PageOf[ApiKeyOut], responses=problems(400, 401, 403, 422))
async def api_keys(caller: ApiKeysRead, call: CallDep, listing: ListingDep) -> Response:
    """The partner's keys, newest first, with their use."""
    cursors = call.kernel.cursors("api_keys", caller.partner_id)
    window = listing.window(cursors)
    bound = queries.API_KEYS(window.before, window.limit + 1)
    rows = (await call.kernel.database.read(PartnerScope(caller.partner_id), bound))[0]
    page = cursors.page(rows, window, lambda row: row.id)
    return answer(200, PageOf(items=[keys.api_key_out(row) for row in page.items], next_cursor=page.next_cursor))


@router.delete("/api-keys/{key_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def revoke_api_key(key_id: KeyIdPath, caller: ApiKeysWrite, call: WriteDep) -> Response:
    """Revokes a key at once."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: keys.revoke_api_key(call, tx, caller, KeyId(key_id)))
    call.kernel.invalidation.wake()
    return response


@router.post(
    "/api-keys/{key_id}/rotate",
    status_code=201,
    response_model=ApiKeyShown,
    responses=problems(401, 403, 404, 409, 422),
)
async def rotate_api_key(
    key_id: KeyIdPath,
    caller: ApiKeysWrite,
    call: WriteDep,
    body: Annotated[ApiKeyRotation, Body()] = ApiKeyRotation(),
) -> Response:
    """Makes a successor and shows it once; the old key goes on for the overlap."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: keys.rotate_api_key(call, tx, caller, KeyId(key_id), body))
    call.kernel.invalidation.wake()
    return response
