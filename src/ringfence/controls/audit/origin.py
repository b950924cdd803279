"""Where an act came from: the request's id, and the address as a keyed hash alone. Keeps AUD-03.

The key of a hash is derived for one organization and one month, so hashes tell nothing across either: neither two
organizations that compare their logs nor a later month can follow an address. Proved in tests/promises/test_audit.py.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, final
from uuid import UUID

from ringfence.base import clock
from ringfence.base.crypto import HmacSha256, hmac_sha256, length_prefixed, sha256

_LABEL = b"ringfence/address"
_HASH_BYTES = 16
_KEYS = 4096
_CLASSED = 4096
_REQUEST_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


@final
class AddressHasher:
    """Hashes addresses under the server key `ip_hash`."""

    def __init__(self, key: bytes) -> None:
        def derive(scope_id: UUID, month: str) -> HmacSha256:
            return HmacSha256(hmac_sha256(key, length_prefixed(_LABEL, scope_id.bytes, month.encode())))

        self._derived = lru_cache(_KEYS)(derive)

    def hash(self, scope_id: UUID, address: str, *, month: str | None = None) -> bytes:
        """The 16-byte hash of an address for one scope and one month (`2026-11`; by default this one)."""
        return self._derived(scope_id, month or _this_month()).digest(address.encode())[:_HASH_BYTES]


@dataclass(frozen=True, slots=True)
class Origin:
    """The request behind an act; without address and hasher where the system or the operator acts."""

    request_id: str | None
    address: str | None = None
    hasher: AddressHasher | None = None

    @classmethod
    def internal(cls) -> Self:
        """No request at all: a job, a run that goes on by itself, the command line."""
        return cls(None)

    def recorded_request_id(self) -> str | None:
        """The id as an entry may hold it: a UUID as it is, a caller's own text only as its hash."""
        if self.request_id is None or _REQUEST_ID.fullmatch(self.request_id):
            return self.request_id
        return "sha256:" + sha256(self.request_id.encode()).hex()[:32]

    def address_hash(self, scope_id: UUID | None) -> bytes | None:
        """The address as an entry of this scope may hold it."""
        if self.address is None:
            return None
        if self.hasher is None or scope_id is None:
            raise TypeError("an address is recorded under the key of a scope: pass the hasher and `within`")
        return self.hasher.hash(scope_id, self.address)

    def network(self) -> str | None:
        """The class of the address's network: `loopback`, `private`, `public` or `unknown`; None without an address."""
        return None if self.address is None else network_of(self.address)


@lru_cache(_CLASSED)
def network_of(address: str) -> str:
    """The class of network that an address belongs to, which tells an office from the world and nobody apart."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.is_loopback:
        return "loopback"
    return "public" if parsed.is_global else "private"


def _this_month() -> str:
    now = clock.now()
    return f"{now.year}-{now.month:02}"
