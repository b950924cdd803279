"""Changes to a partner's settings, each in the transaction that it is given."""

from ringfence.base.principal import Principal
from ringfence.base.problem import FieldError, unprocessable
from ringfence.controls import audit
from ringfence.controls.identity import parse_origin
from ringfence.controls.tenancy import PartnerTx
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge import Answer, Call, Kernel, json_of
from ringfence.features.orgs.model import Spending, SpendingOut
from ringfence.features.partners import queries
from ringfence.features.partners.model import PartnerSettingsOut, SettingsChange
from ringfence.features.partners.queries import SettingsRow


async def settings(kernel: Kernel, tx: PartnerTx) -> PartnerSettingsOut:
    """The partner's settings in clear."""
    row = await tx.get(queries.SETTINGS())
    return _opened(kernel, row)


async def change_settings(call: Call, tx: PartnerTx, caller: Principal, change: SettingsChange) -> Answer:
    """The settings as they are then."""
    vault, owner, partner_id = call.kernel.vault, KeyOwner.partner(caller.partner_id), caller.partner_id
    given = change.model_fields_set
    _require_public(call.kernel, change.allowed_origins or [])
    name = None if change.name is None else vault.seal_text(owner, fields.PARTNER_NAME, partner_id, change.name)
    contact = change.security_contact
    sealed = None
    if contact is not None:
        sealed = vault.seal_text(owner, fields.PARTNER_SETTINGS_CONTACT, partner_id, contact)
    default, user = change.default_spending or Spending(), change.user_spending or Spending()
    statement = queries.CHANGE_SETTINGS(
        name,
        change.default_region,
        change.default_retention_period,
        change.allowed_origins,
        change.creates_organizations,
        "security_contact" in given,
        sealed,
        "default_spending" in given,
        default.monthly_micros,
        default.monthly_tokens,
        "user_spending" in given,
        user.monthly_micros,
        user.monthly_tokens,
    )
    entry = audit.entry(
        caller, audit.Action.SETTINGS_CHANGED, target=partner_id, origin=call.origin, fields=sorted(given)
    )
    await tx.run(statement, entry)
    return Answer(200, json_of(await settings(call.kernel, tx)), partner_id)


def _require_public(kernel: Kernel, origins: list[str]) -> None:
    """Returns when pages on the reader's own machine are not let in, or this is development."""
    local = [n for n, origin in enumerate(origins) if parse_origin(origin).is_local]
    if local and not kernel.is_development:
        detail = "In production an allowed origin begins with https://."
        raise unprocessable("invalid_request", detail, [FieldError(f"/allowed_origins/{n}", detail) for n in local])


def _opened(kernel: Kernel, row: SettingsRow) -> PartnerSettingsOut:
    vault, owner, contact = kernel.vault, KeyOwner.partner(row.id), row.security_contact
    opened = None if contact is None else vault.open_text(owner, fields.PARTNER_SETTINGS_CONTACT, row.id, contact)
    return PartnerSettingsOut(
        id=row.id,
        name=vault.open_text(owner, fields.PARTNER_NAME, row.id, row.name),
        issuer=row.issuer,
        status=row.status,
        default_region=row.default_region,
        default_retention_period=row.default_retention_days,
        allowed_origins=row.allowed_origins,
        creates_organizations=row.creates_organizations,
        security_contact=opened,
        default_spending=SpendingOut(monthly_micros=row.spend_micros, monthly_tokens=row.spend_tokens),
        user_spending=SpendingOut(monthly_micros=row.user_spend_micros, monthly_tokens=row.user_spend_tokens),
        created_at=row.created_at,
    )
