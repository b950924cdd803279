"""Keeps EMB-02. The synthetic address of a shadow user: `<pseudonym>@<partner>.embed.<domain>`.

The pseudonym is always a keyed hash, also where the platform's user id is no address: ids differ by case where
addresses do not, two organizations of a partner may both have a "u1", and an id may be a name or a phone number.
Proved in tests/controls/test_shadow.py.
"""

from base64 import b32encode
from typing import Final

from ringfence.base.crypto import hmac_sha256, length_prefixed
from ringfence.base.principal import OrgId, PartnerId

_PSEUDONYM_BYTES: Final = 15
"""120 bits: 24 characters of base32 without padding, and no collision to be expected among 2**50 users."""

_PURPOSE: Final = b"ringfence shadow address 1"


def address(key: bytes, partner_id: PartnerId, *, org_id: OrgId, subject: str, domain: str) -> str:
    """The user's address: the same at each exchange, and without the key it cannot be traced back to `subject`."""
    parts = length_prefixed(_PURPOSE, partner_id.bytes, org_id.bytes, subject.encode("utf-8"))
    pseudonym = b32encode(hmac_sha256(key, parts)[:_PSEUDONYM_BYTES]).decode("ascii").lower()
    return f"{pseudonym}@{partner_id}.embed.{domain}"
