"""Users of one organization, as the partner reads, rectifies and restricts them."""

from ringfence.base.principal import OrgId, Principal, Role, UserId
from ringfence.controls import audit
from ringfence.controls.identity import cut_off, end_sessions, is_lowered
from ringfence.controls.tenancy import Bound, OrgTx, PartnerTx
from ringfence.controls.vault import Field, KeyOwner, Vault, fields
from ringfence.features.edge import Answer, Call, json_of
from ringfence.features.orgs import queries
from ringfence.features.orgs.model import UserChange, UserOut
from ringfence.features.orgs.queries import UserRow


async def shown(vault: Vault, tx: OrgTx, user_id: UserId) -> UserOut:
    """The user in clear; Problem 404."""
    return opened(vault, tx, await tx.get(queries.USER(user_id)))


def opened(vault: Vault, tx: OrgTx, row: UserRow) -> UserOut:
    """The user's public shape."""
    owner = KeyOwner.user(tx.scope.org_id, row.id)

    def clear(field: Field, record: bytes | None) -> str | None:
        return None if record is None else vault.open_text(owner, field, row.id, record)

    return UserOut(
        id=row.id,
        external_id=vault.open_text(owner, fields.APP_USER_SUBJECT, row.id, row.subject),
        address=vault.open_text(owner, fields.APP_USER_ADDRESS, row.id, row.address),
        display_name=clear(fields.APP_USER_NAME, row.name),
        email=clear(fields.APP_USER_EMAIL, row.email),
        role=row.role,
        locale=row.locale,
        status=row.status,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


async def change(
    call: Call, partner_tx: PartnerTx, caller: Principal, whose: tuple[OrgId, UserId], changes: UserChange
) -> Answer:
    """The user as it is then; restricting it, or lowering its role, ends its sessions. Problem 404."""
    org_id, user_id = whose
    async with partner_tx.narrow(org_id) as tx:
        return await _change(call, tx, caller, user_id, changes)


async def _change(call: Call, tx: OrgTx, caller: Principal, user_id: UserId, changes: UserChange) -> Answer:
    before = Role(await tx.get(queries.LOCK_USER(user_id)))
    if changes.status is not None:
        await _set_status(call, tx, caller, user_id, changes.status)
    if changes.role is not None and is_lowered(before, Role(changes.role)):
        await end_sessions(call.kernel.invalidation, tx, user_id, reason="role_lowered")
    changed = sorted(changes.model_fields_set - {"status"})
    if changed:
        await tx.run(
            _changed(call.kernel.vault, tx, user_id, changes),
            audit.entry(
                caller,
                audit.Action.USER_CHANGED,
                target=user_id,
                outcome="success",
                reason=None,
                permission=None,
                origin=call.origin,
                within=tx.scope.org_id,
                fields=changed,
                **({} if changes.role is None else {"role": changes.role}),
            ),
        )
    return Answer(200, json_of(await shown(call.kernel.vault, tx, user_id)), user_id)


async def _set_status(call: Call, tx: OrgTx, caller: Principal, user_id: UserId, status: str) -> None:
    if await cut_off.set_user_status(tx, call.kernel.invalidation, user_id, status) is None:
        return
    if status == cut_off.RESTRICTED:
        await tx.run(queries.RELEASE_RUNS_OF_USER(user_id))
    action = audit.Action.USER_RESTRICTED if status == cut_off.RESTRICTED else audit.Action.USER_RESUMED
    await tx.run(audit.entry(caller, action, target=user_id, origin=call.origin, within=tx.scope.org_id))


def _changed(vault: Vault, tx: OrgTx, user_id: UserId, changes: UserChange) -> Bound[None]:
    owner, given = KeyOwner.user(tx.scope.org_id, user_id), changes.model_fields_set

    def sealed(field: Field, text: str | None) -> bytes | None:
        return None if text is None else vault.seal_text(owner, field, user_id, text)

    return queries.CHANGE_USER(
        user_id,
        changes.role,
        "display_name" in given,
        sealed(fields.APP_USER_NAME, changes.display_name),
        "email" in given,
        sealed(fields.APP_USER_EMAIL, changes.email),
    )
