"""Keeps AUD-05. Follows the sealed log with every stream, in every process that executes: claim, send, settle.

One process works a stream at a time, by lease. Each stream has a task of its own, and those that were slow or failed
lately share a few places of their own: nobody waits for them. Of both kinds of places a partner has a share, so that
none waits for another's receivers. Proved in tests/promises/test_audit_streams.py.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import final

from ringfence.base import log
from ringfence.controls.streams.turn import Means, Turn
from ringfence.controls.tenancy import gate
from ringfence.controls.tenancy.gate import ClaimedStream


@final
class Follower:
    """One process's streams; `means.holder` is its name in the database."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._running: dict[asyncio.Task[None], bool] = {}
        self._woken = asyncio.Event()
        self._stopped = False

    def wake(self) -> None:
        """Looks at once: whoever sealed entries may call it."""
        self._woken.set()

    async def run(self) -> None:
        """Sends until cancelled or drained; what the database refuses is raised, for the root to begin anew."""
        while not self._stopped:
            self._woken.clear()
            await self.start_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._means.pace.look_s):
                    await self._woken.wait()

    async def drain(self, *, within_s: float) -> None:
        """Lets what is on its way arrive, at most so long; the leases of the rest run out."""
        self._stopped = True
        self._woken.set()
        tasks = list(self._running)
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=within_s)
            for task in late:
                task.cancel()

    async def start_due(self) -> int:
        """Claims what is due and begins to send it; gives how many streams."""
        slow = sum(self._running.values())
        free = self._means.pace.streams - (len(self._running) - slow)
        slow_free = self._means.pace.slow_streams - slow
        if free <= 0 and slow_free <= 0:
            return 0
        claimed = await gate.claim_audit_streams(
            self._means.database,
            self._means.holder,
            seconds=self._means.pace.lease_s,
            most=max(0, free),
            most_slow=max(0, slow_free),
            of_partner=self._means.pace.of_partner,
            of_partner_slow=self._means.pace.of_partner_slow,
        )
        for one in claimed:
            task = asyncio.create_task(Turn(self._means, one).take())
            self._running[task] = one.is_slow
            task.add_done_callback(partial(self._ended, one))
        return len(claimed)

    async def settle(self) -> None:
        """Waits until all that has begun is over."""
        while self._running:
            await asyncio.wait(list(self._running))

    def _ended(self, claimed: ClaimedStream, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and (failure := task.exception()) is not None:
            # The stream's own failures are recorded; this one is the database's, and the lease lets another try.
            log.error("audit_stream_lost", failure, row_id=claimed.id)
        self._woken.set()
