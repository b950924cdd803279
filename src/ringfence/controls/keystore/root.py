"""Keeps CRY-02. The root key: 32 bytes from a file beside the data or from ENCRYPTION_KEY, known by a fingerprint.

Proved in tests/controls/test_keystore_refusals.py.
"""

import base64
import contextlib
import os
from pathlib import Path
from typing import Self, final

from ringfence.base.crypto import AesGcm, Secret, hmac_sha256, random_bytes
from ringfence.controls.keystore import disk
from ringfence.controls.keystore.keys import KeystoreRefusal

_KEY_BYTES = 32
_MAX_TEXT = 256
_HINT = "32 random bytes in base64 or hex, as `openssl rand -base64 32` gives them"


@final
class RootKey:
    """What wraps the keystore. The fingerprint names it in messages and cannot be turned back."""

    __slots__ = ("cipher", "fingerprint", "source")

    def __init__(self, key: Secret, source: str) -> None:
        self.source = source
        self.cipher = AesGcm(key)
        self.fingerprint = hmac_sha256(key.reveal(), b"ringfence root fingerprint 1")[:8].hex()

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
    """Writes the whole file under another name first: nobody reads half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{random_bytes(4).hex()}")
    disk.write_new(draft, base64.b64encode(random_bytes(_KEY_BYTES)) + b"\n")
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    disk.sync_directory(path.parent)


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
