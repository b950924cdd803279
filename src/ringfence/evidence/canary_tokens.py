"""Tokens of the canaries' users, signed as a partner's back end signs them."""

import base64
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from ringfence.base import clock, ids
from ringfence.base.principal import Role
from ringfence.controls.identity import CanaryPartner

KID = "canary-1"
_LIFE = timedelta(minutes=2)


def sign(partner: CanaryPartner, name: str, role: Role, *, subject: str, audience: str) -> str:
    """A token for a user of one of the partner's canaries, good once and for two minutes."""
    mark, now = partner.mark_of(name), int(clock.now().timestamp())
    claims: Mapping[str, object] = {
        "iss": partner.issuer,
        "aud": audience,
        "sub": subject,
        "org": external_id(name),
        "iat": now,
        "exp": now + int(_LIFE.total_seconds()),
        "jti": str(ids.new()),
        "name": f"Canary {mark}",
        "email": f"{mark}@canary.invalid",
        "role": role.value,
    }
    header = {"alg": "EdDSA", "kid": KID, "typ": "JWT"}
    content = b".".join(_encoded(msgspec.json.encode(part)) for part in (header, claims))
    return b".".join((content, _encoded(partner.signing_key.sign(content)))).decode()


def external_id(name: str) -> str:
    """How the partner names one of its canaries."""
    return f"canary-{name}"


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
