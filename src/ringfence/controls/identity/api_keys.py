"""Keeps KEY-01. The form of an API key: `rf_live_<id>_<secret><checksum>`, 22 + 43 + 6 base62 digits.

The id says where to look, the checksum spares a look-up for anything mistyped or made up, and the secret is 256 random
bits. Only an HMAC of the whole text under a pepper is stored: a password hash slows the guessing of weak secrets, which
these are not, and would cost 35,000 times more on every request. Proved in tests/controls/test_api_keys.py.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import Secret, hmac_sha256, random_bytes
from ringfence.base.principal import KeyId
from ringfence.controls.identity import base62

_ID_DIGITS: Final = 22
_SECRET_BYTES: Final = 32
_SECRET_DIGITS: Final = 43
_CHECKSUM_DIGITS: Final = 6

# Published for secret scanners (docs, /.well-known); it finds a key within any text.
API_KEY_PATTERN: Final = (
    rf"\brf_(?:live|test)_[0-9A-Za-z]{{{_ID_DIGITS}}}_[0-9A-Za-z]{{{_SECRET_DIGITS + _CHECKSUM_DIGITS}}}\b"
)

_WHOLE: Final = re.compile(
    rf"rf_(?P<kind>live|test)_(?P<id>[0-9A-Za-z]{{{_ID_DIGITS}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{_SECRET_DIGITS}}})(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_DIGITS}}})"
)


class ApiKeyKind(StrEnum):
    """Whether a key is for real customers or for trying out; the text says so at a glance."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made. `text` is shown to its owner once and kept nowhere."""

    id: KeyId
    kind: ApiKeyKind
    text: Secret


@dataclass(frozen=True, slots=True)
class ParsedApiKey:
    """A well-formed key: which row to look up. Nothing is proved until its digest is compared with the row's."""

    id: KeyId
    kind: ApiKeyKind


def generate(kind: ApiKeyKind) -> NewApiKey:
    """A new key with an id of its own."""
    return spelled(kind, KeyId(ids.new()), random_bytes(_SECRET_BYTES))


def spelled(kind: ApiKeyKind, key_id: KeyId, secret_bytes: bytes) -> NewApiKey:
    """The key of this id and these 32 secret bytes."""
    secret = base62.encode(int.from_bytes(secret_bytes), _SECRET_DIGITS)
    body = f"rf_{kind}_{base62.encode(key_id.int, _ID_DIGITS)}_{secret}"
    return NewApiKey(key_id, kind, Secret((body + _checksum(body)).encode("ascii")))


def parse(text: str) -> ParsedApiKey | None:
    """The key's id and kind, or None for anything that this deployment cannot have made."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    if _checksum(text[:-_CHECKSUM_DIGITS]) != match["checksum"]:
        return None
    number = base62.decode(match["id"])
    if number >> 128:
        return None
    return ParsedApiKey(KeyId(UUID(int=number)), ApiKeyKind(match["kind"]))


def digest(pepper: bytes, text: str) -> bytes:
    """What is stored instead of the key: HMAC-SHA256 of its whole text, kind and id included. Compare by `equal`."""
    return hmac_sha256(pepper, text.encode("ascii"))


def _checksum(body: str) -> str:
    """CRC-32 of everything before it. It finds slips of the hand; it is no protection."""
    return base62.encode(zlib.crc32(body.encode("ascii")), _CHECKSUM_DIGITS)
