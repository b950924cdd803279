"""Keeps CRY-02. The root key as a transit key of OpenBao or HashiCorp Vault, while keys stay in files of this host.

Proved in tests/controls/test_keystore_remote.py.
"""

from typing import final
from urllib.parse import urlsplit

from ringfence.base.crypto import InvalidSeal, length_prefixed
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.openbao.client import Bao, BaoAccess
from ringfence.controls.keystore.openbao.transit import NoKey, Transit


@final
class TransitRoot:
    """One key of the transit engine, which its administrator made: `https://host:8200/transit/NAME`."""

    def __init__(self, place: str, access: BaoAccess) -> None:
        """KeystoreRefusal for what names no key; asks no network."""
        parts = urlsplit(place)
        mount, _, self._key = parts.path.strip("/").rpartition("/")
        if not mount or not self._key or parts.query:
            raise KeystoreRefusal(f"openbao:{place} names no key: write openbao:https://host:8200/transit/NAME")
        self.identity = f"openbao:{mount}/{self._key}"
        bao = Bao(f"{parts.scheme}://{parts.netloc}", access, variable=f"openbao:{place}", kept=0)
        self._transit = Transit(bao, mount)

    def encrypt(self, plaintext: bytes, keystore: str, context: bytes) -> bytes:
        """The ciphertext; KeystoreUnavailable from a server that does not bind it to its context."""
        try:
            ciphertext = self._transit.encrypt(self._key, plaintext, _bound(keystore, context)).encode()
        except NoKey:
            raise KeystoreUnavailable(f"{self.identity}: there is no such transit key") from None
        try:
            self.decrypt(ciphertext, keystore, context + b"elsewhere")
        except InvalidSeal:
            return ciphertext
        raise KeystoreUnavailable(f"{self.identity} does not bind what it encrypts: use OpenBao 2")

    def decrypt(self, ciphertext: bytes, keystore: str, context: bytes) -> bytes:
        """The plaintext; InvalidSeal."""
        try:
            sealed = (ciphertext.decode("ascii"), _bound(keystore, context))
            return self._transit.decrypt(self._key, [sealed])[0]
        except UnicodeDecodeError:
            raise InvalidSeal from None
        except NoKey:
            raise KeystoreUnavailable(f"{self.identity}: there is no such transit key") from None


def _bound(keystore: str, context: bytes) -> bytes:
    return length_prefixed(b"ringfence root 1", keystore.encode(), context)
