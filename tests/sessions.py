"""Sessions as the deployment itself would sign them, for moments that a test does not wait for."""

from datetime import UTC, datetime
from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import HmacSha256
from ringfence.base.principal import KeyId, OrgId, PartnerId, Role, SessionId, UserId
from ringfence.controls.identity import session_token
from ringfence.controls.keystore import FileKeystore, ServerKey
from tests.served import User


def session_of(user: User, organization: str, *, begins: float, lasts: float) -> str:
    """A member's session token that was issued `begins` seconds from now and lasts `lasts` seconds."""
    server = user.partner.server
    keystore = FileKeystore.beside(server.data, encryption_key=None)
    key = HmacSha256(keystore.server_key(ServerKey.SESSION_SIGNING).reveal())
    keystore.close()
    issued = datetime.now(UTC).timestamp() + begins
    claims = session_token.SessionClaims(
        iss=server.environment["RINGFENCE_PUBLIC_URL"],
        sid=SessionId(ids.new()),
        sub=UserId(UUID(user.id)),
        org=OrgId(UUID(user.partner.organizations[organization])),
        par=PartnerId(UUID(user.partner.id)),
        role=Role.MEMBER,
        skey=KeyId(ids.new()),
        iat=issued,
        exp=issued + lasts,
    )
    return session_token.issue(claims, key)
