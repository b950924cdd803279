"""What the operator does to partners, by command alone: create, restrict, resume. The API has no way to any of it."""

import asyncio
from dataclasses import dataclass

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import KeyId, PartnerId
from ringfence.base.problem import conflict, not_found, unprocessable
from ringfence.controls import access, audit
from ringfence.controls.identity import ApiKeyKind, cut_off
from ringfence.controls.tenancy import UNIQUE, Bound, DatabaseError, PartnerScope
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge import Kernel
from ringfence.features.partners import queries

_MAX_ISSUER = 255
_FIRST_KEY = "first key"


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner just made, with its first API key, which is shown now and never again."""

    id: PartnerId
    key_id: KeyId
    api_key: Secret


async def create_partner(kernel: Kernel, name: str, *, issuer: str, kind: ApiKeyKind) -> NewPartner:
    """A partner whose tokens say `iss: issuer`; Problem 409 `issuer_taken`, 422 for a name or issuer that is none."""
    if not 0 < len(issuer) <= _MAX_ISSUER or not issuer.isprintable() or issuer != issuer.strip():
        raise unprocessable("invalid_issuer", "An issuer is a text of 1 to 255 printable characters.")
    if not 0 < len(name.strip()) <= _MAX_ISSUER or not name.isprintable():
        raise unprocessable("invalid_name", "A name is a text of 1 to 255 printable characters.")
    partner_id = PartnerId(ids.new())
    owner = KeyOwner.partner(partner_id)
    await asyncio.to_thread(kernel.keystore.create, owner)
    sealed = kernel.vault.seal_text(owner, fields.PARTNER_NAME, partner_id, name)
    try:
        async with kernel.database.partner(PartnerScope(partner_id)) as tx:
            await tx.run(queries.ADD_PARTNER(sealed, issuer), _entry(partner_id, audit.Action.PARTNER_CREATED))
    except DatabaseError as failure:
        if failure.sqlstate != UNIQUE:
            raise
        await asyncio.to_thread(kernel.keystore.destroy, owner)
        raise conflict("issuer_taken", "Another partner has this issuer.") from None
    key_id, text = await issue_key(kernel, partner_id, kind=kind, name=_FIRST_KEY)
    return NewPartner(partner_id, key_id, text)


async def issue_key(kernel: Kernel, partner_id: PartnerId, *, kind: ApiKeyKind, name: str) -> tuple[KeyId, Secret]:
    """A new API key with every scope, for a partner that lost its own or has older ones than a scope; Problem 404."""
    scope = PartnerScope(partner_id)
    if not (await kernel.database.read(scope, queries.SETTINGS()))[0]:
        raise not_found()
    key = kernel.identity.issue_key(kind)
    scopes = sorted(scope.value for scope in access.PARTNER_SCOPES)
    await kernel.database.write(
        scope,
        queries.ADD_API_KEY(key.id, key.digest, name, scopes, [], None, None, kind.value),
        audit.entry(
            audit.Actor.operator(),
            audit.Action.API_KEY_CREATED,
            target=key.id,
            origin=audit.Origin.internal(),
            scope_count=len(scopes),
        ),
    )
    return key.id, key.text


async def revoke_key(kernel: Kernel, partner_id: PartnerId, key_id: KeyId) -> None:
    """Revokes one API key of a partner; Problem 404 for none or a revoked one."""
    scope = PartnerScope(partner_id)
    async with kernel.database.partner(scope) as tx:
        cut = await cut_off.revoke_api_key(tx, kernel.invalidation, key_id)
        await tx.run(_key_entry(key_id))
    await cut_off.echo(kernel.database, kernel.invalidation, scope, cut)


async def restrict_partner(kernel: Kernel, partner_id: PartnerId) -> None:
    """Cuts a partner off: tokens, sessions, API keys and runs; Problem 404 for an unknown one."""
    await _set_status(kernel, partner_id, cut_off.RESTRICTED, audit.Action.PARTNER_RESTRICTED)


async def resume_partner(kernel: Kernel, partner_id: PartnerId) -> None:
    """Lets a partner back in; sessions from before stay ended. Problem 404 for an unknown one."""
    await _set_status(kernel, partner_id, cut_off.ACTIVE, audit.Action.PARTNER_RESUMED)


async def _set_status(kernel: Kernel, partner_id: PartnerId, status: str, action: audit.Action) -> None:
    scope = PartnerScope(partner_id)
    async with kernel.database.partner(scope) as tx:
        if await tx.find(queries.SETTINGS()) is None:
            raise not_found()
        cut = await cut_off.set_partner_status(tx, kernel.invalidation, status)
        await tx.run(_entry(partner_id, action))
    await cut_off.echo(kernel.database, kernel.invalidation, scope, cut)


def _entry(partner_id: PartnerId, action: audit.Action) -> Bound[None]:
    return audit.entry(audit.Actor.operator(), action, target=partner_id, origin=audit.Origin.internal())


def _key_entry(key_id: KeyId) -> Bound[None]:
    action = audit.Action.API_KEY_REVOKED
    return audit.entry(audit.Actor.operator(), action, target=key_id, origin=audit.Origin.internal())
