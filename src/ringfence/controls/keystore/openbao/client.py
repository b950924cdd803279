"""Keeps CRY-02. Speaks with OpenBao or HashiCorp Vault: one address, one token, bounded in time.

Proved in tests/controls/test_keystore_openbao_failures.py.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast, final

import msgspec

from ringfence.base import clock
from ringfence.base.crypto import Secret
from ringfence.base.outbound import Failure, OutboundError
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable

_REST_SECONDS: Final = 2.0
_ERRORS_TOLD: Final = 2
_ERROR_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BaoAccess:
    """Who we are to the server: a token, a file that holds one, or an AppRole; and how its certificate is verified."""

    token: Secret | None = None
    token_file: Path | None = None
    role_id: str | None = None
    secret_id: Secret | None = None
    approle: str = "approle"
    namespace: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class BaoAnswer:
    """What the server said, in JSON; `errors` are its words for a refusal."""

    status: int
    data: Mapping[str, object]
    errors: Sequence[str] = ()

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def is_good(self) -> bool:
        """Whether it was done."""
        return self.status < HTTPStatus.BAD_REQUEST


@final
class Bao:
    """One server. `call` gives answers of 200, 204, 400 and 404; everything else is KeystoreUnavailable."""

    def __init__(self, address: str, access: BaoAccess, *, variable: str, kept: int = 8) -> None:
        """KeystoreRefusal names `variable` where the address or the means to log in are wrong."""
        self.address = address.rstrip("/")
        self._access = access
        self._lock = threading.Lock()
        self._token: str | None = None
        self._down_until = 0.0
        if access.token is None and access.token_file is None and (access.role_id is None or access.secret_id is None):
            raise KeystoreRefusal(
                f"{variable} needs a way to log in: set RINGFENCE_OPENBAO_TOKEN, RINGFENCE_OPENBAO_TOKEN_FILE, or "
                "RINGFENCE_OPENBAO_ROLE_ID and RINGFENCE_OPENBAO_SECRET_ID"
            )
        try:
            self._http = SyncOutbound(self.address, ca_file=access.ca_file, kept=kept)
        except (ValueError, OSError) as failure:
            raise KeystoreRefusal(f"{variable}: {failure}") from None

    @property
    def is_resting(self) -> bool:
        """Whether the server gave no answer a moment ago: who cannot wait need not ask."""
        return clock.monotonic() < self._down_until

    def rest(self) -> None:
        """Notes that somebody could not wait for its answer."""
        self._down_until = clock.monotonic() + _REST_SECONDS

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> BaoAnswer:
        """The answer; a token that is over is replaced once, where we can log in."""
        token = self._token or self._log_in()
        answer = self._send(method, path, body, token=token)
        if answer.status == HTTPStatus.FORBIDDEN and self._can_log_in_again:
            answer = self._send(method, path, body, token=self._log_in())
        return _checked(answer, f"{method} {path}")

    def renew(self) -> float:
        """Renews the token; gives the seconds until it should be done again."""
        answer = self.call("GET", "auth/token/lookup-self")
        ttl = _number(answer.data.get("ttl"))
        if answer.data.get("renewable") is True:
            renewed = self.call("POST", "auth/token/renew-self", {})
            ttl = ttl if not renewed.is_good else max(ttl, 1.0)
        if self._can_log_in_again and 0 < ttl < _LOG_IN_BELOW_SECONDS:
            self._log_in()
        return min(_RENEW_SECONDS, max(ttl / 3, 1.0)) if ttl else _RENEW_SECONDS

    def close(self) -> None:
        """Lets go of the connections."""
        self._http.close()

    @property
    def _can_log_in_again(self) -> bool:
        return self._access.token is None

    def _log_in(self) -> str:
        access = self._access
        with self._lock:
            if access.token is not None:
                token = access.token.reveal().decode()
            elif access.token_file is not None:
                token = _read_token(access.token_file)
            else:
                token = self._log_in_by_role()
            self._token = token
        return token

    def _log_in_by_role(self) -> str:
        access = self._access
        secret = access.secret_id.reveal().decode() if access.secret_id is not None else ""
        path = f"auth/{access.approle}/login"
        answer = self._send("POST", path, {"role_id": access.role_id, "secret_id": secret}, token=None)
        auth = _told(answer, f"POST {path}").get("auth")
        token = _members(auth).get("client_token")
        if answer.status != HTTPStatus.OK or not isinstance(token, str):
            raise KeystoreUnavailable(f"{self.address} refuses the AppRole (status {answer.status})")
        return token

    def _send(self, method: str, path: str, body: Mapping[str, object] | None, *, token: str | None) -> SyncAnswer:
        headers = {"X-Vault-Request": "true"}
        if token is not None:
            headers["X-Vault-Token"] = token
        if self._access.namespace is not None:
            headers["X-Vault-Namespace"] = self._access.namespace
        sent = msgspec.json.encode(body) if body is not None else b""
        try:
            answer = self._http.call(method, f"/v1/{path}", sent, headers=headers)
        except OutboundError as failure:
            if failure.failure is not Failure.TOO_LARGE:
                self.rest()
            raise KeystoreUnavailable(f"{self.address}: {failure.failure.value} ({failure.cause})") from None
        self._down_until = 0.0
        return answer


_RENEW_SECONDS: Final = 300.0
_LOG_IN_BELOW_SECONDS: Final = 60.0


def _checked(answer: SyncAnswer, what: str) -> BaoAnswer:
    told = _told(answer, what)
    errors = [str(error)[:_ERROR_CHARACTERS] for error in _items(told.get("errors"))][:_ERRORS_TOLD]
    if answer.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        return BaoAnswer(answer.status, _members(told.get("data")), errors)
    raise KeystoreUnavailable(f"{what}: status {answer.status} {'; '.join(errors)}")


def _told(answer: SyncAnswer, what: str) -> Mapping[str, object]:
    try:
        return _members(msgspec.json.decode(answer.body or b"{}"))
    except msgspec.DecodeError:
        raise KeystoreUnavailable(f"{what}: status {answer.status}, and no JSON: is that OpenBao?") from None


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as failure:
        raise KeystoreUnavailable(f"the token file {path} cannot be read: {type(failure).__name__}") from None


def _members(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _items(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
