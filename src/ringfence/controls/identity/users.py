"""Shadow users: made at first sight of a subject, and rectified by the partner's claims at each exchange.

Keeps EMB-02, EMB-03. Proved in tests/promises/test_embed.py.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ringfence.base import ids
from ringfence.base.principal import Role, SessionId, UserId
from ringfence.controls import audit
from ringfence.controls.coordination import Invalidation, Kind
from ringfence.controls.identity import rows, shadow
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.partner_claims import PartnerClaims
from ringfence.controls.identity.rows import UserRow
from ringfence.controls.tenancy import Bound, OrgTx
from ringfence.controls.vault import Field, KeyOwner, fields

_RANK: Final = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2}
_ADDRESS_KEY: Final = "shadow address key"


def is_lowered(before: Role, after: Role) -> bool:
    """Whether a change of role takes something away."""
    return _RANK[after] < _RANK[before]


async def find_or_add(means: Means, tx: OrgTx, claims: PartnerClaims) -> tuple[UserRow, bool]:
    """The claims' user, locked until the transaction ends, and whether it was made now, at its first sight."""
    org_id = tx.scope.org_id
    index = means.vault.blind_index(KeyOwner.organization(org_id), fields.APP_USER_SUBJECT, claims.subject)
    found = await tx.find(rows.USER_BY_SUBJECT(index))
    if found is not None:
        return found, False
    user_id = await _add(means, tx, claims, index)
    # Another exchange may have been first: whoever was, its row is there now.
    found = await tx.get(rows.USER_BY_SUBJECT(index))
    return found, found.id == user_id


async def rectify(  # noqa: PLR0913 - what is, what the claims say, and from where they came
    means: Means, tx: OrgTx, user: UserRow, claims: PartnerClaims, *, origin: audit.Origin, is_new: bool
) -> UserRow:
    """The user as the claims say; absent claims change nothing. A value that stays is not sealed anew."""
    name = _resealed(means, tx, user.id, fields.APP_USER_NAME, before=user.name, after=claims.name)
    email = _resealed(means, tx, user.id, fields.APP_USER_EMAIL, before=user.email, after=claims.email)
    changed = [
        field
        for field, is_changed in {
            "name": name is not None,
            "email": email is not None,
            "role": user.role != claims.role.value,
            "locale": claims.locale is not None and user.locale != claims.locale,
        }.items()
        if is_changed
    ]
    await tx.run(rows.RECTIFY_USER(user.id, name, email, claims.role.value, claims.locale))
    await tx.run(*_entries(tx, user.id, changed, claims.role, origin=origin, is_new=is_new))
    locale = claims.locale or user.locale
    return replace(user, role=claims.role.value, name=name or user.name, email=email or user.email, locale=locale)


def _entries(  # noqa: PLR0913 - the members of an entry
    tx: OrgTx, user_id: UserId, changed: list[str], role: Role, *, origin: audit.Origin, is_new: bool
) -> list[Bound[None]]:
    actor = audit.Actor("partner", tx.scope.partner_id)
    within = tx.scope.org_id
    if is_new:
        created = audit.Action.USER_CREATED
        return [audit.entry(actor, created, target=user_id, origin=origin, within=within, role=role.value)]
    if not changed:
        return []
    rectified = audit.Action.USER_RECTIFIED_BY_CLAIMS
    return [
        audit.entry(actor, rectified, target=user_id, origin=origin, within=within, fields=changed, role=role.value)
    ]


async def end_sessions(invalidation: Invalidation, tx: OrgTx, user_id: UserId, *, reason: str) -> Sequence[SessionId]:
    """Ends every session of a user, one by one, so that one that begins in this transaction lives; gives their ids."""
    ended = await tx.fetch(rows.END_OTHER_SESSIONS(user_id, reason))
    await tx.run(*(invalidation.publish(Kind.SESSION, session_id) for session_id in ended))
    return ended


async def _add(means: Means, tx: OrgTx, claims: PartnerClaims, index: bytes) -> UserId:
    org_id, user_id = tx.scope.org_id, UserId(ids.new())
    owner = KeyOwner.user(org_id, user_id)
    await asyncio.to_thread(means.keystore.create, owner)
    subject = means.vault.seal_text(owner, fields.APP_USER_SUBJECT, user_id, claims.subject)
    address = means.vault.seal_text(owner, fields.APP_USER_ADDRESS, user_id, _address(means, tx, claims.subject))
    await tx.run(rows.ADD_USER(user_id, index, subject, address, claims.role.value))
    return user_id


def _address(means: Means, tx: OrgTx, subject: str) -> str:
    """The synthetic address under a key of the organization, which goes when the organization is erased."""
    scope = tx.scope
    key = means.vault.blind_index(KeyOwner.organization(scope.org_id), fields.APP_USER_ADDRESS, _ADDRESS_KEY)
    return shadow.address(key, scope.partner_id, org_id=scope.org_id, subject=subject, domain=means.domain)


def _resealed(  # noqa: PLR0913 - a place, its old record and its new value
    means: Means, tx: OrgTx, user_id: UserId, field: Field, *, before: bytes | None, after: str | None
) -> bytes | None:
    """The record of a value that changed; None for one that stays."""
    owner = KeyOwner.user(tx.scope.org_id, user_id)
    if after is None:
        return None
    if before is not None and means.vault.open_text(owner, field, user_id, before) == after:
        return None
    return means.vault.seal_text(owner, field, user_id, after)
