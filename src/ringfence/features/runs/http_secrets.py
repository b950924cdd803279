"""The one function in which a tool's secrets are in clear: taken, put in, sent, and struck out of the answer.

Keeps SEC-01. A secret is taken for the host to which the request really goes. A redirect takes headers and body along
to the same scheme, host and port alone (controls.egress.redirects), so it never leads a secret elsewhere.
Proved in tests/features/test_runs_secrets.py and tests/attacks/test_secret_canary.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ringfence.base import log
from ringfence.controls import guard
from ringfence.controls.egress import Bounds, Egress
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Vault, secrets

from . import http_answer, http_request
from .declaration import HttpSpec
from .hold import Hold
from .masking import Mask
from .tools import ToolResult

_MISSING: Final = (
    "This tool cannot be used: a credential that it needs is not set up for this organization and this server."
)
_STAND_IN: Final = "stand-in"


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends tools' requests, with the secrets that they ask for."""

    database: Database
    vault: Vault
    egress: Egress

    async def send(
        self, spec: HttpSpec, arguments: Mapping[str, Any], identity: Mapping[str, str], *, hold: Hold, key: str
    ) -> ToolResult:
        """The answer; CannotSend, EgressError."""
        names = sorted(http_request.secret_names(spec))
        # Built without them first: what cannot be sent takes nothing.
        request = http_request.build(spec, arguments, identity, key=key, secrets=dict.fromkeys(names, _STAND_IN))
        host, values = self.egress.host_of(request.url), dict[str, str]()
        for name in names:
            try:
                taken = await secrets.take(
                    self.database, self.vault, hold.scope, name, host=host, run_id=hold.run_id, holder=hold.holder
                )
            except secrets.Refused as refused:
                log.warning("secret_refused", run_id=hold.run_id, org_id=hold.scope.org_id, code=refused.code)
                return ToolResult(_MISSING, is_error=True)
            values[name] = taken.reveal().decode()
        if values:
            request = http_request.build(spec, arguments, identity, key=key, secrets=values)
        answer = await self.egress.request(
            request.method,
            request.url,
            headers=request.headers,
            body=request.body,
            bounds=_bounds(spec),
            whose=hold.scope.org_id,
        )
        result = http_answer.read(answer)
        if not values:
            return result
        seen = (guard.inbound(value, origin=guard.Origin.TOOL) for value in values.values())
        mask = Mask(*values.values(), *seen)
        # Before a long answer is cut, which could leave the half of a secret; and again when it is clean: characters
        # that nobody sees must not stand between the letters of one.
        text = guard.inbound(mask(result.text), origin=guard.Origin.TOOL)
        return ToolResult(mask(text), result.is_error)


def _bounds(spec: HttpSpec) -> Bounds:
    total_s = spec.timeout_s
    return Bounds(
        connect_s=min(5.0, total_s), first_byte_s=total_s, idle_s=total_s, total_s=total_s, body_bytes=spec.body_bytes
    )
