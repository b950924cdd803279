"""Ed25519 signatures (RFC 8032)."""

from typing import Self, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ringfence.base.crypto.digest import random_bytes
from ringfence.base.crypto.secret import Secret


@final
class SigningKey:
    """An Ed25519 private key, made from its 32-byte seed."""

    __slots__ = ("_private", "public", "seed")

    def __init__(self, seed: Secret) -> None:
        self.seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self.public: bytes = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A new random key."""
        return cls(Secret(random_bytes(32)))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`."""
        return self._private.sign(message)


def verify(public: bytes, *, signature: bytes, message: bytes) -> bool:
    """Whether `signature` was made over `message` by the owner of `public` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
