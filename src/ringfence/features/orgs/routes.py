"""/partner/organizations and their users, all by API key."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.coordination import Kind
from ringfence.controls.identity import cut_off
from ringfence.controls.tenancy import OrgScope, PartnerScope
from ringfence.controls.vault import KeyOwner
from ringfence.features.edge import CallDep, ListingDep, PageOf, WriteDep, answer, once, path_id, problems
from ringfence.features.edge.access import (
    OrganizationsErase,
    OrganizationsRead,
    OrganizationsWrite,
    UsersErase,
    UsersRead,
    UsersWrite,
)
from ringfence.features.orgs import actions, erasure, keys, queries, users
from ringfence.features.orgs.model import (
    Erased,
    KeyRotationOut,
    OrganizationChange,
    OrganizationKeysOut,
    OrganizationNew,
    OrganizationOut,
    UserChange,
    UserOut,
)

router = APIRouter(prefix="/api/v1/partner/organizations", tags=["organizations"])
OrgPath = Annotated[UUID, path_id("org_id")]
UserPath = Annotated[UUID, path_id("user_id")]


def _organization(subject_id: UUID) -> KeyOwner:
    return KeyOwner.organization(OrgId(subject_id))


@router.post("", status_code=201, response_model=OrganizationOut, responses=problems(401, 403, 409, 422))
async def create(body: OrganizationNew, caller: OrganizationsWrite, call: WriteDep) -> Response:
    """Makes an organization with a key of its own."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: actions.create(call, tx, caller, body), sealed_for=_organization)


@router.get("", response_model=PageOf[OrganizationOut], responses=problems(400, 401, 403, 422))
async def list_(caller: OrganizationsRead, call: CallDep, listing: ListingDep) -> Response:
    """The partner's organizations, newest first."""
    kernel, partner_id = call.kernel, caller.partner_id
    cursors = kernel.cursors("organizations", partner_id)
    window = listing.window(cursors)
    bound = queries.DIRECTORY(window.before, window.limit + 1)
    page = cursors.page((await kernel.database.read(PartnerScope(partner_id), bound))[0], window, lambda row: row)
    await kernel.vault.warm(*map(KeyOwner.organization, page.items))
    items: list[OrganizationOut] = []
    for org_id in page.items:  # one organization at a time: there is no transaction over many
        scope = OrgScope(partner_id, org_id, Role.PARTNER)
        rows = (await kernel.database.read(scope, queries.ORGANIZATION()))[0]
        items.extend(actions.opened(kernel.vault, row) for row in rows)
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/{org_id}", response_model=OrganizationOut, responses=problems(401, 403, 404))
async def get(org_id: OrgPath, caller: OrganizationsRead, call: CallDep) -> Response:
    """One organization."""
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx, tx.narrow(OrgId(org_id)) as org_tx:
        return answer(200, await actions.shown(call.kernel.vault, org_tx))


@router.patch("/{org_id}", response_model=OrganizationOut, responses=problems(401, 403, 404, 409, 422))
async def change(org_id: OrgPath, body: OrganizationChange, caller: OrganizationsWrite, call: WriteDep) -> Response:
    """Renames, sets, restricts or resumes an organization; restricted, its sessions and runs end within seconds.

    Its runs end as fast where generative AI is switched off.
    """
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx:
        response = await once(
            call, tx, caller, lambda: actions.change(call, tx, caller, OrgId(org_id), body), sealed_for=_organization
        )
    cut = cut_off.CutOff(Kind.ORGANIZATION, org_id) if body.status == cut_off.RESTRICTED else None
    await cut_off.echo(call.kernel.database, call.kernel.invalidation, scope, cut)
    if actions.ends_runs(body):
        await actions.release_runs(call, caller, OrgId(org_id))
    return response


@router.delete("/{org_id}", response_model=Erased, responses=problems(401, 403, 404, 409))
async def erase(org_id: OrgPath, caller: OrganizationsErase, call: WriteDep) -> Response:
    """Erases an organization with everything in it, destroys its key and certifies it."""
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: erasure.erase_organization(call, tx, caller, OrgId(org_id)))
    await erasure.finish_destructions(call.kernel)
    return response


