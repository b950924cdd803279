"""Keeps CRY-03. One entry of the keystore's log: a key of an owner, or the tombstone of one that was destroyed.

Every entry has the same size, so a reader never trusts a length that a torn write or a flipped bit may have left.

Proved in tests/controls/test_keystore.py.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ringfence.base.crypto import AesGcm, Secret, length_prefixed

PLAIN_BYTES = 224
FRAME_BYTES = PLAIN_BYTES + AesGcm.OVERHEAD_BYTES
_HEAD = struct.Struct(">BQI16sHH")
_NO_KEY = bytes(16)
ROOT = "root/"
"""Begins the path of a root key that was replaced."""


class EntryKind(Enum):
    """What an entry says. The values are on disk."""

    KEY = 1
    TOMBSTONE = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened to the owner at `path`: key version `number` was made, or (with an empty secret) all were lost."""

    kind: EntryKind
    path: str
    at: datetime
    number: int
    key_id: bytes
    secret: Secret


def tombstone(path: str, at: datetime) -> Entry:
    """The entry that forbids the owner for ever."""
    return Entry(EntryKind.TOMBSTONE, path, at, 0, _NO_KEY, Secret(b""))


def retired_root(fingerprint: str, at: datetime) -> Entry:
    """The entry that says that this keystore was rotated away from a root key: it must never be the current again."""
    return tombstone(ROOT + fingerprint, at)


def seal(entry: Entry, cipher: AesGcm, *, epoch: int, position: int) -> bytes:
    """The entry's frame, bound to its epoch and its place, so that frames cannot be moved or mixed."""
    path, secret = entry.path.encode("ascii"), entry.secret.reveal()
    at = int(entry.at.timestamp() * 1000)
    head = _HEAD.pack(entry.kind.value, at, entry.number, entry.key_id, len(path), len(secret))
    plain = head + path + secret
    if len(plain) > PLAIN_BYTES:
        raise ValueError("the owner's path or the key is too long")
    return cipher.seal(plain.ljust(PLAIN_BYTES, b"\0"), _context(epoch, position))


def open_frame(frame: bytes, cipher: AesGcm, *, epoch: int, position: int) -> Entry:
    """The entry in a frame; InvalidSeal when it is not what was written there."""
    plain = cipher.open(frame, _context(epoch, position))
    kind, at, number, key_id, path_size, secret_size = _HEAD.unpack_from(plain)
    path_end = _HEAD.size + path_size
    path = plain[_HEAD.size : path_end].decode("ascii")
    secret = Secret(plain[path_end : path_end + secret_size])
    return Entry(EntryKind(kind), path, datetime.fromtimestamp(at / 1000, UTC), number, key_id, secret)


def _context(epoch: int, position: int) -> bytes:
    return length_prefixed(b"ringfence keystore entry 1", epoch.to_bytes(8, "big"), position.to_bytes(8, "big"))
