"""What goes from the store: objects whose rows are gone, at once; and those that no row ever named, after a day.

Before that, of the rows: files that were handed in for a message which was never sent, after a month.

The first are listed by triggers in the transaction that deletes their rows, so that an erasure reaches them whatever
happens then. The second are left by a process that died between the store and the database, or by a database that was
put back to an earlier day. An upload under way is neither: its row is there before its object is.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.base.principal import OrgId, Role
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.objects import Listed, ObjectKey
from ringfence.controls.tenancy import OrgScope, PlatformScope, gate
from ringfence.controls.tenancy.gate import ClaimedFile
from ringfence.controls.vault import KeyOwner
from ringfence.features.edge import Kernel

from . import passage_rows, queries
from .holding import Holding

_AT_ONCE: Final = 500
_LISTED: Final = 5000
YOUNG: Final = timedelta(hours=24)
_FIRST: Final = UUID(int=0)


async def drop_unsent(kernel: Kernel, *, holder: UUID, at_once: int = _AT_ONCE) -> int:
    """Deletes users' files that went with no message for so long as the bounds say; gives how many.

    One of somebody whose data is restricted stays, and so does one that is sent while we look.
    """
    done, after = 0, _FIRST
    seconds = timedelta(days=kernel.file_bounds.unsent_days).total_seconds()
    while True:
        found = await gate.unsent_files(kernel.database, after=after, seconds=seconds, most=at_once)
        for file in found:
            holding = Holding.of_process(kernel, holder, file)
            # An organization that was erased meanwhile took its files along.
            with suppress(Problem):
                done += await _drop(holding, file)
        if len(found) < at_once:
            return done
        after = found[-1].file_id


async def _drop(holding: Holding, file: ClaimedFile) -> bool:
    async with holding.open() as tx:
        if (await tx.get(passage_rows.restricted(file.user_id))) or not await tx.fetch(
            queries.delete_unsent(file.file_id)
        ):
            return False
        await tx.run(holding.entry(audit.Action.FILE_DELETED, file.file_id, purpose=holding.purpose))
    return True


async def bury(kernel: Kernel) -> int:
    """Deletes doomed objects until none is left; gives how many. Those that the store does not delete stay listed."""
    done = 0
    while True:
        rows = (await kernel.database.read(PlatformScope(), queries.doomed(_AT_ONCE)))[0]
        await kernel.objects.delete(*(ObjectKey(row.org_id, row.object_id) for row in rows))
        by_org: defaultdict[OrgId, list[ObjectKey]] = defaultdict(list)
        for row in rows:
            by_org[row.org_id].append(ObjectKey(row.org_id, row.object_id))
        for org_id, keys in by_org.items():
            await kernel.database.write(PlatformScope(), queries.buried(org_id, [key.object_id for key in keys]))
        done += len(rows)
        if len(rows) < _AT_ONCE:
            return done


@final
class Orphans:
    """Compares the store with the rows, some thousands of objects a round, and begins anew at the end."""

    def __init__(self, kernel: Kernel, *, young: timedelta = YOUNG) -> None:
        self._kernel = kernel
        self._young = young
        self._after: str | None = None

    async def sweep(self) -> int:
        """Deletes what no row names and is a day old; gives how many that were."""
        before = clock.now() - self._young
        listed, last = defaultdict[OrgId, list[Listed]](list), None
        count = 0
        async for found in self._kernel.objects.list_(after=self._after):
            last, count = found.path, count + 1
            if found.key is not None and found.changed_at < before:
                listed[found.key.org_id].append(found)
            if count >= _LISTED:
                break
        self._after = last if count >= _LISTED else None
        gone = await self._kernel.objects.clear_unfinished(before)
        for org_id, objects in listed.items():
            gone += await self._sweep_org(org_id, [found.key for found in objects if found.key is not None])
        if gone:
            log.warning("orphaned_objects", count=gone)
        return gone

    async def _sweep_org(self, org_id: OrgId, keys: list[ObjectKey]) -> int:
        known = await self._known(org_id, keys)
        orphans = [key for key in keys if key.object_id not in known]
        await self._kernel.objects.delete(*orphans)
        return len(orphans)

    async def _known(self, org_id: OrgId, keys: list[ObjectKey]) -> frozenset[object]:
        partner_id = await gate.partner_of_organization(self._kernel.database, org_id)
        if partner_id is None:
            # An organization that was erased left its tombstone. One that nobody here ever knew is another
            # deployment's, in the same store: what is its own is not ours to delete.
            erased = await asyncio.to_thread(self._kernel.keystore.tombstones)
            is_erased = KeyOwner.organization(org_id).path in {path for path, _ in erased}
            return frozenset() if is_erased else frozenset(key.object_id for key in keys)
        scope = OrgScope(partner_id, org_id, Role.OPERATOR)
        ids = [key.object_id for key in keys]
        named = (await self._kernel.database.read(scope, queries.known(ids)))[0]
        return frozenset(named + (await self._kernel.database.read(PlatformScope(), queries.listed(org_id, ids)))[0])
