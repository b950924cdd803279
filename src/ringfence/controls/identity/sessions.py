"""Begins a session: its row, its first refresh token, its access token and its entry. Keeps EMB-04, EMB-06.

Proved in tests/promises/test_embed.py.
"""

from dataclasses import dataclass
from datetime import datetime

from ringfence.base import ids
from ringfence.base.principal import KeyId, PartnerId, Role, SessionId
from ringfence.controls import audit
from ringfence.controls.identity import refresh_tokens, rows
from ringfence.controls.identity.grant import FAMILY_LIFE, Grant, Tenant, Vouched, access_token, person
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.rows import UserRow
from ringfence.controls.tenancy import OrgTx


@dataclass(frozen=True, slots=True)
class Place:
    """Whose session: the partner, the organization in clear, the user's row."""

    partner_id: PartnerId
    organization: Tenant
    user: UserRow


async def begin(  # noqa: PLR0913 - who, by which key, when and from where
    means: Means, tx: OrgTx, place: Place, *, key_id: KeyId, now: datetime, origin: audit.Origin
) -> Grant:
    """A new session of the user; `now` is the time of this transaction by the database."""
    session_id = SessionId(ids.new())
    org_id, user = place.organization.id, place.user
    refresh = refresh_tokens.first(org_id, session_id)
    await tx.run(
        rows.ADD_SESSION(session_id, user.id, key_id, user.role, FAMILY_LIFE.total_seconds()),
        rows.ADD_REFRESH(refresh_tokens.digest(refresh), session_id, None),
        audit.entry(
            audit.Actor.user(user.id),
            audit.Action.AUTH_EXCHANGE,
            target=session_id,
            origin=origin,
            within=org_id,
            user_id=user.id,
            signing_key_id=key_id,
            role=user.role,
        ),
    )
    vouched = Vouched(place.partner_id, org_id, user.id, session_id, key_id, Role(user.role))
    token, expires_in = access_token(means, vouched, now=now, until=now + FAMILY_LIFE)
    return Grant(token, expires_in, refresh.text, person(means, org_id, user), place.organization)
