"""Organizations: made, read and changed, each in the partner's transaction, narrowed where their own rows begin."""

from uuid import UUID

from ringfence.base.principal import OrgId, Principal
from ringfence.base.problem import conflict
from ringfence.controls import audit
from ringfence.controls.identity import add_organization, cut_off
from ringfence.controls.tenancy import Bound, OrgScope, OrgTx, PartnerTx
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.features.edge import Answer, Call, json_of
from ringfence.features.orgs import queries
from ringfence.features.orgs.model import (
    OrganizationChange,
    OrganizationNew,
    OrganizationOut,
    OrganizationSettings,
    OrganizationSettingsOut,
    Spending,
    SpendingOut,
)
from ringfence.features.orgs.queries import OrganizationRow


async def create(call: Call, tx: PartnerTx, caller: Principal, new: OrganizationNew) -> Answer:
    """The new organization; 409 `external_id_taken`."""
    kernel = call.kernel
    region = new.region or str(await tx.get(queries.DEFAULT_REGION()))
    org_id = await add_organization(
        tx, kernel.keystore, kernel.vault, external_id=new.external_id, name=new.name, region=region
    )
    if org_id is None:
        raise conflict("external_id_taken", "An organization of this external_id exists.")
    created = audit.Action.ORGANIZATION_CREATED
    await tx.run(audit.entry(caller, created, target=org_id, origin=call.origin, source="api"))
    async with tx.narrow(org_id) as org_tx:
        # NOTE: what a partner does to an organization is in both logs: its customer reads the one, it reads the other.
        await org_tx.run(audit.entry(caller, created, target=org_id, origin=call.origin, within=org_id, source="api"))
        if new.settings is not None:
            await _change_row(kernel.vault, org_tx, None, new.settings)
        return Answer(201, json_of(await shown(kernel.vault, org_tx)), org_id)


async def change(call: Call, tx: PartnerTx, caller: Principal, org_id: OrgId, changes: OrganizationChange) -> Answer:
    """The organization as it is then; restricting it ends its sessions and runs. Problem 404."""
    kernel = call.kernel
    await tx.get(queries.LOCK_DIRECTORY(org_id))
    if changes.status is not None:
        await _set_status(call, tx, caller, org_id, changes.status)
    fields_changed = sorted(changes.model_fields_set - {"status"})
    async with tx.narrow(org_id) as org_tx:
        if fields_changed:
            await _change_row(kernel.vault, org_tx, changes.name, changes.settings)
        if ends_runs(changes):
            await org_tx.run(queries.RELEASE_RUNS())
        answer = Answer(200, json_of(await shown(kernel.vault, org_tx)), org_id)
        if fields_changed:
            await org_tx.run(_changed(call, caller, org_id, org_id, fields_changed))
    if fields_changed:
        await tx.run(_changed(call, caller, org_id, caller.partner_id, fields_changed))
    return answer


def _changed(call: Call, caller: Principal, org_id: OrgId, within: UUID, changed: list[str]) -> Bound[None]:
    action = audit.Action.ORGANIZATION_CHANGED
    return audit.entry(caller, action, target=org_id, origin=call.origin, within=within, fields=changed)


def ends_runs(changes: OrganizationChange) -> bool:
    """Whether no run of the organization may go on after this."""
    is_off = changes.settings is not None and changes.settings.generative_ai is False
    return is_off or changes.status == cut_off.RESTRICTED


async def release_runs(call: Call, caller: Principal, org_id: OrgId) -> None:
    """Takes the organization's runs from whoever executes them, once more after the commit.

    A run that began while the change was under way did not see it.
    """
    scope = OrgScope(caller.partner_id, org_id, caller.role)
    await call.kernel.database.write(scope, queries.RELEASE_RUNS())


async def shown(vault: Vault, tx: OrgTx) -> OrganizationOut:
    """The transaction's organization in clear."""
    return opened(vault, await tx.get(queries.ORGANIZATION()))


def opened(vault: Vault, row: OrganizationRow) -> OrganizationOut:
    """The organization's public shape."""
    return OrganizationOut(
        id=row.id,
        external_id=row.external_id,
        name=vault.open_text(KeyOwner.organization(row.id), fields.ORGANIZATION_NAME, row.id, row.name),
        region=row.region,
        status=row.status,
        settings=OrganizationSettingsOut(
            generative_ai=row.generative_ai,
            retention_period=row.retention_days,
            spending=SpendingOut(monthly_micros=row.spend_micros, monthly_tokens=row.spend_tokens),
        ),
        created_at=row.created_at,
    )


async def _set_status(call: Call, tx: PartnerTx, caller: Principal, org_id: OrgId, status: str) -> None:
    if await cut_off.set_organization_status(tx, call.kernel.invalidation, org_id, status) is None:
        return
    is_restricted = status == cut_off.RESTRICTED
    action = audit.Action.ORGANIZATION_RESTRICTED if is_restricted else audit.Action.ORGANIZATION_RESUMED
    await tx.run(audit.entry(caller, action, target=org_id, origin=call.origin))
    async with tx.narrow(org_id) as org_tx:
        await org_tx.run(audit.entry(caller, action, target=org_id, origin=call.origin, within=org_id))


async def _change_row(vault: Vault, tx: OrgTx, name: str | None, settings: OrganizationSettings | None) -> None:
    org_id = tx.scope.org_id
    sealed = None
    if name is not None:
        sealed = vault.seal_text(KeyOwner.organization(org_id), fields.ORGANIZATION_NAME, org_id, name)
    given = settings or OrganizationSettings()
    sets_period = "retention_period" in given.model_fields_set
    spending, sets_spending = given.spending or Spending(), "spending" in given.model_fields_set
    changed = queries.CHANGE_ORGANIZATION(
        sealed,
        given.generative_ai,
        sets_period,
        given.retention_period,
        sets_spending,
        spending.monthly_micros,
        spending.monthly_tokens,
    )
    await tx.run(changed, *([queries.COUNT_SPENDING()] if sets_spending else []))
