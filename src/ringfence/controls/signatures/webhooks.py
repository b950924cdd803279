"""Keeps HOK-02. Signed webhooks (Standard Webhooks 1.0): id, time and body under HMAC-SHA256.

    webhook-id         the same for each repeat of a message, so that a receiver drops what it has
    webhook-timestamp  when this try was made, in seconds: a receiver refuses what is minutes old
    webhook-signature  `v1,` and base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>"), one for each valid secret

Proved in tests/controls/test_signatures.py, against the specification's own example.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self, final

from ringfence.base.crypto import Secret, hmac_sha256, random_bytes

_PREFIX: Final = "whsec_"
_KEY_BYTES: Final = 32
_LEAST_BYTES: Final = 24
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


@final
class WebhookSecret:
    """A key of webhooks, and the text that its receiver was shown: `whsec_` and base64 of the key."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        if len(key.reveal()) < _LEAST_BYTES:
            raise ValueError("a webhook's key has at least 192 bits")
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """A new one of 256 random bits."""
        return cls(Secret(random_bytes(_KEY_BYTES)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The secret of its text; ValueError, which does not repeat it."""
        try:
            key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except (ValueError, binascii.Error):
            raise ValueError("a webhook's secret is whsec_ and base64") from None
        return cls(Secret(key))

    def reveal(self) -> str:
        """The text, to be shown once or sealed."""
        return _PREFIX + base64.b64encode(self._key.reveal()).decode()

    def sign(self, message_id: str, seconds: int, body: bytes) -> str:
        """One signature of the header, with its version."""
        signed = b"%b.%d.%b" % (message_id.encode(), seconds, body)
        return "v1," + base64.b64encode(hmac_sha256(self._key.reveal(), signed)).decode()

    def __repr__(self) -> str:
        return "<webhook secret>"


def headers(message_id: str, body: bytes, *, at: datetime, secrets: Sequence[WebhookSecret]) -> dict[str, str]:
    """The three headers of a message; while a secret is being replaced, both sign it."""
    if _ID.fullmatch(message_id) is None:
        raise ValueError("a message's id is letters, digits, _ and -: a dot would end it")
    seconds = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(secret.sign(message_id, seconds, body) for secret in secrets),
    }
