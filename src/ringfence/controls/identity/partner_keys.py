"""Keeps EMB-01, EMB-05. Finds the key that a partner's token names, of whatever kind it is registered.

A kid that is not known, and a set that was not looked at for ten minutes, are asked for again; what answers is always
the database, and a server that is away changes nothing for a day. Proved in tests/promises/test_key_sets.py.
"""

from dataclasses import dataclass

from ringfence.base.crypto import Secret, SharedSecret
from ringfence.base.principal import KeyId, PartnerId
from ringfence.controls.identity.means import Means, public_key
from ringfence.controls.identity.partner_token import RegisteredKey
from ringfence.controls.identity.signature import VerifyingKey
from ringfence.controls.tenancy import PartnerScope, Statement
from ringfence.controls.vault import KeyOwner, fields


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An active key and the issuer that it speaks for; `is_due` where its set should be looked at again."""

    id: KeyId
    issuer: str
    kid: str
    public_key_pem: str
    secret: bytes | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key that may vouch now, and the row that a session names as its voucher."""

    id: KeyId
    registered: RegisteredKey


# NOTE: a key of a set counts only while the set does, and for a day after the set was last seen.
_KEY = Statement(
    "select k.id, p.issuer, k.kid, k.public_key_pem, x.secret,"
    " coalesce(f.fetched_at < now() - interval '10 minutes', false)"
    " from app.partner p join app.signing_key k on k.partner_id = p.partner_id"
    " left join app.signing_secret x on x.partner_id = k.partner_id and x.key_id = k.id"
    " left join app.key_set s on s.partner_id = k.partner_id and s.id = k.set_id"
    " left join app.key_set_fetch f on f.partner_id = k.partner_id and f.set_id = k.set_id"
    " where k.kid = $1 and k.status = 'active' and (k.expires_at is null or k.expires_at > now())"
    " and (k.set_id is null or (s.status = 'active' and (s.expires_at is null or s.expires_at > now())"
    " and f.fetched_at > now() - interval '24 hours'))",
    KeyRow,
)


async def find(means: Means, partner_id: PartnerId, kid: str) -> FoundKey | None:
    """The partner's active key of this name; None where there is none, by what its key servers say today."""
    row = await _read(means, partner_id, kid)
    if (row is None or row.is_due) and await means.key_sets.refresh(partner_id):
        row = await _read(means, partner_id, kid)
    if row is None:
        return None
    if row.secret is not None:
        await means.vault.warm(KeyOwner.partner(partner_id))
    return FoundKey(row.id, RegisteredKey(row.issuer, row.kid, _material(means, partner_id, row)))


async def _read(means: Means, partner_id: PartnerId, kid: str) -> KeyRow | None:
    found = (await means.database.read(PartnerScope(partner_id), _KEY(kid)))[0]
    return found[0] if found else None


def _material(means: Means, partner_id: PartnerId, row: KeyRow) -> VerifyingKey:
    """The key itself. What kind it is, its own row says: a public key has no secret, and a secret no public key."""
    if row.secret is None:
        return public_key(row.public_key_pem)
    text = means.vault.open(KeyOwner.partner(partner_id), fields.SIGNING_SECRET, row.id, row.secret)
    return SharedSecret(Secret(text))
