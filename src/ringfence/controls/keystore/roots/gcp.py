"""Keeps CRY-02. The root key in Google Cloud KMS, by its REST interface v1 (`:encrypt`, `:decrypt`).

Every field is sent and taken with its CRC32C, as Google's guide to data integrity asks. Credentials are found by
google-auth as every Google client finds them. Proved in tests/controls/test_keystore_gcp.py.
"""

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast, final
from urllib.parse import urlsplit

import msgspec

from ringfence.base.crypto import InvalidSeal, length_prefixed
from ringfence.base.outbound import OutboundError
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.crc32c import crc32c

_ENDPOINT: Final = "https://cloudkms.googleapis.com"
_SCOPE: Final = "https://www.googleapis.com/auth/cloudkms"
_NAME: Final = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_BODY_BYTES: Final = 1_000_000


@final
class GcpKms:
    """One symmetric key. `place` is its resource name, behind `https://endpoint/v1/` where it is not Google's own."""

    def __init__(self, place: str) -> None:
        """KeystoreRefusal for what is no key's name, and where google-auth is not installed; asks no network."""
        endpoint, name = _ENDPOINT, place
        if place.startswith("http"):
            parts = urlsplit(place)
            endpoint, name = f"{parts.scheme}://{parts.netloc}", parts.path.removeprefix("/v1/")
        if not _NAME.fullmatch(name):
            raise KeystoreRefusal(
                f"gcp-kms:{place} names no key: write gcp-kms:projects/P/locations/L/keyRings/R/cryptoKeys/K"
            )
        self.identity = f"gcp-kms:{name}"
        self._name = name
        self._transport = _Transport()
        self._credentials: Any = None
        try:
            self._http = SyncOutbound(endpoint, body_bytes=_BODY_BYTES, kept=0)
            import google.auth.exceptions  # noqa: PLC0415 - costly, and only for those who use it
        except ValueError as failure:
            raise KeystoreRefusal(f"gcp-kms:{place}: {failure}") from None
        except ImportError:
            raise KeystoreRefusal(
                "a root key in Google Cloud KMS needs google-auth: pip install 'ringfence[gcp]'"
            ) from None
        self._failure = google.auth.exceptions.GoogleAuthError

    def encrypt(self, plaintext: bytes, keystore: str, context: bytes) -> bytes:
        """The ciphertext; KeystoreUnavailable when any of it was changed on its way."""
        bound = length_prefixed(keystore.encode(), context)
        sent = {
            **_checked_field("plaintext", plaintext),
            **_checked_field("additionalAuthenticatedData", bound),
        }
        answer = self._asked("encrypt", sent)
        is_whole = (
            answer.get("verifiedPlaintextCrc32c") is True
            and answer.get("verifiedAdditionalAuthenticatedDataCrc32c") is True
            and str(answer.get("name", "")).startswith(self._name)
        )
        if not is_whole:
            raise KeystoreUnavailable("Google Cloud KMS did not get what was sent")
        return _taken(answer, "ciphertext")

    def decrypt(self, ciphertext: bytes, keystore: str, context: bytes) -> bytes:
        """The plaintext; InvalidSeal."""
        bound = length_prefixed(keystore.encode(), context)
        sent = {
            **_checked_field("ciphertext", ciphertext),
            **_checked_field("additionalAuthenticatedData", bound),
        }
        return _taken(self._asked("decrypt", sent), "plaintext")

    def _asked(self, verb: str, sent: Mapping[str, str]) -> Mapping[str, object]:
        try:
            headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
            answer = self._http.call("POST", f"/v1/{self._name}:{verb}", msgspec.json.encode(sent), headers=headers)
        except OutboundError as failure:
            raise KeystoreUnavailable(f"Google Cloud KMS cannot be asked: {failure.failure} {failure.cause}") from None
        except self._failure as failure:
            raise KeystoreUnavailable(f"Google gives no token: {type(failure).__name__}") from None
        told = _members(answer)
        if answer.status == HTTPStatus.OK:
            return told
        reason = str(cast("Mapping[str, object]", told.get("error") or {}).get("status", ""))
        if verb == "decrypt" and answer.status == HTTPStatus.BAD_REQUEST and reason == "INVALID_ARGUMENT":
            raise InvalidSeal
        raise KeystoreUnavailable(f"Google Cloud KMS refuses {self._name}: status {answer.status} {reason}")

    def _token(self) -> str:
        if self._credentials is None:
            import google.auth  # noqa: PLC0415 - costly, and only for those who use it

            auth: Any = google.auth
            self._credentials, _project = auth.default(scopes=[_SCOPE], request=self._transport)
        if not self._credentials.valid:
            self._credentials.refresh(self._transport)
        return str(self._credentials.token)


@final
class _Transport:
    """google-auth's calls for tokens, through our own door: the interface of google.auth.transport.Request."""

    def __init__(self) -> None:
        self._origins: dict[str, SyncOutbound] = {}

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_others: object,
    ) -> "_Response":
        import google.auth.exceptions  # noqa: PLC0415 - costly, and only for those who use it

        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = body.encode() if isinstance(body, str) else body or b""
        try:
            http = self._origins.setdefault(origin, SyncOutbound(origin, body_bytes=_BODY_BYTES, kept=0))
            answer = http.call(method, path, sent, headers=headers or {}, total_s=min(timeout or 5.0, 5.0))
        except (OutboundError, ValueError) as failure:
            raise google.auth.exceptions.TransportError(str(failure)) from failure
        return _Response(answer)


@final
class _Response:
    """An answer as google-auth reads it."""

    def __init__(self, answer: SyncAnswer) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.data = answer.body


def _checked_field(name: str, value: bytes) -> dict[str, str]:
    return {name: base64.b64encode(value).decode(), f"{name}Crc32c": str(crc32c(value))}


def _taken(answer: Mapping[str, object], name: str) -> bytes:
    """A field of the answer; KeystoreUnavailable unless its sum is the one that came with it."""
    try:
        value = base64.b64decode(str(answer[name]), validate=True)
        is_whole = crc32c(value) == int(str(answer[f"{name}Crc32c"]))
    except (KeyError, ValueError):
        is_whole, value = False, b""
    if not is_whole:
        raise KeystoreUnavailable(f"Google Cloud KMS's {name} was changed on its way")
    return value


def _members(answer: SyncAnswer) -> Mapping[str, object]:
    try:
        told = msgspec.json.decode(answer.body or b"{}")
    except msgspec.DecodeError:
        raise KeystoreUnavailable(f"Google Cloud KMS answers no JSON (status {answer.status})") from None
    return cast("Mapping[str, object]", told) if isinstance(told, dict) else {}
