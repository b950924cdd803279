"""Keeps AUD-05. The ticket of a link to the log's page, and the cookie that it buys: opaque, 256 bits, kept as a hash.

`<prefix><organization and visit>.<secret>`: the two ids only say where to look, so that no look-up crosses
organizations; what decides is the keyed hash in that visit's row. Proved in tests/promises/test_audit_page.py.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from ringfence.base.crypto import Secret, hmac_sha256, length_prefixed, random_bytes
from ringfence.base.principal import OrgId

_SECRET_BYTES: Final = 32
_FORM: Final = re.compile(r"(rf[tv]_)([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
_HASH: Final = b"ringfence audit visit 1"
_FORM_TOKEN: Final = b"ringfence audit form 1"


class Kind(StrEnum):
    """Which of the two, by its prefix: neither is ever taken for the other."""

    TICKET = "rft_"
    COOKIE = "rfv_"


@dataclass(frozen=True, slots=True)
class VisitToken:
    """A well-formed token and where its visit is to be found. It proves nothing until its hash is compared."""

    kind: Kind
    org_id: OrgId
    visit_id: UUID
    text: Secret


def new(kind: Kind, org_id: OrgId, visit_id: UUID) -> VisitToken:
    """A random one."""
    return _made(kind, org_id, visit_id, random_bytes(_SECRET_BYTES))


def parse(kind: Kind, text: str) -> VisitToken | None:
    """The token, or None for what is not written as one of this kind, down to the unused bits."""
    match = _FORM.fullmatch(text)
    if match is None or match[1] != kind.value:
        return None
    where, secret = (urlsafe_b64decode(part + "=") for part in match.groups()[1:])
    token = _made(kind, OrgId(UUID(bytes=where[:16])), UUID(bytes=where[16:]), secret)
    return token if token.text.reveal() == text.encode("ascii") else None


def digest(key: Secret, token: VisitToken) -> bytes:
    """What the visit's row keeps, under the server key `visit_mac`."""
    return hmac_sha256(key.reveal(), length_prefixed(_HASH, token.text.reveal()))


def form_token(key: Secret, cookie: VisitToken) -> str:
    """What each form of a visit's pages carries: only those pages know it, and only for this visit."""
    return _text(hmac_sha256(key.reveal(), length_prefixed(_FORM_TOKEN, cookie.text.reveal())))


def _made(kind: Kind, org_id: OrgId, visit_id: UUID, secret: bytes) -> VisitToken:
    where = org_id.bytes + visit_id.bytes
    return VisitToken(kind, org_id, visit_id, Secret(f"{kind.value}{_text(where)}.{_text(secret)}".encode("ascii")))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
