"""The log's page: its entries with what is known of them, a verification that tells how far it is, and its entry."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from uuid import UUID

from ringfence.base.principal import OrgId, Principal, UserId
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.access import Permission
from ringfence.controls.audit import BadNote, Checkpoint, Log, Note, Signers, host_of, trees
from ringfence.controls.identity import Visit
from ringfence.controls.tenancy import Bound, OrgScope, scope_of
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features import audit_log
from ringfence.features.audit_log import EntryRow
from ringfence.features.audit_page import queries, verifying
from ringfence.features.audit_page.asked import Asked
from ringfence.features.audit_page.shown import Known, Place, Seen
from ringfence.features.audit_page.verifying import Check, Claimed, Findings
from ringfence.features.edge import Call, Kernel, Listing

PAGE = 50


async def see(call: Call, visit: Visit, asked: Asked) -> Seen:
    """The entries that were asked for; none where the filter says nothing. Problem 400 for a cursor of another list."""
    kernel, scope = call.kernel, scope_of(visit.principal)
    reading = audit_log.own_organization(visit.principal)
    rows, older = list[EntryRow](), None
    if not asked.faults:
        page = await audit_log.find(call, reading, asked.filter, Listing(PAGE, asked.cursor))
        rows, older = list(page.items), page.next_cursor
    users = {UUID(row.actor_id) for row in rows if row.actor_kind == "user" and row.actor_id}
    users |= {UUID(row.target_id) for row in rows if row.target_kind == "user" and row.target_id}
    async with kernel.database.org(scope) as tx:
        head = await trees.head(tx)
        leaves, named = await tx.pipeline(
            queries.LEAVES([UUID(row.id) for row in rows]), queries.NAMES([*users, scope.user_id or scope.org_id])
        )
    names = await _names(kernel, scope, {one.id: one.name for one in named})
    known = Known(
        log=Log.of(scope).name,
        leaves={str(leaf.entry_id): leaf.hash for leaf in leaves},
        names=names,
        visitor=visit.principal.actor_id,
    )
    return Seen(rows, older, known, head)


async def place(kernel: Kernel, scope: OrgScope) -> Place:
    """What the product calls the organization, and the key that signs its log."""
    signer = await Signers(kernel.keystore, host_of(kernel.audience)).current()
    return Place(await _organization_name(kernel, scope), signer.verifier.line)


async def _organization_name(kernel: Kernel, scope: OrgScope) -> str:
    sealed = (await kernel.database.read(scope, queries.ORGANIZATION()))[0]
    if not sealed:
        return ""
    owner = KeyOwner.organization(scope.org_id)
    return kernel.vault.open_text(owner, fields.ORGANIZATION_NAME, scope.org_id, sealed[0])


async def locale(kernel: Kernel, principal: Principal) -> str | None:
    """The visitor's language in the product."""
    found = (await kernel.database.read(scope_of(principal), queries.LOCALE(principal.user_id)))[0]
    return found[0] if found else None


async def _names(kernel: Kernel, scope: OrgScope, sealed: dict[UUID, bytes | None]) -> dict[str, str]:
    """Names in clear; a user without one has an empty one, and one that was just erased has none."""
    owners = {user_id: KeyOwner.user(OrgId(scope.org_id), UserId(user_id)) for user_id in sealed}
    await kernel.vault.warm(*owners.values())
    found = dict[str, str]()
    for user_id, record in sealed.items():
        with suppress(Problem):
            name = kernel.vault.open_text(owners[user_id], fields.APP_USER_NAME, user_id, record) if record else ""
            found[str(user_id)] = name
    return found


async def checker(kernel: Kernel, log: Log) -> Check:
    """Reads signed notes of a log: by the keys of this deployment, the older ones and those that were lost, too."""
    host = host_of(kernel.audience)
    verifiers = await kernel.publisher.pen.signers.verifiers()

    def check(note: str) -> Claimed | None:
        try:
            found = Checkpoint.verified(note, verifiers, origin=log.origin(host))
            key = Note.parse(note).signers(verifiers)[0]
        except BadNote:
            return None
        return Claimed(found.size, found.root, key.name)

    return check


async def verify(
    call: Call, visit: Visit, *, before: int | None = None, longest_s: float = verifying.LONGEST_S
) -> AsyncGenerator[Findings]:
    """The findings as they grow; at the end the entry that it was done. Stops where the visit ends."""
    kernel, scope = call.kernel, scope_of(visit.principal)
    check = await checker(kernel, Log.of(scope))
    found = Findings()
    growing = verifying.verify(kernel.database, scope, check, before=before, longest_s=longest_s)
    async with aclosing(growing) as pieces:
        async for found in pieces:
            if not kernel.identity.still_valid(visit.principal):
                return
            yield found
    await kernel.database.write(scope, _verified(call, visit, found))


def _verified(call: Call, visit: Visit, found: Findings) -> Bound[None]:
    return audit.entry(
        visit.principal,
        audit.Action.AUDIT_VERIFIED,
        outcome="failure" if found.faults else "success",
        reason="does_not_fit" if found.faults else None,
        permission=Permission.AUDIT_READ,
        origin=call.origin,
        entries=found.done,
        faults=found.faults,
    )
