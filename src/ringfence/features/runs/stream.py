"""One reader's stream: from the live list where this process executes the run, else from the stored rows.

It ends with a final event or run.waiting; with `session.ended` when the session is over; and without a word when this
process goes, for the reader comes back to another one with its Last-Event-ID.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from ringfence.base import clock
from ringfence.base.principal import RunId, UserId
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Database, OrgScope
from ringfence.controls.vault import Vault

from . import queries
from .events import ENDING, FINAL, HEARTBEAT, START, Kind, Position, session_ended
from .live import Live, LiveRun
from .records import Records, frame_after

HEARTBEAT_S = 15.0
_LOOK_S = 1.0
_POLL_S = 0.2
_POLL_CAP_S = 1.0
_BATCH = 200


@dataclass(slots=True)
class Stream:
    """What one reader still has to get; `is_valid` says whether its session still stands."""

    database: Database
    vault: Vault
    live: Live
    scope: OrgScope
    run_id: RunId
    user_id: UserId
    position: Position
    is_valid: Callable[[], bool]
    _first: bytes | None = None
    _is_over: bool = False
    _is_whole: bool = False
    _looked_at: float = 0.0
    _sent_at: float = 0.0

    async def begin(self) -> None:
        """Reads what is stored already, so that a record that does not open is a problem and no empty stream; Tampered.

        Nothing is read where the live list has it all.
        """
        self._is_whole = self.position == START
        self._first = b"" if self._joinable() is not None else await self._from_rows()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Frames, some at a time, and a comment where nothing was said for long."""
        self._looked_at = self._sent_at = clock.monotonic()
        if self._first is None:
            await self.begin()
        if self._first:
            yield self._first
        self._first = b""
        pause_s = _POLL_S
        while not self._is_over:
            if (live := self._joinable()) is not None:
                async for chunk in self._from_live(live):
                    yield chunk
                pause_s = _POLL_S
                continue
            chunk = await self._from_rows()
            if chunk:
                pause_s = _POLL_S
                yield self._sent(chunk)
            elif not self._is_over:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, _POLL_CAP_S)
            if not self._is_over and (last := self._look()):
                yield last

    def _joinable(self) -> LiveRun | None:
        """The live list, once it holds all that this reader has not got."""
        live = self.live.find(self.scope.org_id, self.run_id)
        if live is None:
            return None
        missing = live.first_seq - self.position.seq
        return live if missing <= 0 or (missing == 1 and self._is_whole) else None

    async def _from_live(self, live: LiveRun) -> AsyncGenerator[bytes, None]:
        index = live.index_after(self.position)
        while not self._is_over:
            end = len(live.entries)
            if index < end:
                first = live.frame_at(index, self.position)
                last = live.entries[end - 1]
                self.position, self._is_whole = Position(last.seq, last.chars), False
                self._is_over = last.is_ending
                yield self._sent(b"".join([first, *(entry.frame for entry in live.entries[index + 1 : end])]))
                index = end
            elif live.is_over:
                return
            else:
                await live.wait(end, within_s=_LOOK_S)
            if not self._is_over and (word := self._look()):
                yield word

    async def _from_rows(self) -> bytes:
        """What is stored after the position; one short transaction."""
        statuses, rows = await self.database.read(
            self.scope,
            queries.status(self.run_id),
            queries.events(self.run_id, since=self.position.seq, limit=_BATCH),
        )
        frames: list[bytes] = []
        last: Kind | None = None
        for event in self._records().open(rows):
            last = event.kind
            if (found := frame_after(event, self.position)) is not None:
                frames.append(found[0])
                self.position = found[1]
        self._is_whole = True
        if len(rows) < _BATCH:
            status = statuses[0] if statuses else None
            is_final = status is None or status in queries.FINAL or last in FINAL
            self._is_over = is_final or (last in ENDING and status == queries.Status.WAITING)
        return b"".join(frames)

    def _look(self) -> bytes | None:
        """Each second: whether session and process stay; after a long silence: a sign of life."""
        now = clock.monotonic()
        if self.live.is_closing:
            self._is_over = True
            return None
        if now - self._looked_at >= _LOOK_S:
            self._looked_at = now
            try:
                if not self.is_valid():
                    self._is_over = True
                    return session_ended(self.position)
            except Problem:
                self._is_over = True  # this process cannot know: the reader comes back, and is told so
                return None
        if now - self._sent_at >= HEARTBEAT_S:
            return self._sent(HEARTBEAT)
        return None

    def _sent(self, chunk: bytes) -> bytes:
        self._sent_at = clock.monotonic()
        return chunk

    def _records(self) -> Records:
        return Records.of(self.vault, org_id=self.scope.org_id, user_id=self.user_id, run_id=self.run_id)
