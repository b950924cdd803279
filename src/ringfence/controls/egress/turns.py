"""Keeps AGT-06 (HTTP), TEN-07. Who may call now: so many at once, and of one organization at most a share of them.

Proved in tests/controls/test_egress_turns.py. Without it a tool that never answers would hold up every organization.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

SHARE: Final = 4
"""One organization has at most this part of the turns: a quarter."""


@dataclass(slots=True)
class _Own:
    turns: asyncio.Semaphore
    users: int = 0


@final
class Turns:
    """Turns of one process; an owner that nobody names (None) shares with all others alone."""

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        self._each = max(1, most // SHARE)
        self._owners: dict[UUID | None, _Own] = {None: _Own(asyncio.Semaphore(most), users=1)}

    async def take(self, owner: UUID | None) -> Callable[[], None]:
        """Waits for a turn, behind the owner's own first; gives what hands it back."""
        own = self._owners.setdefault(owner, _Own(asyncio.Semaphore(self._each)))
        own.users += 1
        try:
            await own.turns.acquire()
            try:
                await self._all.acquire()
            except BaseException:
                own.turns.release()
                raise
        except BaseException:
            self._leave(owner, own)
            raise

        def give_back() -> None:
            self._all.release()
            own.turns.release()
            self._leave(owner, own)

        return give_back

    @property
    def owners(self) -> int:
        """How many have, or wait for, a turn."""
        return len(self._owners) - 1

    def _leave(self, owner: UUID | None, own: _Own) -> None:
        own.users -= 1
        if own.users == 0:
            del self._owners[owner]
