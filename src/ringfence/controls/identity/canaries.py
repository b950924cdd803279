"""What a canary needs to play a partner and its users: derived from the keystore, stored nowhere. Keeps TEN-06.

It is the same in every process. Whoever reads the keystore could make any of it anyway; whoever reads the database
alone can make none of it. Proved in tests/evidence/test_canaries.py.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from ringfence.base import clock
from ringfence.base.crypto import HmacSha256, Secret, SigningKey, hmac_sha256
from ringfence.base.principal import KeyId, PartnerId
from ringfence.controls.identity import api_keys, session_token
from ringfence.controls.identity.api_keys import ApiKeyKind
from ringfence.controls.identity.identity import IssuedKey
from ringfence.controls.keystore import Keystore, ServerKey

_SPKI_ED25519: Final = bytes.fromhex("302a300506032b6570032100")
_PAST: Final = timedelta(hours=2)
_LIFE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CanaryPartner:
    """A partner of the deployment's own; `label` tells one from another."""

    keystore: Keystore
    label: str

    @property
    def id(self) -> PartnerId:
        """The partner's id."""
        return PartnerId(_uuid(self._derived("partner id")))

    @property
    def issuer(self) -> str:
        """Its issuer: the same whatever the deployment's address, and nobody's to guess."""
        return f"urn:ringfence:canaries:{self._derived('issuer')[:12].hex()}"

    @property
    def mark(self) -> str:
        """A word that stands in what is planted, and nowhere else."""
        return self.mark_of("partner")

    def mark_of(self, what: str) -> str:
        """The same for one of its things."""
        return f"canary{self._derived('mark ' + what)[:10].hex()}"

    @property
    def signing_key(self) -> SigningKey:
        """Signs its users' tokens (EdDSA)."""
        return SigningKey(Secret(self._derived("signing key")))

    @property
    def signing_key_pem(self) -> str:
        """The public half, as a partner registers it (RFC 8410)."""
        body = b64encode(_SPKI_ED25519 + self.signing_key.public).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"

    def api_key(self, generation: int) -> IssuedKey:
        """Its API key; another generation where the ones before were revoked."""
        key_id = KeyId(_uuid(self._derived(f"api key id {generation}")))
        made = api_keys.spelled(ApiKeyKind.TEST, key_id, self._derived(f"api key {generation}"))
        pepper = self.keystore.server_key(ServerKey.API_KEY_PEPPER).reveal()
        return IssuedKey(key_id, made.text, api_keys.digest(pepper, made.text.reveal().decode("ascii")))

    def _derived(self, what: str) -> bytes:
        root = self.keystore.server_key(ServerKey.CANARIES).reveal()
        return hmac_sha256(root, f"ringfence canary 1 {self.label} {what}".encode())


def expired_session(keystore: Keystore, token: str, *, audience: str) -> str:
    """The session of a token that this deployment gave, as it will be when its time is over."""
    key = HmacSha256(keystore.server_key(ServerKey.SESSION_SIGNING).reveal())
    now = clock.now()
    claims = session_token.verify(token, key, issuer=audience, now=now)
    issued = now - _PAST
    past = replace(claims, iat=issued.timestamp(), exp=(issued + _LIFE).timestamp())
    return session_token.issue(past, key)


def _uuid(raw: bytes) -> UUID:
    """A UUID of our own making (version 8, RFC 9562 section 5.8)."""
    number = int.from_bytes(raw[:16])
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)
