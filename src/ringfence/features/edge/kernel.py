"""The handles that every slice works with, made once by the composition root."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from ringfence.base.page import Cursors
from ringfence.controls.audit import AddressHasher, Publisher, Reads
from ringfence.controls.coordination import Invalidation
from ringfence.controls.deliveries import Outbox, Refusals
from ringfence.controls.egress import Egress, Named
from ringfence.controls.identity import Identity
from ringfence.controls.keystore import Keystore
from ringfence.controls.limits import Limits
from ringfence.controls.objects import FileBounds, ObjectStore, Ownership
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
    reads: Reads
    publisher: Publisher
    outbox: Outbox
    objects: ObjectStore
    cursor_key: bytes
    audience: str
    is_development: bool
    egress: Egress
    egress_named: Named = frozenset()
    """The places that tools may call though they are private, as the operator named them."""
    refusals: Refusals = field(default_factory=Refusals)
    """What the vault refused; the process writes it down."""
    file_bounds: FileBounds = field(default_factory=FileBounds)
    key_kept_days: int = 30
    """How long a replaced key is kept for the sake of backups, as the operator set it."""
    key_turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Whose request asks for a rotation of keys just now: it takes two connections, so one at a time."""
    ownership: Ownership | None = None
    """Whose the object store is; every process of the product has it, and asks it before it changes anything there."""

    def cursors(self, *scope: object) -> Cursors:
        """Cursors of one list; `scope` names the list and whose it is."""
        return Cursors(self.cursor_key, "/".join(str(part) for part in scope))


def kernel_of(request: Request) -> Kernel:
    """The application's kernel."""
    return cast("Kernel", request.app.state.kernel)
