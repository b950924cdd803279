"""Keeps CRY-02. Who we are to Azure: a token for Key Vault, by whichever means the machine or its operator gives.

1. AZURE_CLIENT_SECRET: an application's secret (OAuth 2.0 client credentials, RFC 6749, 4.4).
2. AZURE_FEDERATED_TOKEN_FILE: the workload identity of AKS. The file's token, which the kubelet replaces, is the client
   assertion (RFC 7523, 2.2).
3. IDENTITY_ENDPOINT and IDENTITY_HEADER: the managed identity of App Service and Container Apps
   (learn.microsoft.com/azure/app-service/overview-managed-identity, REST endpoint reference).
4. Else the managed identity of a virtual machine, asked of its instance metadata service
   (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).

Proved in tests/controls/test_keystore_azure_login.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast, final
from urllib.parse import urlencode, urlsplit

import msgspec

from ringfence.base import clock
from ringfence.base.crypto import Secret
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable

_AUTHORITY: Final = "https://login.microsoftonline.com"
_METADATA: Final = "http://169.254.169.254"
_METADATA_PATH: Final = "/metadata/identity/oauth2/token"
_METADATA_VERSION: Final = "2018-02-01"
_APP_SERVICE_VERSION: Final = "2019-08-01"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLIER_SECONDS: Final = 60.0
_MOST_SECONDS: Final = 86_400.0
_TOKEN_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAccess:
    """Who we are to Azure. With nothing set, the managed identity of the machine."""

    tenant: str | None = None
    client: str | None = None
    """The application; without a tenant, which of a machine's identities."""
    secret: Secret | None = None
    authority: str = _AUTHORITY
    token_file: Path | None = None
    identity_endpoint: str | None = None
    identity_header: Secret | None = None
    metadata: str = _METADATA
    """The instance metadata service; another for tests alone."""


@final
class AzureLogin:
    """Tokens for one resource, each used until a minute before its end."""

    def __init__(self, access: AzureAccess, resource: str) -> None:
        """KeystoreRefusal for means that are incomplete, ValueError for an address in the clear; asks no network."""
        self._access = access
        self._resource = resource
        self._ask, self.means = self._chosen()
        self._token, self._until = "", 0.0

    def token(self) -> str:
        """The token, asked for where there is none that lasts; KeystoreUnavailable, OutboundError."""
        if clock.monotonic() >= self._until:
            answer = self._ask()
            told = members(answer)
            token, seconds = told.get("access_token"), _seconds(told)
            if answer.status != HTTPStatus.OK or not isinstance(token, str) or not token or seconds is None:
                code = str(told.get("error", ""))[:64]
                raise KeystoreUnavailable(f"Azure refuses {self.means}: status {answer.status} {code}".rstrip())
            self._token, self._until = token, clock.monotonic() + min(seconds, _MOST_SECONDS) - _EARLIER_SECONDS
        return self._token

    def forget(self) -> None:
        """The token was refused: the next one is asked for."""
        self._until = 0.0

    def _chosen(self) -> tuple[Callable[[], SyncAnswer], str]:
        access = self._access
        if access.secret is not None or access.token_file is not None:
            if access.tenant is None or access.client is None:
                raise KeystoreRefusal("a log-in at Azure needs AZURE_TENANT_ID and AZURE_CLIENT_ID, too")
            self._http = SyncOutbound(access.authority, kept=0)
            by_secret = access.secret is not None
            return self._by_form, "the client credentials" if by_secret else "the federated token"
        if access.tenant is not None:
            raise KeystoreRefusal(
                "AZURE_TENANT_ID is set, and no way to log in there: set AZURE_CLIENT_SECRET or "
                "AZURE_FEDERATED_TOKEN_FILE, or leave it out for a managed identity"
            )
        if access.identity_endpoint is not None:
            if access.identity_header is None:
                raise KeystoreRefusal("IDENTITY_ENDPOINT without IDENTITY_HEADER is not App Service: leave it out")
            parts = urlsplit(access.identity_endpoint)
            self._http = SyncOutbound(f"{parts.scheme}://{parts.netloc}", kept=0)
            return self._by_app_service, "the managed identity"
        self._http = SyncOutbound(access.metadata, kept=0)
        return self._by_metadata, "the managed identity"

    def _by_form(self) -> SyncAnswer:
        access = self._access
        form = {
            "grant_type": "client_credentials",
            "client_id": str(access.client),
            "scope": f"{self._resource}/.default",
        }
        if access.secret is not None:
            form["client_secret"] = access.secret.reveal().decode()
        elif access.token_file is not None:
            form |= {"client_assertion_type": _ASSERTION, "client_assertion": _federated(access.token_file)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._http.call("POST", f"/{access.tenant}/oauth2/v2.0/token", urlencode(form).encode(), headers=headers)

    def _by_app_service(self) -> SyncAnswer:
        header = self._access.identity_header
        path = urlsplit(str(self._access.identity_endpoint)).path
        headers = {"X-IDENTITY-HEADER": header.reveal().decode() if header is not None else ""}
        return self._http.call("GET", f"{path}?{self._query(_APP_SERVICE_VERSION)}", headers=headers)

    def _by_metadata(self) -> SyncAnswer:
        path = f"{_METADATA_PATH}?{self._query(_METADATA_VERSION)}"
        return self._http.call("GET", path, headers={"Metadata": "true"})

    def _query(self, version: str) -> str:
        client = {"client_id": self._access.client} if self._access.client is not None else {}
        return urlencode({"api-version": version, "resource": self._resource, **client})


def members(answer: SyncAnswer) -> Mapping[str, object]:
    """The members of an answer in JSON; KeystoreUnavailable for what is none."""
    try:
        told = msgspec.json.decode(answer.body or b"{}")
    except msgspec.DecodeError:
        raise KeystoreUnavailable(f"Azure answers no JSON (status {answer.status})") from None
    return cast("Mapping[str, object]", told) if isinstance(told, dict) else {}


def _seconds(told: Mapping[str, object]) -> float | None:
    """How long a token lasts: `expires_in`, a number or the text of one, or `expires_on`, seconds since 1970."""
    for name, since in (("expires_in", 0.0), ("expires_on", clock.now().timestamp())):
        value = told.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).isdecimal():
            return float(value) - since
    return None


def _federated(path: Path) -> str:
    """The token in the file, read anew each time; KeystoreUnavailable."""
    try:
        text = path.read_bytes()[: _TOKEN_BYTES + 1].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as failure:
        raise KeystoreUnavailable(f"the token file {path} cannot be read: {type(failure).__name__}") from None
    if not text or len(text) > _TOKEN_BYTES:
        raise KeystoreUnavailable(f"the token file {path} holds no token")
    return text
