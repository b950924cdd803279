"""Keeps CRY-02. A root key of our own: 32 bytes from a file beside the data or from ENCRYPTION_KEY.

Proved in tests/controls/test_keystore_refusals.py.
"""

import base64
import contextlib
from pathlib import Path
from typing import Self, final

from ringfence.base.crypto import AesGcm, Secret, hmac_sha256, random_bytes
from ringfence.controls.keystore import disk
from ringfence.controls.keystore.keys import KeystoreRefusal

_KEY_BYTES = 32
_MAX_TEXT = 256
_HINT = "32 random bytes in base64 or hex, as `openssl rand -base64 32` gives them"


@final
class LocalRoot:
    """Keeps the RootKey protocol with a key in this process. The fingerprint cannot be turned back."""

    __slots__ = ("_cipher", "fingerprint", "source")

    def __init__(self, key: Secret, source: str) -> None:
        self.source = source
        self._cipher = AesGcm(key)
        self.fingerprint = hmac_sha256(key.reveal(), b"ringfence root fingerprint 1")[:8].hex()

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key sealed by AES-256-GCM."""
        return self._cipher.seal(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key that was wrapped so; InvalidSeal."""
        return self._cipher.open(wrapped, context)

    @classmethod
    def parse(cls, text: str, *, source: str) -> Self:
        """The key in base64 or hex; KeystoreRefusal names `source` and what is wrong, never the text."""
        raw = _decode(text.strip())
        if raw is None:
            raise KeystoreRefusal(f"{source} is not a key: it must be {_HINT}")
        if len(raw) != _KEY_BYTES:
            raise KeystoreRefusal(f"{source} holds {len(raw)} bytes, not 32: it must be {_HINT}")
        if len(set(raw)) == 1:
            raise KeystoreRefusal(f"{source} repeats one byte: it must be {_HINT}")
        return cls(Secret(raw), source)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The key in a private file; KeystoreRefusal when the file is missing, open to others or not a key."""
        try:
            disk.refuse_open(path)
            text = path.read_bytes()[:_MAX_TEXT].decode("ascii", "replace")
        except FileNotFoundError:
            raise KeystoreRefusal(f"the root key {path} is missing: put it back from its backup") from None
        except OSError as failure:
            raise KeystoreRefusal(f"the root key {path} cannot be read: {failure.strerror}") from None
        return cls.parse(text, source=str(path))

    @classmethod
    def from_new_file(cls, path: Path) -> Self:
        """The key in the file, made now unless it exists; of two processes that try at once one makes it for both."""
        if not path.exists():
            _make(path)
        return cls.from_file(path)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk.make_once(path, base64.b64encode(random_bytes(_KEY_BYTES)) + b"\n")


def _decode(text: str) -> bytes | None:
    """The bytes of hex or of base64 (either alphabet, padding optional), or None."""
    with contextlib.suppress(ValueError):
        return bytes.fromhex(text)
    padded = text.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return None
