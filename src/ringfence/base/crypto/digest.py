"""Hashes, HMAC, HKDF and randomness, all SHA-256."""

import hashlib
import hmac
import os
from typing import Protocol, Self, final

_BLOCK_BYTES = 64
_HASH_BYTES = 32
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class HashState(Protocol):
    """What hashlib's objects have in common."""

    def copy(self) -> Self:
        """The same state, to go on from."""
        ...

    def update(self, data: bytes, /) -> None:
        """Takes in more bytes."""

    def digest(self) -> bytes:
        """The hash of what was taken in."""
        ...


def random_bytes(size: int) -> bytes:
    """`size` bytes from the operating system, which stays unpredictable after a fork."""
    return os.urandom(size)


def sha256(data: bytes) -> bytes:
    """The 32-byte SHA-256 of `data`."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32-byte HMAC-SHA256 (RFC 2104) of `message`; for one key and many messages see HmacSha256."""
    return hmac.digest(key, message, "sha256")


def equal(left: bytes, right: bytes) -> bool:
    """Whether both are the same bytes, in a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)


def length_prefixed(*parts: bytes) -> bytes:
    """The parts, each behind its length in 4 bytes: no two different lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def hkdf_sha256(key: bytes, *, salt: bytes, info: bytes, size: int) -> bytes:
    """HKDF-SHA256 (RFC 5869, extract and expand), `size` bytes of at most 8160."""
    if not 0 < size <= 255 * _HASH_BYTES:
        raise ValueError("HKDF-SHA256 gives 1 to 8160 bytes")
    expander = hmac_sha256(salt, key)
    block, output = b"", b""
    for counter in range(1, -(-size // _HASH_BYTES) + 1):
        block = hmac_sha256(expander, block + info + bytes([counter]))
        output += block
    return output[:size]


@final
class HmacSha256:
    """HMAC-SHA256 under one key for many messages: the key's two hash states are made once and copied.

    Measured on CPython 3.11 for 24 bytes: 2.3 us a message, against 4.8 us by `hmac.digest`, 4.0 us by a copied `hmac`
    object and more by `cryptography`, whose HKDFExpand to 60 bytes takes 7.2 us (4.6 us for the two messages here).
    """

    __slots__ = ("inner", "outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK_BYTES:
            key = sha256(key)
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self.inner: HashState = hashlib.sha256(padded.translate(_INNER))
        self.outer: HashState = hashlib.sha256(padded.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """The 32-byte code of `message`."""
        inner = self.inner.copy()
        inner.update(message)
        outer = self.outer.copy()
        outer.update(inner.digest())
        return outer.digest()
