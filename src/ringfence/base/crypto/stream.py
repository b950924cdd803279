"""A stream of any size, sealed in chunks under a key of its own, of which none can be cut, moved, doubled or added.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption, CRYPTO 2015): the
nonce of a chunk is the stream's prefix, the chunk's number and whether it is the last. The key, prefix and commitment
come from the data key and a random 192-bit nonce, as a record's do, so two streams never share a key.
"""

import os
from typing import Final, Self, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.base.crypto.aead import InvalidSeal, RecordKey
from ringfence.base.crypto.digest import equal

CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
HEAD_BYTES: Final = 40
MAX_CHUNKS: Final = 2**32
_NONCE_BYTES = 24
_PREFIX_BYTES = 7


@final
class Stream:
    """The cipher of one stream, bound to a context. Its head is `nonce(24) | commitment(16)` and is no secret.

    Chunks hold 64 KiB, but the last, which holds fewer, or as many, and none only where it is the first.
    """

    __slots__ = ("_cipher", "_context", "_prefix", "head")

    def __init__(self, key: RecordKey, nonce: bytes, context: bytes) -> None:
        if len(nonce) != _NONCE_BYTES:
            raise InvalidSeal
        secret, rest = key.derive_stream(nonce)
        self._cipher = AESGCM(secret)
        self._prefix = rest[:_PREFIX_BYTES]
        self._context = context
        self.head = nonce + rest[12:28]

    @classmethod
    def begin(cls, key: RecordKey, context: bytes) -> Self:
        """A new stream."""
        return cls(key, os.urandom(_NONCE_BYTES), context)

    @classmethod
    def of_head(cls, key: RecordKey, head: bytes, context: bytes) -> Self:
        """The stream with this head; InvalidSeal where the key did not make it."""
        stream = cls(key, head[:_NONCE_BYTES], context)
        if not equal(stream.head, head):
            raise InvalidSeal
        return stream

    def seal(self, plain: bytes | memoryview, *, number: int, ends: bool) -> bytes:
        """The chunk of this number; the last of the stream where it `ends`. ValueError where only a last one is short.

        NOTE: a number is sealed once in a stream, or two chunks share a nonce: whoever begins a stream counts.
        """
        if len(plain) > CHUNK_BYTES or (len(plain) < CHUNK_BYTES and not ends):
            raise ValueError("a chunk has 64 KiB, and only the last of a stream may be short")
        return self._cipher.encrypt(self._nonce(number, ends=ends), plain, self._context)

    def open(self, sealed: bytes | memoryview, *, number: int, ends: bool) -> bytes:
        """What `seal` took; InvalidSeal for anything that is not this chunk of this stream in this place."""
        if len(sealed) < TAG_BYTES:
            raise InvalidSeal
        try:
            return self._cipher.decrypt(self._nonce(number, ends=ends), sealed, self._context)
        except InvalidTag:
            raise InvalidSeal from None

    def _nonce(self, number: int, *, ends: bool) -> bytes:
        if number >= MAX_CHUNKS:
            raise ValueError("a stream has at most 2**32 chunks")
        return self._prefix + number.to_bytes(4, "big") + (b"\x01" if ends else b"\x00")
