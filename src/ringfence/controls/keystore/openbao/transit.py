"""Keeps CRY-02, CRY-03. The transit engine: keys that encrypt on the server and never leave it.

Proved in tests/controls/test_keystore_openbao.py.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import cast, final

from ringfence.base.crypto import InvalidSeal
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.openbao.client import Bao, BaoAnswer

_TYPE = "aes256-gcm96"


class NoKey(Exception):  # noqa: N818 - what it names is the state
    """The engine has no key of this name: it was never made, or it was destroyed."""


@final
class Transit:
    """One mount of the engine."""

    def __init__(self, bao: Bao, mount: str) -> None:
        self._bao = bao
        self.mount = mount

    def make(self, name: str) -> None:
        """Makes the key unless it is there; KeystoreUnavailable for one that could leave the server."""
        answer = self._bao.call("POST", f"{self.mount}/keys/{name}", {"type": _TYPE, "exportable": False})
        if answer.is_missing:
            mend = f"bao secrets enable -path={self.mount} transit"
            raise KeystoreRefusal(f"there is no transit engine at {self.mount}: {mend}")
        found = answer.data or self._bao.call("GET", f"{self.mount}/keys/{name}").data
        is_ours = found.get("type") == _TYPE and found.get("derived") is False
        is_kept = found.get("exportable") is False and found.get("allow_plaintext_backup") is False
        if not (is_ours and is_kept):
            raise KeystoreUnavailable(f"the transit key {name} is not a plain {_TYPE} key that stays on the server")

    def destroy(self, name: str) -> None:
        """Removes the key with all its versions; nothing happens where there is none."""
        answer = self._bao.call("POST", f"{self.mount}/keys/{name}/config", {"deletion_allowed": True})
        if answer.is_good:
            answer = self._bao.call("DELETE", f"{self.mount}/keys/{name}")
        if not answer.is_good and not _is_without_key(answer):
            raise KeystoreUnavailable(f"the transit key {name} cannot be destroyed: {'; '.join(answer.errors)}")

    def encrypt(self, name: str, plaintext: bytes, context: bytes) -> str:
        """The ciphertext as the engine writes it, bound to `context`; NoKey."""
        sent = {"plaintext": _text(plaintext), "associated_data": _text(context)}
        answer = self._bao.call("POST", f"{self.mount}/encrypt/{name}", sent)
        ciphertext = answer.data.get("ciphertext")
        if not isinstance(ciphertext, str):
            raise _failure(answer, f"encrypt/{name}")
        return ciphertext

    def decrypt(self, name: str, sealed: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """The plaintexts of (ciphertext, context); NoKey, and InvalidSeal when one is not what was encrypted so."""
        batch = [{"ciphertext": ciphertext, "associated_data": _text(context)} for ciphertext, context in sealed]
        answer = self._bao.call("POST", f"{self.mount}/decrypt/{name}", {"batch_input": batch})
        results = answer.data.get("batch_results")
        if not isinstance(results, list):
            raise _failure(answer, f"decrypt/{name}")
        return [_plaintext(cast("Mapping[str, object]", each)) for each in cast("list[object]", results)]


def _plaintext(result: Mapping[str, object]) -> bytes:
    text = result.get("plaintext")
    if result.get("error") or not isinstance(text, str) or not text:
        raise InvalidSeal
    return base64.b64decode(text)


def _failure(answer: BaoAnswer, what: str) -> Exception:
    if _is_without_key(answer):
        return NoKey()
    return KeystoreUnavailable(f"{what}: status {answer.status} {'; '.join(answer.errors)}")


def _is_without_key(answer: BaoAnswer) -> bool:
    """By its words: the engine answers 400 to everything that it does not do."""
    words = " ".join(answer.errors).lower()
    return answer.is_missing or "key not found" in words or "no existing key" in words or "not found" in words


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
