"""What the runs of this process say right now: one list of frames a run, shared by all its readers. Keeps TEN-07.

Keyed by organization and run. Text is here as it comes; everything else only once its row is committed, and text of a
row only once the rows before it are: so what a reader gets is what the journal holds, or what the next row takes back.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, final
from uuid import UUID

from ringfence.base.principal import OrgId, RunId, UserId
from ringfence.base.problem import too_many

from .events import Position, delta_frame

_READERS_A_USER = 100
_READERS_AN_ORGANIZATION = 1000
_RETRY_S = 5


class Entry(NamedTuple):
    """A frame, the position after it, a delta's text, and whether streams end with it."""

    seq: int
    chars: int
    frame: bytes
    text: str = ""
    is_ending: bool = False


def _place(entry: Entry) -> tuple[int, int]:
    return entry.seq, entry.chars


@final
class LiveRun:
    """The frames of one run from the row `first_seq` on."""

    __slots__ = ("_waiters", "entries", "first_seq", "is_over")

    def __init__(self, first_seq: int) -> None:
        self.first_seq = first_seq
        self.entries: list[Entry] = []
        self.is_over = False
        self._waiters: list[asyncio.Future[None]] = []

    def publish(self, entry: Entry) -> None:
        """Shows a frame to every reader."""
        self.entries.append(entry)
        if self._waiters:
            self._wake()

    def end(self) -> None:
        """No frame will follow here; a reader without a final event goes on with the stored rows."""
        self.is_over = True
        self._wake()

    def index_after(self, position: Position) -> int:
        """The first entry that a reader at this position has not got whole."""
        if position.chars:
            at = bisect_left(self.entries, (position.seq, 0), key=_place)
            if at < len(self.entries) and _place(self.entries[at]) == (position.seq, 0):
                return at
        return bisect_right(self.entries, (position.seq, position.chars), key=_place)

    def frame_at(self, index: int, position: Position) -> bytes:
        """The entry's frame, without the characters that the reader has already."""
        entry = self.entries[index]
        missing = entry.chars - position.chars
        if entry.seq == position.seq and entry.text and 0 < missing < len(entry.text):
            return delta_frame(entry.seq, entry.chars, entry.text[-missing:])
        return entry.frame

    async def wait(self, seen: int, *, within_s: float) -> None:
        """Returns when there are more entries than `seen`, when the run is over, or after that time."""
        if len(self.entries) > seen or self.is_over:
            return
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(within_s, _resolve, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def nudge(self) -> None:
        """Lets waiting readers look around: a session ended, or the process is going."""
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            _resolve(waiter)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


@final
class Live:
    """The runs that this process executes now."""

    def __init__(self) -> None:
        self._runs: dict[tuple[OrgId, RunId], LiveRun] = {}
        self._readers: Counter[UUID] = Counter()
        self.is_closing = False

    def open(self, org_id: OrgId, run_id: RunId, *, first_seq: int) -> LiveRun:
        """A new list for a run; readers of an older one go on with the stored rows."""
        if older := self._runs.get((org_id, run_id)):
            older.end()
        run = self._runs[org_id, run_id] = LiveRun(first_seq)
        return run

    def find(self, org_id: OrgId, run_id: RunId) -> LiveRun | None:
        """The run's list while this process executes it."""
        return self._runs.get((org_id, run_id))

    def close(self, org_id: OrgId, run_id: RunId, run: LiveRun) -> None:
        """Ends this list of the run."""
        run.end()
        if self._runs.get((org_id, run_id)) is run:
            del self._runs[org_id, run_id]

    def check_room(self, org_id: OrgId, user_id: UserId) -> None:
        """Raises Problem 429 where a user or an organization has many streams open.

        A reader of a run that another process executes asks the database each second for as long as the run lasts.
        """
        places = ((org_id, _READERS_AN_ORGANIZATION), (user_id, _READERS_A_USER))
        if any(self._readers[place] >= most for place, most in places):
            raise too_many("Too many streams are open. Close some first.", retry_after_seconds=_RETRY_S)

    def join(self, org_id: OrgId, user_id: UserId) -> Callable[[], None]:
        """Counts one more reader, until what it gives is called."""
        self._readers.update((org_id, user_id))

        def leave() -> None:
            self._readers.subtract((org_id, user_id))
            self._readers = +self._readers

        return leave

    def shut(self) -> None:
        """Ends every stream of this process: readers come back to another one."""
        self.is_closing = True
        for run in self._runs.values():
            run.nudge()
