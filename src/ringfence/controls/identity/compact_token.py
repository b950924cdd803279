"""Keeps EMB-01. Reads a compact JWS (RFC 7515 section 3.1) strictly: one spelling, one meaning.

A replay is recognized by `jti`, never by the token's bytes; all the same no second spelling of a token is taken: no
padding, no whitespace, no stray bits, no repeated name. Proved in tests/controls/test_partner_token.py.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from ringfence.controls.identity import strict_json
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused
from ringfence.controls.identity.strict_json import JsonObject

MAX_BYTES: Final = 8192
_PARTS: Final = 3
_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class CompactToken:
    """A token taken apart; nothing of it is verified."""

    header: JsonObject
    payload: JsonObject
    signing_input: bytes
    signature: bytes


def read(token: str | bytes) -> CompactToken:
    """The token's parts; TokenRefused for anything that is not the one canonical form."""
    raw = _bounded(token)
    parts = raw.split(b".")
    if len(parts) != _PARTS:
        raise TokenRefused(
            RefusalReason.NOT_THREE_PARTS,
            f"a signed token has three parts, header.payload.signature; this has {len(parts)}",
        )
    header, payload, signature = (_decoded(part) for part in parts)
    return CompactToken(
        header=_object(header, "header"),
        payload=_object(payload, "payload"),
        signing_input=raw[: raw.rindex(b".")],
        signature=signature,
    )


def _bounded(token: str | bytes) -> bytes:
    if len(token) > MAX_BYTES:
        raise TokenRefused(RefusalReason.TOO_LARGE, f"a token has at most {MAX_BYTES} bytes: leave out claims")
    if isinstance(token, bytes):
        return token
    try:
        return token.encode("ascii")
    except UnicodeEncodeError:
        raise TokenRefused(RefusalReason.BAD_BASE64URL, "the token holds characters that base64url has not") from None


def _decoded(part: bytes) -> bytes:
    if not _BASE64URL.fullmatch(part):
        raise TokenRefused(
            RefusalReason.BAD_BASE64URL, "each part is base64url (RFC 4648 section 5) without padding or whitespace"
        )
    if len(part) % 4 == 1:
        raise TokenRefused(RefusalReason.BAD_BASE64URL, "a part was cut short")
    decoded = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part:
        raise TokenRefused(RefusalReason.BAD_BASE64URL, "the unused bits at the end of a part must be zero")
    return decoded


def _object(raw: bytes, where: str) -> JsonObject:
    try:
        return strict_json.read_object(raw)
    except strict_json.BadJson as bad:
        reason = RefusalReason.DUPLICATE_NAME if bad.is_duplicate else RefusalReason.BAD_JSON
        raise TokenRefused(reason, f"the {where} {bad}") from None
