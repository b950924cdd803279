"""Keeps CRY-02. The root key in Azure Key Vault or Managed HSM, by its REST interface (`wrapkey`, `unwrapkey`).

An RSA key there takes no additional data, so it wraps a key of 256 random bits, and that one seals the keystore's key
bound to its place: `version's size(1) | version | wrapped size(2) | wrapped key | sealed`. How it logs in: azure_login.
Proved in tests/controls/test_keystore_azure.py.
"""

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast, final
from urllib.parse import urlsplit

import msgspec

from ringfence.base.crypto import AesGcm, InvalidSeal, Secret, length_prefixed, random_bytes
from ringfence.base.outbound import OutboundError
from ringfence.base.outbound_sync import SyncOutbound
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.azure_login import AzureAccess, AzureLogin, members

_API: Final = "7.4"
_ALGORITHM: Final = "RSA-OAEP-256"
_VERSION: Final = re.compile(rb"[0-9a-zA-Z]{1,64}")
_PATH: Final = re.compile(r"/keys/([0-9a-zA-Z-]+)/?")


@final
class AzureKeyVault:
    """One RSA key: `https://NAME.vault.azure.net/keys/KEY`. New versions of it wrap, older ones unwrap."""

    def __init__(self, place: str, access: AzureAccess) -> None:
        """KeystoreRefusal for what names no key, and without the means to log in; asks no network."""
        parts = urlsplit(place)
        found = _PATH.fullmatch(parts.path)
        if found is None or parts.hostname is None:
            raise KeystoreRefusal(
                f"azure-kv:{place} names no key: write azure-kv:https://NAME.vault.azure.net/keys/KEY"
            )
        try:
            self._http = SyncOutbound(f"{parts.scheme}://{parts.netloc}", kept=0)
            self._login = AzureLogin(access, f"https://{parts.hostname.partition('.')[2]}")
        except ValueError as failure:
            raise KeystoreRefusal(f"azure-kv:{place}: {failure}") from None
        self._key = f"/keys/{found[1]}"
        self.identity = f"azure-kv:{parts.hostname}{self._key}"

    def encrypt(self, plaintext: bytes, keystore: str, context: bytes) -> bytes:
        """The frame that the module's first lines describe."""
        inner = Secret(random_bytes(32))
        answer = self._asked(f"{self._key}/wrapkey", inner.reveal())
        version = str(answer.get("kid", "")).rpartition("/")[2].encode()
        wrapped = _decoded(answer)
        if not _VERSION.fullmatch(version):
            raise KeystoreUnavailable("Azure Key Vault names no version of its key")
        sealed = AesGcm(inner).seal(plaintext, _bound(keystore, context))
        return bytes([len(version)]) + version + len(wrapped).to_bytes(2, "big") + wrapped + sealed

    def decrypt(self, ciphertext: bytes, keystore: str, context: bytes) -> bytes:
        """The plaintext; InvalidSeal."""
        version_end = 1 + ciphertext[0] if ciphertext else 0
        version = ciphertext[1:version_end]
        wrapped_end = version_end + 2 + int.from_bytes(ciphertext[version_end : version_end + 2], "big")
        wrapped = ciphertext[version_end + 2 : wrapped_end]
        if not _VERSION.fullmatch(version) or not wrapped:
            raise InvalidSeal
        inner = _decoded(self._asked(f"{self._key}/{version.decode()}/unwrapkey", wrapped))
        try:
            return AesGcm(Secret(inner)).open(ciphertext[wrapped_end:], _bound(keystore, context))
        except ValueError:
            raise InvalidSeal from None

    def _asked(self, path: str, value: bytes) -> Mapping[str, object]:
        sent = {"alg": _ALGORITHM, "value": _encoded(value)}
        try:
            headers = {"Authorization": f"Bearer {self._login.token()}", "Content-Type": "application/json"}
            body = msgspec.json.encode(sent)
            answer = self._http.call("POST", f"{path}?api-version={_API}", body, headers=headers)
        except OutboundError as failure:
            raise KeystoreUnavailable(f"Azure Key Vault cannot be asked: {failure.failure} {failure.cause}") from None
        told = members(answer)
        if answer.status == HTTPStatus.OK:
            return told
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._login.forget()
        reason = str(cast("Mapping[str, object]", told.get("error") or {}).get("code", ""))
        if answer.status == HTTPStatus.BAD_REQUEST and path.endswith("/unwrapkey"):
            raise InvalidSeal
        raise KeystoreUnavailable(f"Azure Key Vault refuses {self.identity}: status {answer.status} {reason}")


def _bound(keystore: str, context: bytes) -> bytes:
    return length_prefixed(b"ringfence root azure 1", keystore.encode(), context)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(answer: Mapping[str, object]) -> bytes:
    text = answer.get("value")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    if not raw:
        raise KeystoreUnavailable("Azure Key Vault gave no value")
    return raw
