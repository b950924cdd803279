"""What identity works with: handles of the controls below, and the server keys that its tokens need.

Keeps EMB-04, KEY-01. Proved in tests/promises/test_embed.py and tests/promises/test_keys_api.py.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, Self
from urllib.parse import urlsplit

from ringfence.base.crypto import HmacSha256, PublicKey, Secret, hmac_sha256, load_public_key
from ringfence.controls.audit import AddressHasher, Attempts
from ringfence.controls.coordination import Invalidation
from ringfence.controls.egress import Egress
from ringfence.controls.identity.key_sets import KeySets
from ringfence.controls.identity.key_uses import KeyUses
from ringfence.controls.identity.origins import Origins
from ringfence.controls.keystore import Keystore, ServerKey
from ringfence.controls.limits import Limits
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Vault

_LOCAL: Final = "localhost"
_VISITS: Final = b"ringfence audit visits 1"
ACCESS_LIFE: Final = timedelta(hours=1)
"""No access token lives longer, whatever is set."""


@dataclass(frozen=True, slots=True)
class Means:
    """Handles and keys, made once a process.

    `audience` is this deployment's address: what partners put into `aud`, and the issuer of our own session tokens.
    `domain` ends the synthetic addresses of shadow users.
    """

    database: Database
    vault: Vault
    keystore: Keystore
    invalidation: Invalidation
    limits: Limits
    addresses: AddressHasher
    attempts: Attempts
    audience: str
    domain: str
    is_development: bool
    session_key: HmacSha256
    refresh_key: Secret
    pepper: Secret
    visit_key: Secret
    origins: Origins
    key_sets: KeySets
    key_uses: KeyUses
    access_life: timedelta

    @classmethod
    def gather(  # noqa: PLR0913 - the handles of seven controls, named once
        cls,
        *,
        database: Database,
        vault: Vault,
        keystore: Keystore,
        invalidation: Invalidation,
        limits: Limits,
        addresses: AddressHasher,
        egress: Egress,
        audience: str,
        is_development: bool,
        access_life: timedelta = ACCESS_LIFE,
    ) -> Self:
        """The means with their keys, which are made in the keystore on first use."""
        return cls(
            database=database,
            vault=vault,
            keystore=keystore,
            invalidation=invalidation,
            limits=limits,
            addresses=addresses,
            attempts=Attempts(database, addresses),
            audience=audience,
            domain=urlsplit(audience).hostname or _LOCAL,
            is_development=is_development,
            session_key=HmacSha256(keystore.server_key(ServerKey.SESSION_SIGNING).reveal()),
            refresh_key=keystore.server_key(ServerKey.REFRESH_MAC),
            pepper=keystore.server_key(ServerKey.API_KEY_PEPPER),
            visit_key=Secret(hmac_sha256(keystore.server_key(ServerKey.REFRESH_MAC).reveal(), _VISITS)),
            origins=Origins(database, own=audience, is_development=is_development),
            key_sets=KeySets(database, egress),
            key_uses=KeyUses(),
            access_life=min(access_life, ACCESS_LIFE),
        )


@lru_cache(maxsize=1024)
def public_key(pem: str) -> PublicKey:
    """The checked key of a registered PEM, parsed once a process."""
    return load_public_key(pem)
