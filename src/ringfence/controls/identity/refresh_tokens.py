"""Keeps EMB-04. Refresh tokens: opaque, 256 bits, single use, stored as a hash only.

`rfr_<organization and session>.<secret>`: the two ids only say where to look, so that no look-up crosses organizations;
what decides is the hash in that session's row. Since only hashes are stored, a child cannot be read back to be given
again: it is made anew, as an HMAC of its parent under a server key. Proved in tests/controls/test_refresh_tokens.py.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ringfence.base.crypto import Secret, hmac_sha256, length_prefixed, random_bytes, sha256
from ringfence.base.principal import OrgId, SessionId

_PREFIX: Final = "rfr_"
_SECRET_BYTES: Final = 32
_FORM: Final = re.compile(r"rfr_([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
_CHILD: Final = b"ringfence refresh child 1"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A well-formed token and where its session is to be found. It proves nothing until its digest is compared."""

    org_id: OrgId
    session_id: SessionId
    text: Secret


def first(org_id: OrgId, session_id: SessionId) -> RefreshToken:
    """The first token of a session's family: random."""
    return _made(org_id, session_id, random_bytes(_SECRET_BYTES))


def child(parent: RefreshToken, key: bytes) -> RefreshToken:
    """The one successor of a token: asked twice, the same, and only for who holds the server key."""
    secret = hmac_sha256(key, length_prefixed(_CHILD, parent.text.reveal()))
    return _made(parent.org_id, parent.session_id, secret)


def parse(text: str) -> RefreshToken | None:
    """The token, or None for what is not written as one, down to the unused bits."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    where, secret = (urlsafe_b64decode(part + "=") for part in match.groups())
    token = _made(OrgId(UUID(bytes=where[:16])), SessionId(UUID(bytes=where[16:])), secret)
    return token if token.text.reveal() == text.encode("ascii") else None


def digest(token: RefreshToken) -> bytes:
    """What the session's row keeps: SHA-256 of the whole text. 256 random bits need neither salt nor slowness."""
    return sha256(token.text.reveal())


def _made(org_id: OrgId, session_id: SessionId, secret: bytes) -> RefreshToken:
    where = org_id.bytes + session_id.bytes
    return RefreshToken(org_id, session_id, Secret(f"{_PREFIX}{_text(where)}.{_text(secret)}".encode("ascii")))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
