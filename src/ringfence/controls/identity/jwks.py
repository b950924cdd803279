"""Keeps EMB-01. Reads a partner's key set (RFC 7517 section 5): which of its keys verify tokens, and why others do not.

What is taken is decided key by key, so that one bad key does not lock out the rest; a name that two keys share is
refused for both, for nobody could say which of them a token means. Nothing in a set can name another place to look
(x5u, x5c and their like are not read). Proved in tests/controls/test_jwks.py.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from ringfence.base.crypto import PublicKey, UnusableKey, load_public_jwk
from ringfence.controls.identity import strict_json
from ringfence.controls.identity.partner_claims import is_identifier
from ringfence.controls.identity.strict_json import BadJson, JsonObject

MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 50


class KeyRefusal(StrEnum):
    """Why a key of a set is not taken."""

    NO_KID = "no_kid"
    DUPLICATE_KID = "duplicate_kid"
    NOT_FOR_SIGNATURES = "not_for_signatures"
    SYMMETRIC_KEY = "symmetric_key"
    UNUSABLE_KEY = "unusable_key"
    # What only the registered keys can tell:
    KID_TAKEN = "kid_taken"
    KEY_CHANGED = "key_changed"
    REVOKED = "revoked"
    TOO_MANY_KEYS = "too_many_keys"


class BadKeySet(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """The answer is no key set; `code` is a word of a closed list."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class RefusedKey:
    """A key that is not taken: its kid where it has one, and the reason."""

    kid: str | None
    reason: KeyRefusal


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a server says: the keys to verify by, by their kid, and those that are not taken."""

    keys: dict[str, PublicKey]
    refused: tuple[RefusedKey, ...]


def read(body: bytes) -> KeySet:
    """The key set, which may be empty; BadKeySet `not_json`, `not_a_key_set` or `too_many_keys`."""
    try:
        document = strict_json.read_object(body)
    except BadJson:
        raise BadKeySet("not_json") from None
    found = document.get("keys")
    if not isinstance(found, list):
        raise BadKeySet("not_a_key_set")
    entries = cast("list[object]", found)
    if len(entries) > MAX_KEYS:
        raise BadKeySet("too_many_keys")
    if not all(isinstance(entry, dict) for entry in entries):
        raise BadKeySet("not_a_key_set")
    return _sorted(cast("list[JsonObject]", entries))


def _sorted(entries: list[JsonObject]) -> KeySet:
    """The entries, taken and refused."""
    # A key for encryption may share its kid with one for signatures: it does not compete.
    kids = Counter(str(entry.get("kid")) for entry in entries if _is_for_signatures(entry))
    keys: dict[str, PublicKey] = {}
    refused: list[RefusedKey] = []
    for entry in entries:
        kid = entry.get("kid")
        if not is_identifier(kid):
            refused.append(RefusedKey(None, KeyRefusal.NO_KID))
            continue
        name = cast("str", kid)
        taken = _key(entry, is_unique=kids[name] == 1)
        if isinstance(taken, KeyRefusal):
            refused.append(RefusedKey(name, taken))
        else:
            keys[name] = taken
    return KeySet(keys, tuple(dict.fromkeys(refused)))


def _key(entry: JsonObject, *, is_unique: bool) -> PublicKey | KeyRefusal:
    if not _is_for_signatures(entry):
        return KeyRefusal.NOT_FOR_SIGNATURES
    if not is_unique:
        return KeyRefusal.DUPLICATE_KID
    if entry.get("kty") == "oct":
        return KeyRefusal.SYMMETRIC_KEY
    try:
        return load_public_jwk(entry)
    except UnusableKey:
        return KeyRefusal.UNUSABLE_KEY


def _is_for_signatures(entry: JsonObject) -> bool:
    if entry.get("use", "sig") != "sig":
        return False
    if "key_ops" not in entry:
        return True
    operations = entry["key_ops"]
    return isinstance(operations, list) and "verify" in cast("list[object]", operations)
