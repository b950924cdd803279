"""Whose log a caller may read: its organization's, its own, or that of an organization which is or was its own.

The operator reads each, and the deployment's own, from the command line alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.base.principal import OrgId, PartnerId, Principal, Role
from ringfence.base.problem import not_found
from ringfence.controls.audit import Actor, Log
from ringfence.controls.tenancy import OrgScope, PartnerScope, PlatformScope, scope_of
from ringfence.features.edge import Call, Kernel

from . import queries


@dataclass(frozen=True, slots=True)
class Reading:
    """A log that this caller may read, and the scope in which its rows are seen; the operator is no caller."""

    caller: Principal | None
    scope: OrgScope | PartnerScope | PlatformScope

    @property
    def log(self) -> Log:
        """The log's name, origin and folder."""
        return Log.of(self.scope)

    @property
    def partner_id(self) -> PartnerId | None:
        """Whose log it is, as an organization's is its partner's; None for the platform's."""
        return None if isinstance(self.scope, PlatformScope) else self.scope.partner_id

    @property
    def actor(self) -> Actor:
        """Who takes the log away, as an entry names it."""
        return Actor.operator() if self.caller is None else Actor.of(self.caller)

    def still_valid(self, kernel: Kernel) -> Callable[[], bool]:
        """Asks whether the caller may go on; the operator may."""
        caller = self.caller
        return lambda: caller is None or kernel.identity.still_valid(caller)


def own_organization(caller: Principal) -> Reading:
    """An administrator's own organization."""
    return Reading(caller, scope_of(caller))


def own_partner(caller: Principal) -> Reading:
    """The partner's own log."""
    return Reading(caller, PartnerScope(caller.partner_id, caller.role))


async def organization(call: Call, caller: Principal, org_id: OrgId) -> Reading:
    """One of the partner's organizations, also one that was erased; Problem 404 for every other."""
    found = (await call.kernel.database.read(PartnerScope(caller.partner_id), queries.OWNED(org_id)))[0]
    if not found:
        raise not_found()
    return Reading(caller, OrgScope(caller.partner_id, org_id, caller.role))


async def by_operator(kernel: Kernel, log: Log, partner_id: PartnerId | None) -> Reading:
    """Any log; for that of an organization which was erased, its partner must be named. Problem 404."""
    if log == Log.platform():
        return Reading(None, PlatformScope())
    if log.scope == "partner":
        return Reading(None, PartnerScope(PartnerId(log.id), Role.OPERATOR))
    org_id = OrgId(log.id)
    if partner_id is None:
        partner_id = await kernel.identity.partner_of(org_id)
    elif not (await kernel.database.read(PartnerScope(partner_id), queries.OWNED(org_id)))[0]:
        partner_id = None
    if partner_id is None or log.scope != "org":
        raise not_found()
    return Reading(None, OrgScope(partner_id, org_id, Role.OPERATOR))
