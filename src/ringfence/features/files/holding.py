"""Whose files: a user's own, or an organization's knowledge; and how its transactions are opened, by whom."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ringfence.base.principal import OrgId, Principal, Role, UserId
from ringfence.controls import audit
from ringfence.controls.tenancy import Bound, OrgScope, OrgTx, PartnerScope, scope_of
from ringfence.controls.tenancy.gate import ClaimedFile
from ringfence.controls.vault import KeyOwner
from ringfence.features.edge import Call, Kernel
from ringfence.features.files.queries import Purpose


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody's hold on the files of one purpose in one organization; new ones are `user_id`'s, or nobody's."""

    kernel: Kernel
    actor: audit.Actor | Principal
    origin: audit.Origin
    scope: OrgScope | PartnerScope
    org_id: OrgId
    user_id: UserId | None
    purpose: Purpose

    @classmethod
    def of_user(cls, call: Call, caller: Principal, purpose: Purpose) -> Self:
        """What a session's user holds: own files, or the knowledge of the own organization."""
        scope = scope_of(caller)
        user_id = caller.user_id if purpose == "message" else None
        return cls(call.kernel, caller, call.origin, scope, scope.org_id, user_id, purpose)

    @classmethod
    def of_partner(cls, call: Call, caller: Principal, org_id: OrgId) -> Self:
        """The knowledge of one of the partner's organizations."""
        scope = PartnerScope(caller.partner_id, caller.role)
        return cls(call.kernel, caller, call.origin, scope, org_id, None, "knowledge")

    @classmethod
    def of_process(cls, kernel: Kernel, holder: UUID, claimed: ClaimedFile) -> Self:
        """What a process holds of a file that it works on."""
        scope = OrgScope(claimed.partner_id, claimed.org_id, Role.OPERATOR)
        purpose: Purpose = "knowledge" if claimed.user_id is None else "message"
        actor, origin = audit.Actor.system(holder), audit.Origin.internal()
        return cls(kernel, actor, origin, scope, claimed.org_id, claimed.user_id, purpose)

    @property
    def owner(self) -> KeyOwner:
        """Whose key seals a new file."""
        return owner_of(self.org_id, self.user_id)

    def entry(self, action: audit.Action, file_id: UUID, **details: int | str) -> Bound[None]:
        """The entry of an act on one of these files."""
        return audit.entry(
            self.actor,
            action,
            target=file_id,
            outcome="success",
            reason=None,
            permission=None,
            origin=self.origin,
            within=self.org_id,
            **details,
        )

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[OrgTx]:
        """A transaction in the organization; Problem 404 where it is not this partner's."""
        if isinstance(self.scope, OrgScope):
            async with self.kernel.database.org(self.scope) as tx:
                yield tx
            return
        async with self.kernel.database.partner(self.scope) as partner_tx, partner_tx.narrow(self.org_id) as tx:
            yield tx


def owner_of(org_id: OrgId, user_id: UserId | None) -> KeyOwner:
    """Whose key a file is sealed under: its user's, or the organization's where it has none."""
    return KeyOwner.organization(org_id) if user_id is None else KeyOwner.user(org_id, user_id)
