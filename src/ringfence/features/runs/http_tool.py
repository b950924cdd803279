"""Performs a tool of kind http: arguments checked, identity from the run's own user, one call by http_secrets.

Every outcome is a result that the model reads. No transaction is open while the tool is awaited; who the user is to the
partner is read only where the tool asks for it.
"""

from dataclasses import dataclass
from typing import Final

from ringfence.base import log
from ringfence.controls.egress import Egress, EgressError
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import http_request, queries
from .arguments import ArgumentsRefused, parse
from .declaration import ToolDeclaration
from .hold import Hold
from .http_secrets import Sender
from .models import ToolCall
from .tools import ToolResult

_UNKNOWN: Final = " Whether the call took effect is not known."
_BROKEN: Final = "This tool cannot be used: its declaration is broken."


@dataclass(frozen=True, slots=True)
class HttpToolbox:
    """Tools over HTTP, for every run of a process."""

    database: Database
    vault: Vault
    egress: Egress

    async def perform(
        self, declaration: ToolDeclaration, call: ToolCall, *, hold: Hold, idempotency_key: str
    ) -> ToolResult:
        """The tool's answer, or in words why there is none."""
        spec = declaration.http
        if spec is None:
            return _error(_BROKEN)
        try:
            arguments = parse(declaration, call.arguments_json)
            identity = await self._identity(hold) if http_request.identity_names(spec) else {}
            sender = Sender(self.database, self.vault, self.egress)
            return await sender.send(spec, arguments, identity, hold=hold, key=idempotency_key)
        except (ArgumentsRefused, http_request.CannotSend) as refused:
            return _error(refused.text)
        except EgressError as failed:
            log.warning("tool_call_failed", run_id=hold.run_id, code=failed.failure.value, reason=failed.cause)
            is_harmless = declaration.effect in {"read", "fetch"} or not failed.may_have_arrived
            return _error(failed.text if is_harmless else failed.text + _UNKNOWN)

    async def _identity(self, hold: Hold) -> dict[str, str]:
        """What the partner calls the organization and the user of this run: read in the run's own scope, one trip."""
        row = (await self.database.read(hold.scope, queries.external_ids(hold.user_id)))[0][0]
        owner = KeyOwner.user(hold.scope.org_id, hold.user_id)
        subject = self.vault.open_text(owner, fields.APP_USER_SUBJECT, hold.user_id, row.subject)
        return {"org.external_id": row.organization, "user.external_id": subject}


def _error(text: str) -> ToolResult:
    return ToolResult(text, is_error=True)