@router.get("/{org_id}/keys", response_model=OrganizationKeysOut, responses=problems(401, 403, 404))
async def get_keys(org_id: OrgPath, caller: OrganizationsRead, call: CallDep) -> Response:
    """How far the rotations of the organization's keys are."""
    await keys.check_owned(call.kernel, caller, OrgId(org_id))
    return answer(200, await keys.shown(call.kernel, OrgId(org_id)))


@router.post(
    "/{org_id}/keys/rotate",
    status_code=202,
    response_model=KeyRotationOut,
    responses=problems(401, 403, 404, 409, 422, 429),
)
async def rotate_keys(org_id: OrgPath, caller: OrganizationsWrite, call: WriteDep) -> Response:
    """Gives the organization and its users new keys, and seals anew what lies under the old ones, in the background.

    While a rotation of it is `sealing` or `settling`, that one is the answer.
    """
    await keys.check_owned(call.kernel, caller, OrgId(org_id))
    await call.kernel.limits.check("key_rotations", caller.partner_id)
    async with call.kernel.key_turn, call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        return await once(call, tx, caller, lambda: keys.ask(call, caller, OrgId(org_id)))


@router.get("/{org_id}/users", response_model=PageOf[UserOut], responses=problems(400, 401, 403, 404, 422))
async def list_users(org_id: OrgPath, caller: UsersRead, call: CallDep, listing: ListingDep) -> Response:
    """The organization's users, newest first."""
    cursors = call.kernel.cursors("users", caller.partner_id, org_id)
    window = listing.window(cursors)
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx, tx.narrow(OrgId(org_id)) as org_tx:
        rows = await org_tx.fetch(queries.USERS(window.before, window.limit + 1))
        page = cursors.page(rows, window, lambda row: row.id)
        await call.kernel.vault.warm(*(KeyOwner.user(OrgId(org_id), row.id) for row in page.items))
        items = [users.opened(call.kernel.vault, org_tx, row) for row in page.items]
    return answer(200, PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/{org_id}/users/{user_id}", response_model=UserOut, responses=problems(401, 403, 404))
async def get_user(org_id: OrgPath, user_id: UserPath, caller: UsersRead, call: CallDep) -> Response:
    """One user."""
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx, tx.narrow(OrgId(org_id)) as org_tx:
        return answer(200, await users.shown(call.kernel.vault, org_tx, UserId(user_id)))


@router.patch("/{org_id}/users/{user_id}", response_model=UserOut, responses=problems(401, 403, 404, 409, 422))
async def change_user(
    org_id: OrgPath, user_id: UserPath, body: UserChange, caller: UsersWrite, call: WriteDep
) -> Response:
    """Rectifies, restricts or resumes a user; restricted, its sessions and runs end within seconds."""
    whose = (OrgId(org_id), UserId(user_id))
    scope = PartnerScope(caller.partner_id)
    async with call.kernel.database.partner(scope) as tx:
        response = await once(
            call,
            tx,
            caller,
            lambda: users.change(call, tx, caller, whose, body),
            sealed_for=lambda subject_id: KeyOwner.user(OrgId(org_id), UserId(subject_id)),
        )
    cut = cut_off.CutOff(Kind.USER, user_id) if body.status == cut_off.RESTRICTED else None
    await cut_off.echo(call.kernel.database, call.kernel.invalidation, scope, cut)
    call.kernel.invalidation.wake()
    return response


@router.delete("/{org_id}/users/{user_id}", response_model=Erased, responses=problems(401, 403, 404, 409))
async def erase_user(org_id: OrgPath, user_id: UserPath, caller: UsersErase, call: WriteDep) -> Response:
    """Erases a user with everything that is theirs, destroys their key and certifies it."""
    whose = (OrgId(org_id), UserId(user_id))
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx:
        response = await once(call, tx, caller, lambda: erasure.erase_user(call, tx, caller, *whose))
    await erasure.finish_destructions(call.kernel)
    return response
