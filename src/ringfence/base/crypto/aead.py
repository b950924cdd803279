"""AES-256-GCM: plain for wrapping keys, and with a derived, committed key for each record."""

import os
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.base.crypto.digest import HmacSha256, equal
from ringfence.base.crypto.secret import Secret

_KEY_BYTES = 32
_TAG_BYTES = 16
_GCM_NONCE_BYTES = 12
_NONCE_BYTES = 24
_COMMITMENT_BYTES = 16
_RECORD_INFO = b"ringfence record 1"


class InvalidSeal(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """The sealed bytes, the key or the context are not the ones that were sealed; it never says which."""


def _checked(key: Secret) -> bytes:
    """The key's bytes: AES-192 and AES-128 would be accepted by their length, so the length is checked here."""
    raw = key.reveal()
    if len(raw) != _KEY_BYTES:
        raise ValueError("an AES-256 key has 32 bytes")
    return raw


@final
class AesGcm:
    """AES-256-GCM (NIST SP 800-38D) under one key: `nonce(12) | ciphertext | tag(16)`.

    The nonce is random, so one key may seal 2**32 messages and no more; keys that seal content are RecordKeys.
    """

    __slots__ = ("_cipher",)
    OVERHEAD_BYTES = _GCM_NONCE_BYTES + _TAG_BYTES

    def __init__(self, key: Secret) -> None:
        self._cipher = AESGCM(_checked(key))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`, which must be given again to open it."""
        nonce = os.urandom(_GCM_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when anything differs from what was sealed."""
        if len(sealed) < self.OVERHEAD_BYTES:
            raise InvalidSeal
        return _decrypt(self._cipher, sealed[:_GCM_NONCE_BYTES], sealed[_GCM_NONCE_BYTES:], context)


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes, context: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, ciphertext, context)
    except InvalidTag:
        raise InvalidSeal from None


@final
class RecordKey:
    """Seals any number of records: `nonce(24) | commitment(16) | ciphertext | tag(16)`.

    From the key and a random 192-bit nonce, HKDF-Expand (RFC 5869; no extract step, section 3.3: the key is already
    uniform) derives each record's own AES key, GCM nonce and commitment, so no process counts messages and a record
    opens under one key only. The commitment is compared before anything is decrypted.
    """

    __slots__ = ("_expand",)
    OVERHEAD_BYTES = _NONCE_BYTES + _COMMITMENT_BYTES + _TAG_BYTES

    def __init__(self, key: Secret) -> None:
        self._expand = HmacSha256(_checked(key)).digest

    def _derive(self, nonce: bytes) -> tuple[bytes, bytes]:
        """The record's AES key, and 32 bytes that begin with its GCM nonce and its commitment."""
        info = _RECORD_INFO + nonce
        key = self._expand(info + b"\x01")
        return key, self._expand(key + info + b"\x02")

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`, which must be given again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        key, rest = self._derive(nonce)
        return nonce + rest[12:28] + AESGCM(key).encrypt(rest[:12], plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when anything differs from what was sealed."""
        if len(sealed) < self.OVERHEAD_BYTES:
            raise InvalidSeal
        key, rest = self._derive(sealed[:24])
        if not equal(rest[12:28], sealed[24:40]):
            raise InvalidSeal
        return _decrypt(AESGCM(key), rest[:12], sealed[40:], context)
