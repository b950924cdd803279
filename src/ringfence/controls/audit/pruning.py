"""Retention of exactly one year: entries go, their hashes stay, and the rest still verifies. Keeps AUD-02, AUD-04.

One function of the database deletes, in the order of the indices, what was published and is older than a year; it and a
trigger refuse everything else. Then the store's bundles follow. Proved in tests/controls/test_audit_pruning.py.
"""

from typing import Final, final

from ringfence.base import ids
from ringfence.base import log as lines
from ringfence.controls.audit import heads
from ringfence.controls.audit.heads import PublishedHead
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.publishing import Lease
from ringfence.controls.audit.storing import Depot
from ringfence.controls.audit.tiles import ENTRIES, WIDTH, Tile
from ringfence.controls.tenancy import Database, PlatformScope, publication

_LOGS_AT_ONCE: Final = 100
_AT_ONCE: Final = 2_000


@final
class Pruner:
    """Lets go what has served its year; for a job that runs each day."""

    def __init__(self, database: Database, depot: Depot) -> None:
        self._database = database
        self._depot = depot

    async def prune(self) -> int:
        """Gives how many entries went. What the store refuses is raised, and done the next time."""
        await self._depot.hold()
        gone, most = 0, _LOGS_AT_ONCE
        while logs := (await self._database.read(PlatformScope(), publication.prunable(most)))[0]:
            done = [await self._prune(Log(row.scope, row.scope_id)) for row in logs]
            gone += sum(count for count in done if count is not None)
            if any(count is not None for count in done):
                continue
            if len(logs) < most:
                break  # Every one of them is being published just now, or cannot be cleaned.
            most *= 2  # Those behind them must not wait for it.
        await self._database.write(PlatformScope(), publication.expire())
        return gone

    async def _prune(self, log: Log) -> int | None:
        """How many entries of one log went; None while it is published by somebody."""
        lease = Lease(self._database, log, ids.new())
        if not await lease.take():
            return None
        try:
            before = await heads.find(self._database, log)
            upto = before.pruned_to if before is not None else 0
            while (reached := await self._delete(lease)) > upto:
                await lease.keep()
                upto = reached
            if before is None or not await self._clean(log, upto):
                return None
        finally:
            await lease.give_back()
        lines.info("audit_pruned", count=upto - before.pruned_to)
        return upto - before.pruned_to

    async def _delete(self, lease: Lease) -> int:
        deleted = publication.prune(lease.log.scope, lease.log.id, lease.token, most=_AT_ONCE)
        return (await self._database.write(PlatformScope(), deleted))[0][0] or 0

    async def _clean(self, log: Log, upto: int) -> bool:
        """Takes the pruned entries out of the store; False where the bundle at the boundary is not ours and stays."""
        head = await heads.find(self._database, log)
        if head is None:
            return False
        prefix = f"{log.folder}/tile/{ENTRIES}/"
        doomed = [
            path async for path in self._depot.objects.paths(prefix) if _is_below(path.removeprefix(prefix), upto)
        ]
        for start in range(0, len(doomed), WIDTH):
            await self._depot.remove(*doomed[start : start + WIDTH])
        if upto % WIDTH and not await self._rewrite(log, head, upto):
            return False
        await self._database.write(PlatformScope(), publication.cleaned(log.scope, log.id, upto))
        return True

    async def _rewrite(self, log: Log, head: PublishedHead, upto: int) -> bool:
        """The bundle at the boundary without the entries that went, and no other form of it."""
        index = upto // WIDTH
        tile = Tile(0, index, min(WIDTH, head.published_size - index * WIDTH))
        found = await self._depot.bundle(log, tile)
        if found is None:
            lines.error("audit_bundle_unreadable", reason=log.name)
            return False
        await self._depot.put_bundle(log, tile, [None] * (upto % WIDTH) + found[upto % WIDTH :])
        kept = Tile(ENTRIES, index, tile.width).path(log.folder)
        others = [path async for path in self._depot.objects.paths(Tile(ENTRIES, index).partials(log.folder))]
        await self._depot.remove(*[path for path in others if path != kept])
        return True


def _is_below(path: str, upto: int) -> bool:
    """Whether all entries of a bundle stand below an index: `x001/234` or `x001/234.p/7`."""
    index = int(path.partition(".p/")[0].replace("x", "").replace("/", ""))
    return (index + 1) * WIDTH <= upto
