"""Looks at a log in the store before this process seals into it or shows it for the first time. Keeps AUD-04.

An entry that is sealed on top of a tree which the store has more of could never be put right. To read every log's
checkpoint at each start would take minutes: one is read, that of the tree over all logs, and from it those that the
database lost something of; any other log is read just before it is touched first, some at a time. Proved in
tests/controls/test_audit_watching.py.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final, final

from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.recovering import Recovery

_AT_ONCE: Final = 16


@final
class Watch:
    """What one process has compared with the store since it knows its database; raises what the store raises."""

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery
        self._seen: set[Log] = set()

    async def begin(self) -> None:
        """Forgets what was seen, for the database is another one or an older state, and asks the instance tree anew."""
        self._seen.clear()
        await self.hold()
        instance = Log.instance()
        standing = await self._recovery.examine(instance)
        if standing.is_fork:
            await self._recovery.check()
        elif standing.is_ahead:
            # First the logs, then the tree that names them: whoever dies in between finds them again.
            await self.before(await self._recovery.lost_by(instance))
        await self.before([instance])

    async def hold(self) -> None:
        """Returns where the store is this deployment's; else raises why not."""
        await self._recovery.depot.hold()

    def unseen(self, logs: Iterable[Log]) -> list[Log]:
        """Those that were not compared yet."""
        return sorted(set(logs) - self._seen)

    async def before(self, logs: Collection[Log]) -> None:
        """Compares those of them that were not, and puts back what the database lost of them."""
        if not (unseen := self.unseen(logs)):
            return
        await self.hold()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(log: Log) -> None:
            async with turns:
                await self._recovery.check_one(log)
            self._seen.add(log)

        failures = [
            each for each in await asyncio.gather(*map(one, unseen), return_exceptions=True) if each is not None
        ]
        if failures:
            raise failures[0]
