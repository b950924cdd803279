"""A secret that two parties sign with (RFC 7518 section 3.2): made by us, at least 256 bits."""

import base64
from typing import Final, Self, final

from ringfence.base.crypto.digest import equal, hmac_sha256, random_bytes
from ringfence.base.crypto.secret import Secret

_PREFIX: Final = b"rfs_"
_RANDOM_BYTES: Final = 32
_BYTES: Final = len(_PREFIX) + 43


@final
class SharedSecret:
    """An HS256 key. The key is the bytes of the text that its owner was shown, as every JWT library takes it."""

    __slots__ = ("text",)

    def __init__(self, text: Secret) -> None:
        if len(text.reveal()) != _BYTES or not text.reveal().startswith(_PREFIX):
            raise ValueError("not a secret of ours")
        self.text = text

    @classmethod
    def generate(cls) -> Self:
        """A new one: `rfs_` and 256 random bits in base64url."""
        return cls(Secret(_PREFIX + base64.urlsafe_b64encode(random_bytes(_RANDOM_BYTES)).rstrip(b"=")))

    def is_valid(self, *, message: bytes, signature: bytes) -> bool:
        """Whether a holder of the secret signed the message; in a time that does not tell how nearly."""
        return equal(hmac_sha256(self.text.reveal(), message), signature)
