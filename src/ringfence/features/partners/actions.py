"""Changes to settings and signing keys, each in the transaction that it is given."""

from dataclasses import asdict
from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import PublicKey, UnusableKey, load_public_key
from ringfence.base.principal import Principal
from ringfence.base.problem import FieldError, Problem, conflict, not_found, unprocessable
from ringfence.controls import audit
from ringfence.controls.identity import cut_off, parse_origin
from ringfence.controls.tenancy import PartnerTx
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge import Answer, Call, Kernel, json_of
from ringfence.features.partners import queries
from ringfence.features.partners.model import SettingsChange, SettingsOut, SigningKeyNew, SigningKeyOut
from ringfence.features.partners.queries import SettingsRow, SigningKeyRow


async def settings(kernel: Kernel, tx: PartnerTx) -> SettingsOut:
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
    statement = queries.CHANGE_SETTINGS(
        name,
        change.default_region,
        change.default_retention_period,
        change.allowed_origins,
        change.creates_organizations,
        "security_contact" in given,
        sealed,
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


async def add_signing_key(call: Call, tx: PartnerTx, caller: Principal, new: SigningKeyNew) -> Answer:
    """The registered key; 409 `kid_taken`, 422 for a key that we do not take."""
    key = _checked(new)
    key_id = ids.new()
    if not await tx.fetch(queries.ADD_SIGNING_KEY(key_id, new.kid, key.kind.value, key.pem)):
        raise conflict("kid_taken", "A key of this kid is registered. Take another kid for another key.")
    if new.replaces is not None and not await tx.fetch(
        queries.EXPIRE_SIGNING_KEY(new.replaces, float(new.overlap_seconds))
    ):
        raise not_found()
    created = audit.Action.SIGNING_KEY_CREATED
    await tx.run(audit.entry(caller, created, target=key_id, origin=call.origin, algorithm=key.kind.value))
    row = await tx.get(queries.SIGNING_KEY(key_id))
    return Answer(201, json_of(signing_key_out(row)), key_id)


async def revoke_signing_key(call: Call, tx: PartnerTx, caller: Principal, key_id: UUID) -> Answer:
    """Nothing: the key and every session that it vouched for are over."""
    await cut_off.revoke_signing_key(tx, call.kernel.invalidation, key_id)
    await tx.run(audit.entry(caller, audit.Action.SIGNING_KEY_REVOKED, target=key_id, origin=call.origin))
    return Answer(204, subject_id=key_id)


def signing_key_out(row: SigningKeyRow) -> SigningKeyOut:
    """The key's public shape."""
    return SigningKeyOut(**asdict(row))


def _checked(new: SigningKeyNew) -> PublicKey:
    if new.jwks_url is not None:
        raise _not_yet("/jwks_url", "Keys by JWKS URL are not available yet: send public_key_pem.")
    if new.algorithm == "HS256":
        raise _not_yet("/algorithm", "HS256 is not available yet: use EdDSA, ES256 or RS256.")
    if new.public_key_pem is None:
        raise _unusable("/public_key_pem", "Send the public key in PEM (BEGIN PUBLIC KEY).")
    try:
        key = load_public_key(new.public_key_pem)
    except UnusableKey as refused:
        raise _unusable("/public_key_pem", str(refused)) from None
    wanted = "EdDSA" if new.algorithm == "Ed25519" else new.algorithm
    if key.kind.value != wanted:
        raise _unusable("/algorithm", f"This key is for {key.kind.value}.")
    return key


def _not_yet(pointer: str, detail: str) -> Problem:
    return unprocessable("not_available_yet", detail, [FieldError(pointer, detail)])


def _unusable(pointer: str, detail: str) -> Problem:
    return unprocessable("unusable_key", detail, [FieldError(pointer, detail)])


def _opened(kernel: Kernel, row: SettingsRow) -> SettingsOut:
    vault, owner, contact = kernel.vault, KeyOwner.partner(row.id), row.security_contact
    opened = None if contact is None else vault.open_text(owner, fields.PARTNER_SETTINGS_CONTACT, row.id, contact)
    return SettingsOut(
        id=row.id,
        name=vault.open_text(owner, fields.PARTNER_NAME, row.id, row.name),
        issuer=row.issuer,
        status=row.status,
        default_region=row.default_region,
        default_retention_period=row.default_retention_days,
        allowed_origins=row.allowed_origins,
        creates_organizations=row.creates_organizations,
        security_contact=opened,
        created_at=row.created_at,
    )
