"""Keeps EMB-01. Reads a compact JWS (RFC 7515 section 3.1) strictly: one spelling, one meaning.

A replay is recognized by `jti`, never by the token's bytes; all the same no second spelling of a token is taken: no
padding, no whitespace, no stray bits, no repeated name. Proved in tests/controls/test_partner_token.py.
"""

import base64
import json
import math
import re
from dataclasses import dataclass
from typing import Final, NoReturn, cast

from ringfence.controls.identity.refusals import RefusalReason, TokenRefused

MAX_BYTES: Final = 8192
_MAX_DEPTH: Final = 8
_PARTS: Final = 3
_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]*")
# One without its end reaches to the end of the text: looked for from each quote anew, it would cost a square.
_JSON_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

JsonObject = dict[str, object]


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
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise TokenRefused(RefusalReason.BAD_JSON, f"the {where} is not UTF-8") from None
    if _depth(text) > _MAX_DEPTH:
        raise TokenRefused(RefusalReason.BAD_JSON, f"the {where} is nested more than {_MAX_DEPTH} levels deep")
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except ValueError:
        raise TokenRefused(RefusalReason.BAD_JSON, f"the {where} is not JSON (RFC 8259) with finite numbers") from None
    if not isinstance(value, dict):
        raise TokenRefused(RefusalReason.BAD_JSON, f"the {where} must be a JSON object")
    return cast("JsonObject", value)


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings; counted before parsing, so that no parser recurses on it."""
    deepest = depth = 0
    for character in _JSON_STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenRefused(RefusalReason.DUPLICATE_NAME, "a name occurs twice in one object (RFC 8725 section 2.4)")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
