"""The permission of a route is the type of its caller. Keeps ACC-01: a handler without one fails the lint.

async def start(body: RunNew, caller: RunsCreate, call: WriteDep) -> Response: ...
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from ringfence.base.principal import OrgId, Principal, UserId
from ringfence.base.problem import Problem, forbidden
from ringfence.controls import access, audit
from ringfence.controls.access import CredentialKind, Permission
from ringfence.controls.identity import Visit
from ringfence.controls.limits import one_of_site
from ringfence.controls.tenancy import OrgScope, PartnerScope, Scope
from ringfence.controls.vault import KeyOwner
from ringfence.features.edge import parameters, visiting
from ringfence.features.edge.call import Call, CallDep

_DECLARED: Final[dict[object, str]] = {}


def may(permission: Permission, *, by: CredentialKind | None = None) -> Callable[[Request, Call], Awaitable[Principal]]:
    """A dependency that gives the verified caller, or refuses: 401 without a credential, 403 without the permission.

    With `by`, a credential of another kind is refused, too, though it carries the permission elsewhere.
    """

    async def caller(request: Request, call: CallDep) -> Principal:
        kernel, state = call.kernel, request.scope["state"]
        credential = request.headers.get("authorization")
        # By address first: whoever guesses credentials is counted before a guess is looked at.
        await _count(call, "default", is_attempt=credential is not None)
        principal = await kernel.identity.caller(credential, call.address)
        state["caller"], state["permission"] = principal, permission.value
        page = call.page
        await kernel.identity.admit(principal, page, call.address)
        call.let_read(page)
        rule = "organization" if principal.org_id is not None else "partner"
        state["limits"].append(await kernel.limits.check(rule, principal.org_id or principal.partner_id))
        if by is not None and access.kind_of(principal) is not by:
            await record_refusal(call, principal, permission)
            raise forbidden(f"This needs the permission {permission} by another kind of credential.")
        await require(call, principal, permission)
        parameters.check(request)
        kernel.reads.check_room()
        await kernel.vault.warm(*_owners(principal, request))
        return principal

    caller.__name__ = f"may_{permission.name.lower()}"
    _DECLARED[caller] = permission.value if by is None else f"{permission.value} by {by.value}"
    return caller


async def _visitor(_request: Request, call: CallDep) -> Visit:
    """The visitor of a page of ours, as of this moment; 401 without a visit, 403 without the permission."""
    visit = await _visit(call)
    call.kernel.reads.check_room()
    await call.kernel.vault.warm(*_owners(visit.principal, call.request))
    return visit


async def _visit(call: Call) -> Visit:
    state = call.request.scope["state"]
    await _count(call, "default", is_attempt=True)
    visit = await visiting.visit_of(call)
    principal = visit.principal
    state["caller"], state["permission"] = principal, Permission.AUDIT_READ.value
    state["limits"].append(await call.kernel.limits.check("organization", principal.org_id or principal.partner_id))
    await require(call, principal, Permission.AUDIT_READ)
    return visit


async def _door(request: Request, call: CallDep) -> Visit | None:
    """The visitor, or None for whoever comes with a ticket instead: a try, counted as one."""
    if "ticket" not in request.query_params:
        return await _visitor(request, call)
    await _authentication(call)
    return None


async def _sender(request: Request, call: CallDep) -> Visit:
    """The same for a form: only a page of this visit can send one."""
    return await _sent(call, await _visitor(request, call))


async def _leaver(_request: Request, call: CallDep) -> Visit:
    """The same for the form that ends the visit: access can be given up though no read can be counted."""
    return await _sent(call, await _visit(call))


async def _sent(call: Call, visit: Visit) -> Visit:
    try:
        await visiting.check_form(call, visit)
    except Problem:
        await record_refusal(call, visit.principal, Permission.AUDIT_READ)
        raise
    return visit


def _owners(principal: Principal, request: Request) -> list[KeyOwner]:
    """Whose keys this request will most likely need."""
    owners = [KeyOwner.partner(principal.partner_id)]
    org_id = principal.org_id or _path_id(request, "org_id")
    user_id = principal.user_id or _path_id(request, "user_id")
    if org_id is not None:
        owners.append(KeyOwner.organization(OrgId(org_id)))
        if user_id is not None:
            owners.append(KeyOwner.user(OrgId(org_id), UserId(user_id)))
    return owners


def _path_id(request: Request, name: str) -> UUID | None:
    """An id in the path, if it is one: the route itself has not looked at it yet."""
    try:
        return UUID(str(request.path_params.get(name)))
    except ValueError:
        return None


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


async def _public(call: CallDep) -> None:
    await _count(call, "default", is_attempt=False)


async def _authentication(call: CallDep) -> None:
    await _count(call, "auth", is_attempt=True)


async def _count(call: Call, rule: str, *, is_attempt: bool) -> None:
    """Holds the request against the limit of its address; a credential that this keeps from being read is recorded."""
    try:
        call.request.scope["state"]["limits"] = [await call.kernel.limits.check(rule, call.address)]
    except Problem as refusal:
        if is_attempt and refusal.code == "rate_limited":
            # Beyond the limit all of a site is one: else each address of a /64 would be an entry, kept for a year.
            call.kernel.identity.attempts.note(refusal.code, one_of_site(call.address))
        raise


async def _machine() -> None:
    """Nothing to check: what asks is the operator's own load balancer."""


