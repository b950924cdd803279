"""The handles that every slice works with, made once by the composition root."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from ringfence.base.page import Cursors
from ringfence.controls.audit import AddressHasher
from ringfence.controls.coordination import Invalidation
from ringfence.controls.deliveries import Outbox
from ringfence.controls.egress import Named
from ringfence.controls.identity import Identity
from ringfence.controls.keystore import Keystore
from ringfence.controls.limits import Limits
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Vault


@dataclass(frozen=True, slots=True)
class Kernel:
    """Handles, never keys: what a slice holds is what it may do."""

    database: Database
    keystore: Keystore
    vault: Vault
    identity: Identity
    invalidation: Invalidation
    limits: Limits
    addresses: AddressHasher
    outbox: Outbox
    cursor_key: bytes
    audience: str
    is_development: bool
    egress_named: Named = frozenset()
    """The places that tools may call though they are private, as the operator named them."""

    def cursors(self, *scope: object) -> Cursors:
        """Cursors of one list; `scope` names the list and whose it is."""
        return Cursors(self.cursor_key, "/".join(str(part) for part in scope))


def kernel_of(request: Request) -> Kernel:
    """The application's kernel."""
    return cast("Kernel", request.app.state.kernel)
