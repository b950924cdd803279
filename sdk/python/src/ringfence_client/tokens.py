"""Signs the token by which a user of yours comes to Ringfence: a JWT (RFC 7519) for one exchange."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, OctKey, OKPKey, RSAKey

Algorithm = Literal["RS256", "ES256", "EdDSA", "HS256"]
Role = Literal["admin", "member", "viewer"]

_MOST = timedelta(hours=1)
_KEYS: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey] | type[OctKey]] = {
    "RS256": RSAKey,
    "ES256": ECKey,
    "EdDSA": OKPKey,
    "HS256": OctKey,
}


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Holds your signing key. `audience` is the address of the deployment, `issuer` what its operator gave you.

    `key` is the private key as PEM, or for HS256 the shared secret that was shown once. It never leaves this object.
    """

    issuer: str
    audience: str
    kid: str
    key: str | bytes = field(repr=False)
    algorithm: Algorithm = "RS256"

    def sign(  # noqa: PLR0913 - one parameter for each claim
        self,
        user_id: str,
        organization_id: str,
        *,
        organization_name: str | None = None,
        name: str | None = None,
        email: str | None = None,
        role: Role | None = None,
        locale: str | None = None,
        lifetime: timedelta = timedelta(minutes=1),
    ) -> str:
        """The token for a user who is logged in with you: good for one exchange within `lifetime` (1 hour at most).

        Raises ValueError for a lifetime that no deployment takes.
        """
        if not timedelta(0) < lifetime <= _MOST:
            raise ValueError("a token lives for more than nothing and an hour at most")
        now = int(time.time())
        said = {"org_name": organization_name, "name": name, "email": email, "role": role, "locale": locale}
        claims: dict[str, str | int] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": user_id,
            "org": organization_id,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": secrets.token_urlsafe(18),
            **{claim: value for claim, value in said.items() if value is not None},
        }
        parameters: KeyParameters = {"kid": self.kid}
        signing = _KEYS[self.algorithm].import_key(self.key, parameters)
        # RFC 9864 names the one curve that is meant.
        name = "Ed25519" if self.algorithm == "EdDSA" else self.algorithm
        return jwt.encode({"alg": name, "kid": self.kid, "typ": "JWT"}, claims, signing, algorithms=[name])
