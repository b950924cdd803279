"""/partner/secrets, by API key."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from ringfence.base.principal import OrgId
from ringfence.controls.tenancy import PartnerScope
from ringfence.controls.vault import KeyOwner
from ringfence.features.edge import CallDep, ListingDep, PageOf, WriteDep, answer, once, path_id, problems
from ringfence.features.edge.access import SecretsRead, SecretsWrite
from ringfence.features.secrets import actions, queries
from ringfence.features.secrets.model import SecretNew, SecretOut, SecretStored

router = APIRouter(prefix="/api/v1/partner/secrets", tags=["secrets"])
SecretPath = Annotated[UUID, path_id("secret_id")]
Whose = Annotated[UUID, Query(description="The organization whose secrets are listed.")]


@router.post(
    "",
    status_code=201,
    response_model=SecretStored,
    responses={200: {"model": SecretStored, "description": "Replaced"}, **problems(401, 403, 404, 409, 413, 422)},
)
async def keep(body: SecretNew, caller: SecretsWrite, call: WriteDep) -> Response:
    """Keeps a secret for an organization's tools, or replaces the one of this name; nothing ever shows its value."""

    def whose(_secret_id: UUID) -> KeyOwner:
        return KeyOwner.organization(OrgId(body.organization_id))

    await call.kernel.vault.warm(whose(body.organization_id))
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.keep(call, tx, caller, body), sealed_for=whose)


@router.get("", response_model=PageOf[SecretOut], responses=problems(400, 401, 403, 404, 422))
async def list_(organization_id: Whose, caller: SecretsRead, call: CallDep, listing: ListingDep) -> Response:
    """An organization's secrets, newest first: names, hosts and last use."""
    call.reads_of(organization_id)
    cursors = call.kernel.cursors("secrets", caller.partner_id, organization_id)
    window = listing.window(cursors)
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx, tx.narrow(OrgId(organization_id)) as org_tx:
        rows = await org_tx.fetch(queries.SECRETS(window.before, window.limit + 1))
    page = cursors.page(rows, window, lambda row: row.id)
    items = [actions.secret_out(row) for row in page.items]
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/{secret_id}", response_model=SecretOut, responses=problems(401, 403, 404))
async def get(secret_id: SecretPath, caller: SecretsRead, call: CallDep) -> Response:
    """One secret without its value."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        org_id = await actions.organization(tx, secret_id)
        call.reads_of(org_id)
        async with tx.narrow(org_id) as org_tx:
            row = await org_tx.get(queries.SECRET(secret_id))
    return answer(200, actions.secret_out(row))


@router.delete("/{secret_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def delete(secret_id: SecretPath, caller: SecretsWrite, call: WriteDep) -> Response:
    """Deletes a secret; a call that needs it fails from then on."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.delete(call, tx, caller, secret_id))
