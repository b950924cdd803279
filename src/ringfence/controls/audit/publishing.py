"""Publishes the logs: tiles, bundles and then the checkpoint go to the store, and only then is it shown. Keeps AUD-04.

A log is leased by one process at a time. Whoever dies in the middle leaves tiles that nobody was shown, and the next
one puts them again. A store that is down stops publication, not the product: probe audit.published says so.
Proved in tests/controls/test_audit_publishing.py and tests/controls/test_audit_killed.py.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.base import log as lines
from ringfence.base.problem import Problem, unavailable
from ringfence.controls.audit import heads
from ringfence.controls.audit.announcing import Announcements
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.heads import PublishedHead
from ringfence.controls.audit.instance import enter
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import BadNote, Note
from ringfence.controls.audit.recovering import Recovery, Standing
from ringfence.controls.audit.signers import Signers
from ringfence.controls.audit.storing import Altered, Depot, Growth, put_growth, remove_superseded
from ringfence.controls.audit.trees import DamagedTree
from ringfence.controls.audit.watching import Watch
from ringfence.controls.audit.witness import Witnesses
from ringfence.controls.tenancy import Database, DatabaseError, PlatformScope, publication
from ringfence.controls.tenancy.publication import Shown

LEASE_SECONDS: Final = 30.0
_TICK_SECONDS: Final = 1.0
_AT_ONCE: Final = 4
_CLAIMED: Final = 32
_STEP: Final = 65_536
"""Leaves that one checkpoint goes on by at most, so that a publication ends within its lease."""
_WAIT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pen:
    """What a deployment signs with, what its logs are called after, and who cosigns the tree over all of them."""

    host: str
    signers: Signers
    witnesses: Witnesses | None = None


@final
class Publisher:
    """One process's publisher, named `holder`; a log is published `idle_seconds` after the last time, if it grew."""

    def __init__(self, database: Database, depot: Depot, pen: Pen, *, holder: UUID, idle_seconds: float = 10.0) -> None:
        self._database = database
        self.depot = depot
        self.pen = pen
        self._idle_seconds = idle_seconds
        self.recovery = Recovery(database, depot, pen.signers, host=pen.host, holder=holder)
        self.watch = Watch(self.recovery)
        self.announcements = Announcements(depot, pen.signers)
        pen.signers.past = self.announcements.past

    async def instance_checkpoint(self) -> str | None:
        """The newest signed note of the tree over all trees, as anybody may see it; None before there is one."""
        head = await heads.find(self._database, Log.instance())
        return head.checkpoint if head is not None else None

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            await self.round()
            await asyncio.sleep(_TICK_SECONDS)

    async def round(self) -> int:
        """Publishes what is due, and enters it into the instance tree; gives how many logs that were.

        Raises what the store raises that is not ours, or does not say whose it is.
        """
        await self.depot.hold()
        token = ids.new()
        claim = publication.claim(token, seconds=LEASE_SECONDS, idle_seconds=self._idle_seconds, most=_CLAIMED)
        rows = (await self._database.write(PlatformScope(), claim))[0]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(log: Log) -> bool:
            async with turns:
                return await self._tried(Lease(self._database, log, token))

        done = await asyncio.gather(*(one(Log(row.scope, row.scope_id)) for row in rows))
        await enter(self._database)
        return sum(done)

    async def publish(self, log: Log) -> PublishedHead | None:
        """Publishes all that is sealed of one log now, for whoever is about to show it; None where nothing is.

        Problem 503 `log_stopped` for a log that was stopped, `storage_unavailable` where the store does not answer.
        """
        end = clock.monotonic() + _WAIT_SECONDS
        wanted = await heads.find(self._database, log)
        if wanted is not None:
            await self._watched(log)
            wanted = await heads.find(self._database, log)
        while wanted is not None:
            head = await heads.find(self._database, log)
            if head is None or head.published_size >= wanted.size:
                return head
            if head.stopped is not None:
                raise unavailable("log_stopped", "This log is not published any more.", cause=head.stopped)
            lease = Lease(self._database, log, ids.new())
            if await lease.take():
                await self._publish_for_somebody(lease)
            elif clock.monotonic() > end:
                raise unavailable("storage_unavailable", "The log cannot be published now.", cause="lease is held")
            else:
                await asyncio.sleep(_LOOK_SECONDS)
        return None

    async def _watched(self, log: Log) -> None:
        """A database that was put back would show less than a customer has seen."""
        try:
            await self.watch.before([log])
        except (TimeoutError, DamagedTree) as failure:
            cause = f"{type(failure).__name__} while comparing"
            raise unavailable("storage_unavailable", "The log cannot be published now.", cause=cause) from failure

    async def _publish_for_somebody(self, lease: "Lease") -> None:
        try:
            await self._publish(lease)
        except (Problem, TimeoutError, LeaseLost, DamagedTree) as failure:
            await lease.give_back()
            cause = f"{type(failure).__name__} while publishing"
            raise unavailable("storage_unavailable", "The log cannot be published now.", cause=cause) from failure

    async def _tried(self, lease: "Lease") -> bool:
        """Publishes a leased log; a failure leaves the lease as it is, so that it is tried again when that ends."""
        try:
            await self._publish(lease)
        except (Problem, DatabaseError, DamagedTree, LeaseLost, TimeoutError) as failure:
            lines.error("audit_not_published", failure, reason=lease.log.name)
            return False
        return True

    async def _publish(self, lease: "Lease") -> None:
        await self.depot.hold()
        standing = await self.recovery.examine(lease.log)
        if standing.is_ahead:
            await lease.give_back()
            await self.recovery.recover(lease.log)
        elif standing.is_fork:
            await self.recovery.stop(lease.log, "fork")
        elif standing.head is not None and standing.head.stopped is None:
            await self._grow(lease, standing.head, standing)
        else:
            await lease.give_back()

    async def _grow(self, lease: "Lease", head: PublishedHead, standing: Standing) -> None:
        log, since = lease.log, head.published_size if standing.is_stored else 0
        size = min(head.size, head.published_size + _STEP)
        try:
            root = await self._root(log, head, size)
            await put_growth(self.depot, self._database, Growth(log, since, size), keep=lease.keep)
        except Altered:
            await self.recovery.stop(log, "altered")
            return
        made = Checkpoint(log.origin(self.pen.host), size, root, _not_before(standing.at, head))
        await self.announcements.ready()
        note = made.sign(await self.pen.signers.current())
        await lease.keep()
        await self.depot.put(f"{log.folder}/checkpoint", note.encode())
        if log.is_instance and self.pen.witnesses is not None:
            # In the store first: what a witness has seen must not be lost with this process.
            note = await self.pen.witnesses.cosigned(self._database, note)
            await self.depot.put(f"{log.folder}/checkpoint", note.encode())
        if not await lease.end(Shown(size, root, note)):
            raise LeaseLost
        await remove_superseded(self.depot, log, since=since, size=size)

    async def _root(self, log: Log, head: PublishedHead, size: int) -> bytes:
        """The root of the first `size` leaves, computed from what is sealed; Altered where the head says another."""
        root = (await heads.prefix(self._database, log, size)).root()
        if size == head.size and root != head.root:
            raise Altered
        return root


