"""Erasure of an organization or a user: rows in one transaction, then the key, so that no copy can be read again."""

from dataclasses import asdict
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId, Principal, UserId
from ringfence.controls import audit
from ringfence.controls.coordination import Kind
from ringfence.controls.identity import destruction
from ringfence.controls.tenancy import Bound, PartnerTx
from ringfence.features.edge import Answer, Call, Kernel, json_of
from ringfence.features.orgs import queries
from ringfence.features.orgs.model import Erased
from ringfence.features.orgs.queries import Counts

_KEPT = ["audit entries: ids, times and actions alone, one year"]


async def erase_organization(call: Call, tx: PartnerTx, caller: Principal, org_id: OrgId) -> Answer:
    """The certificate; the organization is gone when this transaction commits. Problem 404."""
    await tx.get(queries.LOCK_DIRECTORY(org_id))
    async with tx.narrow(org_id) as org_tx:
        counts = await org_tx.get(queries.COUNT_ORGANIZATION())
        await org_tx.run(
            queries.ERASE_ANSWERS(),
            queries.ERASE_DELIVERIES(),
            queries.ERASE_STREAMS(),
            queries.ERASE_LEASES(),
            queries.ERASE_ORGANIZATION(),
            destruction.request(org_id),
            # The log outlives the organization, and its last entry says what became of it.
            _erased(call, caller, org_id, org_id, counts),
        )
    publish = call.kernel.invalidation.publish
    await tx.run(
        queries.ERASE_DIRECTORY(org_id),
        publish(Kind.ORGANIZATION, org_id),
        publish(Kind.KEY, org_id),
        _erased(call, caller, org_id, caller.partner_id, counts),
    )
    return _certificate(org_id, {"organizations": 1, **asdict(counts)})


async def erase_user(call: Call, tx: PartnerTx, caller: Principal, org_id: OrgId, user_id: UserId) -> Answer:
    """The certificate; the user is gone when this transaction commits. Problem 404."""
    async with tx.narrow(org_id) as org_tx:
        await org_tx.get(queries.LOCK_USER(user_id))
        await org_tx.run(queries.TAKE_TIME())
        counts: Counts = await org_tx.get(queries.COUNT_USER(user_id))
        await org_tx.run(
            queries.ERASE_DELIVERIES_OF_USER(user_id),
            queries.ERASE_LEASES_OF_USER(user_id),
            queries.ERASE_USER(user_id),
            destruction.request(org_id, user_id),
            _erased_user(call, caller, user_id, org_id, org_id, counts),
        )
    publish = call.kernel.invalidation.publish
    await tx.run(
        publish(Kind.USER, user_id),
        publish(Kind.KEY, user_id),
        _erased_user(call, caller, user_id, org_id, caller.partner_id, counts),
    )
    return _certificate(user_id, asdict(counts))


async def finish_destructions(kernel: Kernel) -> int:
    """Destroys the keys of what was erased and wakes whoever held them; the schedule's job after a crash, too."""
    done = await destruction.finish(kernel.database, kernel.keystore, system_id=ids.new())
    if done:
        kernel.invalidation.wake()
    return done


async def repeat_destructions(kernel: Kernel) -> int:
    """Destroys again what an older copy of the keystore brought back; before a process serves, and by the schedule."""
    done = await destruction.repeat(kernel.database, kernel.keystore, system_id=ids.new())
    if done:
        kernel.invalidation.wake()
    return done


def _erased(call: Call, caller: Principal, org_id: OrgId, within: UUID, counts: Counts) -> Bound[None]:
    return audit.entry(
        caller,
        audit.Action.ORGANIZATION_ERASED,
        target=org_id,
        origin=call.origin,
        within=within,
        users=counts.users,
        conversations=counts.conversations,
        runs=counts.runs,
    )


def _erased_user(  # noqa: PLR0913 - who was erased by whom, in which of the two logs
    call: Call, caller: Principal, user_id: UserId, org_id: OrgId, within: UUID, counts: Counts
) -> Bound[None]:
    return audit.entry(
        caller,
        audit.Action.USER_ERASED,
        target=user_id,
        origin=call.origin,
        within=within,
        organization_id=org_id,
        conversations=counts.conversations,
        runs=counts.runs,
    )


def _certificate(subject_id: OrgId | UserId, rows: dict[str, int]) -> Answer:
    erased = Erased(id=subject_id, erased_at=clock.now(), rows=rows, key_destroyed=True, kept=_KEPT)
    return Answer(200, json_of(erased), subject_id)
