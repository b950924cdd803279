"""Destroys the keys of what was erased: asked for in the erasing transaction, done after its commit, finished by a job.

Keeps PRV-01, CRY-03. What was sealed under them is unreadable then, in every copy and backup; and a keystore that is
put back from an older copy loses them again. Proved in tests/promises/test_privacy.py and
tests/promises/test_keystore_put_back.py.
"""

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ringfence.base import ids, log
from ringfence.base.principal import OrgId, UserId
from ringfence.controls import audit
from ringfence.controls.coordination import Kind, publication
from ringfence.controls.keystore import Keystore
from ringfence.controls.tenancy import Bound, Database, PlatformScope, Statement, gate, nothing
from ringfence.controls.vault import KeyOwner

_AT_ONCE: Final = 200
_READ_AT_ONCE: Final = 10_000
_REQUEST = Statement("insert into app.key_destruction (id, org_id, user_id) values ($1, $2, $3)", nothing)


def request(org_id: OrgId, user_id: UserId | None = None) -> Bound[None]:
    """The statement that asks for the end of an organization's key, or a user's; it belongs into the erasure itself."""
    return _REQUEST(ids.new(), org_id, user_id)


async def repeat(database: Database, keystore: Keystore, *, system_id: UUID) -> int:
    """Destroys again what a keystore brings back that was put back from an older copy; gives how many owners.

    The database remembers for a year whose keys were destroyed. Called before a process serves, and once an hour.
    """
    came_back = await returned(database, keystore)
    for start in range(0, len(came_back), _AT_ONCE):
        some = came_back[start : start + _AT_ONCE]
        await asyncio.to_thread(keystore.destroy, *map(_owner, some))
        told = [publication(Kind.KEY, one.user_id or one.org_id) for one in some]
        await database.write(PlatformScope(), *told)
        for one in some:
            await database.write(PlatformScope(), _entry(one, system_id))
    if came_back:
        log.error("keystore_went_back", count=len(came_back))
    return len(came_back)


async def returned(database: Database, keystore: Keystore) -> list[gate.PendingDestruction]:
    """The destructions that were done, and whose keys are in this keystore all the same."""
    held = held_in(await asyncio.to_thread(keystore.inventory))
    found: list[gate.PendingDestruction] = []
    after = UUID(int=0)
    while page := await gate.destroyed_keys(database, after=after, most=_READ_AT_ONCE):
        found += [one for one in page if _owner(one).path in held]
        after = page[-1].id
    if found:
        # A key that was destroyed while we read did not come back: once destroyed it is in no later inventory.
        held = held_in(await asyncio.to_thread(keystore.inventory))
    return [one for one in found if _owner(one).path in held]


def held_in(paths: Iterable[str]) -> set[str]:
    """The owners of these keys, and the organizations that they belong to."""
    owners = [KeyOwner(path) for path in paths]
    return {owner.path for owner in owners} | {owner.scope.path for owner in owners}


async def finish(database: Database, keystore: Keystore, *, system_id: UUID) -> int:
    """Destroys every key that was asked for; gives how many. Doing it twice does no harm, so a crash costs nothing."""
    done = 0
    while pending := await gate.pending_key_destructions(database, most=_AT_ONCE):
        await asyncio.to_thread(keystore.destroy, *(_owner(one) for one in pending))
        # NOTE: told once more, now that it is done: who was told at the erasure may have read the key again since.
        told = [publication(Kind.KEY, one.user_id or one.org_id) for one in pending]
        await database.write(PlatformScope(), *told)
        for one in pending:
            if await gate.finish_key_destruction(database, one):
                await database.write(PlatformScope(), _entry(one, system_id))
        done += len(pending)
    return done


def _owner(pending: gate.PendingDestruction) -> KeyOwner:
    if pending.user_id is None:
        return KeyOwner.organization(pending.org_id)
    return KeyOwner.user(pending.org_id, pending.user_id)


def _entry(pending: gate.PendingDestruction, system_id: UUID) -> Bound[None]:
    return audit.entry(
        audit.Actor.system(system_id),
        audit.Action.KEY_DESTROYED,
        target=pending.user_id or pending.org_id,
        origin=audit.Origin.internal(),
        owner="organization" if pending.user_id is None else "user",
    )