class LeaseLost(Exception):  # noqa: N818 - what it names is the state
    """Another process publishes the log by now."""


@final
class Lease:
    """One log, for one publication."""

    def __init__(self, database: Database, log: Log, token: UUID) -> None:
        self.log = log
        self._database = database
        self.token = token
        self._keep_at = clock.monotonic() + LEASE_SECONDS / 3

    async def take(self) -> bool:
        """Takes it or prolongs it; False while another holds it."""
        claim = publication.claim_one(self.log.scope, self.log.id, self.token, seconds=LEASE_SECONDS)
        self._keep_at = clock.monotonic() + LEASE_SECONDS / 3
        return bool((await self._database.write(PlatformScope(), claim))[0][0])

    async def keep(self) -> None:
        """Prolongs it when a third of it is over; LeaseLost."""
        if clock.monotonic() >= self._keep_at and not await self.take():
            raise LeaseLost

    async def end(self, shown: Shown) -> bool:
        """Shows the checkpoint and gives the lease back; False where it was lost."""
        published = publication.published(self.log.scope, self.log.id, self.token, shown)
        return bool((await self._database.write(PlatformScope(), published))[0][0])

    async def give_back(self) -> None:
        """Lets another publish the log."""
        await self._database.write(PlatformScope(), publication.release(self.log.scope, self.log.id, self.token))


def _not_before(stored_at: datetime | None, head: PublishedHead) -> datetime:
    """Now, or the time of the checkpoint before where the clock was set back: they never go back."""
    try:
        shown_at = Checkpoint.parse(Note.parse(head.checkpoint).text).at if head.checkpoint is not None else None
    except BadNote:
        shown_at = None  # Raw SQL can show anything; what follows replaces it.
    return max(filter(None, (clock.now(), shown_at, stored_at)))
