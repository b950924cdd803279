"""The sealer: gives each entry its place in its log's tree, once, in the order in which transactions ended.

Keeps AUD-02. An entry is sealed when no transaction that is as old as its own runs any more, so a late commit lands
above what was sealed and is never lost. One process seals at a time (a lock held through the transaction); the database
itself refuses a gap or an entry left out (schema/0023_audit_tree.sql); one that dies in the middle has done nothing. In
a cluster where the transaction ids mean nothing, the whole queue is walked once, and an entry says so.

Proved in tests/controls/test_audit_sealing.py and tests/controls/test_audit_moved.py.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, final
from uuid import UUID

from ringfence.base.merkle import CompactRange
from ringfence.controls.audit.actions import Action
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.entries import record
from ringfence.controls.audit.leaf import hash_of
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.origin import Origin
from ringfence.controls.audit.trees import NODE_HEIGHT
from ringfence.controls.tenancy import Database, PlatformScope, PlatformTx, seal
from ringfence.controls.tenancy.seal import Due, Heads, Leaves, Nodes, Opened, Waiting

_AT_A_STRETCH: Final = 100
"""Entries that are hashed before requests have their turn: about a millisecond."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait after a round that sealed something and after one that did not, and how much a round takes."""

    busy_s: float = 0.4
    idle_s: float = 1.0
    most: int = 2_000


class Guard(Protocol):
    """What is asked before anything is sealed (watching.Watch); what it raises keeps the log as it is."""

    async def hold(self) -> None:
        """Whether the store is this deployment's: in every round."""
        ...

    async def begin(self) -> None:
        """The database is one that this process did not know so."""
        ...

    def unseen(self, logs: Iterable[Log]) -> Sequence[Log]:
        """Those of the logs that have to be compared first."""
        ...

    async def before(self, logs: Collection[Log]) -> None:
        """Compares them."""
        ...


@dataclass(slots=True)
class _Growth:
    """What a round appends to one log."""

    scope: str
    scope_id: str
    tree: CompactRange


@final
class Sealer:
    """One process's sealer; `holder` is its name in the log."""

    def __init__(
        self, database: Database, *, holder: UUID, pace: Pace | None = None, check: Guard | None = None
    ) -> None:
        self._database = database
        self._holder = holder
        self._pace = pace or Pace()
        self._check = check
        self._known: tuple[int, int] | None = None
        self._rounds = 0
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Looks at once: whoever waits for an entry to be sealed may call it."""
        self._woken.set()

    async def run(self) -> None:
        """Seals until cancelled; what the database refuses is raised, for the root to begin anew."""
        while True:
            self._woken.clear()
            looked_at = await self._round()
            if looked_at < self._pace.most:
                await self._sleep(self._pace.busy_s if looked_at else self._pace.idle_s)

    async def round(self) -> int:
        """Seals what is final now, at most one batch; gives how many entries it looked at: 0 where there is nothing.

        A few of them may be sealed already, where a database was moved or restored; a full batch means that there is
        more. Another process that seals at this moment leaves nothing to do.
        """
        return await self._round()

    async def _round(self) -> int:
        due = (await self._database.read(PlatformScope(), seal.due()))[0][0]
        await self._recognize(due)
        if not due.is_due:
            return 0
        if self._check is not None:
            await self._check.hold()
        while True:
            async with self._database.platform() as tx:
                opened = await tx.find(seal.open())
                if opened is None:
                    return 0
                rows = await tx.fetch(seal.rows(opened.bound, most=self._pace.most))
                if not (unseen := self._unseen(rows)):
                    await self._append(tx, opened, rows)
                    break
            # Without the lock, which whoever puts entries back needs.
            await self._check_first(unseen)
        self._rounds += 1
        return len(rows)

    def _unseen(self, rows: Sequence[Waiting]) -> Sequence[Log]:
        if self._check is None:
            return ()
        names = {(row.scope, row.scope_id) for row in rows if not row.is_sealed}
        return self._check.unseen(Log(scope, UUID(scope_id)) for scope, scope_id in names)

    async def _check_first(self, logs: Sequence[Log]) -> None:
        if self._check is not None:
            await self._check.before(logs)

    async def _recognize(self, due: Due) -> None:
        """Stops at a database that is another one or an older state of this: what was published may be ahead of it."""
        here = (due.system_identifier, due.timeline)
        if (here != self._known or due.rounds < self._rounds) and self._check is not None:
            await self._check.begin()
        self._known, self._rounds = here, due.rounds

    async def _append(self, tx: PlatformTx, opened: Opened, rows: Sequence[Waiting]) -> None:
        fresh = [row for row in rows if not row.is_sealed]
        heads, leaves, nodes = await self._grown(tx, fresh)
        to_xid, to_id = self._cursor(opened, rows)
        await tx.run(seal.append(to_xid, to_id, heads=heads, leaves=leaves, nodes=nodes))
        if opened.has_moved and opened.resume_at is not None and to_id == seal.NOBODY:
            await record(
                tx,
                Actor.system(self._holder),
                Action.AUDIT_RECOVERED,
                origin=Origin.internal(),
                cause="moved",
                entries=opened.walked + len(fresh),
            )

    def _cursor(self, opened: Opened, rows: Sequence[Waiting]) -> tuple[str, str]:
        if len(rows) < self._pace.most:
            return opened.resume_at or opened.bound, seal.NOBODY
        return rows[-1].xid, rows[-1].id

    async def _grown(self, tx: PlatformTx, rows: Sequence[Waiting]) -> tuple[Heads, Leaves, Nodes]:
        """The trees with these entries appended, and all that is new of them."""
        logs = await _trees(tx, rows)
        places = {key: place for place, key in enumerate(logs, start=1)}
        leaves, nodes = Leaves([], [], [], []), Nodes([], [], [], [])
        for start in range(0, len(rows), _AT_A_STRETCH):
            for row in rows[start : start + _AT_A_STRETCH]:
                key = (row.scope, row.scope_id)
                _add(row, logs[key].tree, places[key], leaves, nodes)
            await asyncio.sleep(0)
        grown = logs.values()
        heads = Heads(
            [log.scope for log in grown],
            [log.scope_id for log in grown],
            [log.tree.size for log in grown],
            [log.tree.root() for log in grown],
            [log.tree.encode() for log in grown],
        )
        return heads, leaves, nodes

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()


async def _trees(tx: PlatformTx, rows: Sequence[Waiting]) -> dict[tuple[str, str], _Growth]:
    """The logs of these entries, each with the compact range that it goes on from."""
    keys = dict.fromkeys((row.scope, row.scope_id) for row in rows)
    known = await tx.fetch(seal.frontiers(sorted({scope_id for _, scope_id in keys})))
    trees = {(one.scope, one.scope_id): CompactRange.parse(one.size, one.frontier) for one in known}
    return {key: _Growth(*key, trees.get(key) or CompactRange()) for key in keys}


def _add(row: Waiting, tree: CompactRange, place: int, leaves: Leaves, nodes: Nodes) -> None:
    index = tree.size
    hashed = hash_of(f"{row.scope}/{row.scope_id}", index, row.columns)
    leaves.logs.append(place)
    leaves.indices.append(index)
    leaves.entry_ids.append(row.id)
    leaves.hashes.append(hashed)
    for formed in tree.grow((hashed,), every=NODE_HEIGHT):
        nodes.logs.append(place)
        nodes.levels.append(formed.height // NODE_HEIGHT)
        nodes.indices.append(formed.index)
        nodes.hashes.append(formed.hash)
