"""Destroys the keys of what was erased: asked for in the erasing transaction, done after its commit, finished by a job.

Keeps PRV-01, CRY-03. What was sealed under them is unreadable then, in every copy and backup. Proved in
tests/promises/test_privacy.py.
"""

import asyncio
from typing import Final
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import OrgId, UserId
from ringfence.controls import audit
from ringfence.controls.keystore import Keystore
from ringfence.controls.tenancy import Bound, Database, PlatformScope, Statement, gate, nothing
from ringfence.controls.vault import KeyOwner

_AT_ONCE: Final = 200
_REQUEST = Statement("insert into app.key_destruction (id, org_id, user_id) values ($1, $2, $3)", nothing)


def request(org_id: OrgId, user_id: UserId | None = None) -> Bound[None]:
    """The statement that asks for the end of an organization's key, or a user's; it belongs into the erasure itself."""
    return _REQUEST(ids.new(), org_id, user_id)


async def finish(database: Database, keystore: Keystore, *, system_id: UUID) -> int:
    """Destroys every key that was asked for; gives how many. Doing it twice does no harm, so a crash costs nothing."""
    done = 0
    while pending := await gate.pending_key_destructions(database, most=_AT_ONCE):
        await asyncio.to_thread(keystore.destroy, *(_owner(one) for one in pending))
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
