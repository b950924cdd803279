"""What a log-in gives: the session's two tokens, and who it is for. Keeps EMB-04.

Proved in tests/promises/test_embed.py.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ringfence.base.crypto import Secret
from ringfence.base.principal import KeyId, OrgId, PartnerId, Role, SessionId, UserId
from ringfence.controls.identity import session_token
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.rows import OrganizationRow, UserRow
from ringfence.controls.identity.session_token import SessionClaims
from ringfence.controls.vault import KeyOwner, fields

FAMILY_LIFE: Final = timedelta(hours=12)
"""No refresh carries a session past this, counted from its exchange: then the partner must vouch again."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user in clear."""

    id: UserId
    display_name: str | None
    email: str | None
    role: Role
    locale: str | None


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization in clear."""

    id: OrgId
    external_id: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A session's tokens, shown once, with who and where."""

    session_token: str
    expires_in: int
    refresh_token: Secret
    user: Person
    organization: Tenant


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whose session it is, and by which key: what an access token says."""

    partner_id: PartnerId
    org_id: OrgId
    user_id: UserId
    session_id: SessionId
    signing_key_id: KeyId
    role: Role


def access_token(means: Means, vouched: Vouched, *, now: datetime, until: datetime) -> tuple[str, int]:
    """The token and its life in seconds, from `now`, which must be the database's time of the vouching transaction.

    `iat` is cut to milliseconds downwards: a token may look older than it is to a revocation, never newer.
    """
    issued = math.floor(now.timestamp() * 1000) / 1000
    expires = min(issued + means.access_life.total_seconds(), until.timestamp())
    claims = SessionClaims(
        iss=means.audience,
        sid=vouched.session_id,
        sub=vouched.user_id,
        org=vouched.org_id,
        par=vouched.partner_id,
        role=vouched.role,
        skey=vouched.signing_key_id,
        iat=issued,
        exp=expires,
    )
    return session_token.issue(claims, means.session_key), int(expires - issued)


def person(means: Means, org_id: OrgId, row: UserRow) -> Person:
    """The user's row in clear."""
    owner = KeyOwner.user(org_id, row.id)
    name = None if row.name is None else means.vault.open_text(owner, fields.APP_USER_NAME, row.id, row.name)
    email = None if row.email is None else means.vault.open_text(owner, fields.APP_USER_EMAIL, row.id, row.email)
    return Person(row.id, name, email, Role(row.role), row.locale)


def tenant(means: Means, row: OrganizationRow) -> Tenant:
    """The organization's row in clear."""
    name = means.vault.open_text(KeyOwner.organization(row.id), fields.ORGANIZATION_NAME, row.id, row.name)
    return Tenant(row.id, row.external_id, name, row.region)