_DECLARED.update({_public: "public", _authentication: "authentication", _machine: "machine"})
_DECLARED.update(dict.fromkeys((_visitor, _door, _sender, _leaver), "audit:read by visit"))

AuditVisitor = Annotated[Visit, Depends(_visitor)]
"""Who looks at the page of the own organization's log: a cookie, for half an hour, that only reads."""
AuditDoor = Annotated[Visit | None, Depends(_door)]
"""The same, or None for an address with a ticket."""
AuditSender = Annotated[Visit, Depends(_sender)]
"""The same, sending a form of that page."""
AuditLeaver = Annotated[Visit, Depends(_leaver)]
"""The same, sending the form that ends the visit."""
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
SecretsRead = Annotated[Principal, Depends(may(Permission.SECRETS_READ))]
SecretsWrite = Annotated[Principal, Depends(may(Permission.SECRETS_WRITE))]
AuditStreamsRead = Annotated[Principal, Depends(may(Permission.AUDIT_STREAMS_READ))]
AuditStreamsWrite = Annotated[Principal, Depends(may(Permission.AUDIT_STREAMS_WRITE))]
FilesRead = Annotated[Principal, Depends(may(Permission.FILES_READ))]
FilesCreate = Annotated[Principal, Depends(may(Permission.FILES_CREATE))]
FilesDelete = Annotated[Principal, Depends(may(Permission.FILES_DELETE))]
KnowledgeRead = Annotated[Principal, Depends(may(Permission.KNOWLEDGE_READ))]
KnowledgeReadByKey = Annotated[Principal, Depends(may(Permission.KNOWLEDGE_READ, by=CredentialKind.API_KEY))]
"""The knowledge of any organization of the partner's; a session has that of its own under /files."""
AuditRead = Annotated[Principal, Depends(may(Permission.AUDIT_READ))]
"""An administrator reads the own organization's log, a partner's key that of any organization of the partner's."""
AuditReadBySession = Annotated[Principal, Depends(may(Permission.AUDIT_READ, by=CredentialKind.SESSION))]
AuditReadByKey = Annotated[Principal, Depends(may(Permission.AUDIT_READ, by=CredentialKind.API_KEY))]
KnowledgeWriteByKey = Annotated[Principal, Depends(may(Permission.KNOWLEDGE_WRITE, by=CredentialKind.API_KEY))]
