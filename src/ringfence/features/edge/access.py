"""The permission of a route is the type of its caller. Keeps ACC-01: a handler without one fails the lint.

async def start(body: RunNew, caller: RunsCreate, call: WriteDep) -> Response: ...
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from ringfence.base.principal import Principal
from ringfence.base.problem import Problem, forbidden
from ringfence.controls import access, audit
from ringfence.controls.access import CredentialKind, Permission
from ringfence.controls.tenancy import OrgScope, PartnerScope, Scope
from ringfence.features.edge.call import Call, CallDep

_DECLARED: Final[dict[object, str]] = {}


def may(permission: Permission, *, by: CredentialKind | None = None) -> Callable[[Request, Call], Awaitable[Principal]]:
    """A dependency that gives the verified caller, or refuses: 401 without a credential, 403 without the permission.

    With `by`, a credential of another kind is refused, too, though it carries the permission elsewhere.
    """

    async def caller(request: Request, call: CallDep) -> Principal:
        kernel, state = call.kernel, request.scope["state"]
        # By address first: whoever guesses credentials is counted before a guess is looked at.
        state["limits"] = [await kernel.limits.check("default", call.address)]
        principal = await kernel.identity.caller(request.headers.get("authorization"), call.address)
        state["caller"] = principal
        page = call.page
        await kernel.identity.admit(principal, page)
        call.let_read(page)
        rule = "organization" if principal.org_id is not None else "partner"
        state["limits"].append(await kernel.limits.check(rule, principal.org_id or principal.partner_id))
        if by is not None and access.kind_of(principal) is not by:
            await record_refusal(call, principal, permission)
            raise forbidden(f"This needs the permission {permission} by another kind of credential.")
        await require(call, principal, permission)
        return principal

    caller.__name__ = f"may_{permission.name.lower()}"
    _DECLARED[caller] = permission.value if by is None else f"{permission.value} by {by.value}"
    return caller


def declared(dependency: object) -> str | None:
    """What a dependency demands of its caller, as the OpenAPI document says it; None for one that demands nothing."""
    return _DECLARED.get(dependency)


async def require(call: Call, principal: Principal, permission: Permission) -> None:
    """Returns when the caller may; else records the refusal and raises 403.

    For an act inside a route that needs more than the route does.
    """
    try:
        access.require(principal, permission)
    except Problem:
        await record_refusal(call, principal, permission)
        raise


async def record_refusal(call: Call, principal: Principal, permission: Permission) -> None:
    """Writes the entry in a transaction of its own: a refused one leaves nothing behind."""
    entry = audit.entry(
        principal,
        audit.Action.ACCESS_DENIED,
        outcome="refused",
        permission=permission.value,
        origin=call.origin,
    )
    await call.kernel.database.write(scope_of(principal), entry)


def scope_of(principal: Principal) -> Scope:
    """The organization scope of a session, the partner scope of an API key."""
    if principal.org_id is None:
        return PartnerScope(principal.partner_id, principal.role)
    return OrgScope(principal.partner_id, principal.org_id, principal.role, principal.user_id)


async def _public(request: Request, call: CallDep) -> None:
    request.scope["state"]["limits"] = [await call.kernel.limits.check("default", call.address)]


async def _authentication(request: Request, call: CallDep) -> None:
    request.scope["state"]["limits"] = [await call.kernel.limits.check("auth", call.address)]


async def _machine() -> None:
    """Nothing to check: what asks is the operator's own load balancer."""


_DECLARED.update({_public: "public", _authentication: "authentication", _machine: "machine"})

Machine = Annotated[None, Depends(_machine)]
"""Health checks: nothing is told, nothing is limited."""
Public = Annotated[None, Depends(_public)]
"""Anybody may; limited per address."""
Authentication = Annotated[None, Depends(_authentication)]
"""Anybody may try; limited as authentication, exactly, per address."""
MeRead = Annotated[Principal, Depends(may(Permission.ME_READ))]
ConversationsRead = Annotated[Principal, Depends(may(Permission.CONVERSATIONS_READ))]
ConversationsCreate = Annotated[Principal, Depends(may(Permission.CONVERSATIONS_CREATE))]
ConversationsDelete = Annotated[Principal, Depends(may(Permission.CONVERSATIONS_DELETE))]
RunsRead = Annotated[Principal, Depends(may(Permission.RUNS_READ))]
RunsCreate = Annotated[Principal, Depends(may(Permission.RUNS_CREATE))]
RunsCancel = Annotated[Principal, Depends(may(Permission.RUNS_CANCEL))]
ApprovalsRead = Annotated[Principal, Depends(may(Permission.APPROVALS_READ))]
ApprovalsDecide = Annotated[Principal, Depends(may(Permission.APPROVALS_DECIDE))]
AgentsRead = Annotated[Principal, Depends(may(Permission.AGENTS_READ))]
AgentsReadWhole = Annotated[Principal, Depends(may(Permission.AGENTS_READ, by=CredentialKind.API_KEY))]
"""Instructions and tools, too: a user sees names alone."""
AgentsWrite = Annotated[Principal, Depends(may(Permission.AGENTS_WRITE))]
SettingsRead = Annotated[Principal, Depends(may(Permission.SETTINGS_READ))]
SettingsWrite = Annotated[Principal, Depends(may(Permission.SETTINGS_WRITE))]
OrganizationsRead = Annotated[Principal, Depends(may(Permission.ORGANIZATIONS_READ))]
OrganizationsWrite = Annotated[Principal, Depends(may(Permission.ORGANIZATIONS_WRITE))]
OrganizationsErase = Annotated[Principal, Depends(may(Permission.ORGANIZATIONS_ERASE))]
UsersRead = Annotated[Principal, Depends(may(Permission.USERS_READ))]
UsersWrite = Annotated[Principal, Depends(may(Permission.USERS_WRITE))]
UsersErase = Annotated[Principal, Depends(may(Permission.USERS_ERASE))]
SigningKeysRead = Annotated[Principal, Depends(may(Permission.SIGNING_KEYS_READ))]
SigningKeysWrite = Annotated[Principal, Depends(may(Permission.SIGNING_KEYS_WRITE))]
ApiKeysRead = Annotated[Principal, Depends(may(Permission.API_KEYS_READ))]
ApiKeysWrite = Annotated[Principal, Depends(may(Permission.API_KEYS_WRITE))]
