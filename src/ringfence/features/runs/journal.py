"""The fenced writer of one run. The journal is the only record of what a run did.

Text goes to readers at once and into rows every 250 ms or 2 KB; those of a shorter run go with its end. Every commit is
one round trip behind the fence. While the database is away a commit is tried again until it is back; then the fence
says whether this process still holds the run.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from ringfence.base import log
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Bound, Database, Fenced, Unapproved

from . import queries
from .events import ENDING, MessageDelta, Payload, delta_frame, encoded, frame, shown
from .hold import Hold, RunLost, Stop
from .live import Entry, LiveRun
from .records import Records

FLUSH_S = 0.25
FLUSH_CHARS = 2048
_RETRY_S = 0.1
_RETRY_CAP_S = 1.0
_AWAY = 503


@dataclass(frozen=True, slots=True)
class _Row:
    seq: int
    kind: str
    record: bytes
    shown: Entry | None
    """What readers get after the commit; None for text, which they have."""


@final
class Journal:
    """Appends to one run's events under its hold."""

    def __init__(self, database: Database, hold: Hold, *, records: Records, live: LiveRun, next_seq: int) -> None:
        self._database = database
        self._hold = hold
        self._records = records
        self._live = live
        self._seq = next_seq
        self._texts: list[str] = []
        self._chars = 0
        self._rows: list[_Row] = []
        self._held_back: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._is_appending = False

    def say(self, text: str) -> None:
        """Adds a piece of the message: shown now, unless a row before it is still on its way."""
        self._texts.append(text)
        self._chars += len(text)
        entry = Entry(self._seq, self._chars, delta_frame(self._seq, self._chars, text), text)
        if self._rows:
            self._held_back.append(entry)
        else:
            self._live.publish(entry)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)
        elif self._chars >= FLUSH_CHARS:
            self._flush()

    async def append(self, *payloads: Payload, also: Sequence[Bound[Any]] = ()) -> list[list[Any]]:
        """Commits the open text, these events and what else belongs to them; gives the rows of `also`.

        Raises RunLost when the run is no longer ours, Unapproved when `also` spends what is no approval: then nothing
        of this was written.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # NOTE: what was said last goes with this commit: a write of its own would take these events along, not `also`.
        self._is_appending = True
        try:
            if self._flushing is not None:
                await self._flushing
        finally:
            self._is_appending = False
        self._close_text()
        first = self._seq
        for payload in payloads:
            self._add(payload)
        try:
            return await self._commit(also)
        except Unapproved:
            self._rows = [row for row in self._rows if row.seq < first]
            self._seq = first
            raise

    def close(self) -> None:
        """Writes nothing more, whatever text is still open."""
        if self._timer is not None:
            self._timer.cancel()
        if self._flushing is not None:
            self._flushing.cancel()

    def _add(self, payload: Payload) -> None:
        data, kind = encoded(payload), payload.KIND.value
        told = frame(self._seq, 0, kind=kind, data=shown(kind, data))
        entry = Entry(self._seq, 0, told, "", payload.KIND in ENDING)
        self._rows.append(_Row(self._seq, kind, self._records.seal(self._seq, data), entry))
        self._seq += 1

    def _close_text(self) -> None:
        if not self._texts:
            return
        data = encoded(MessageDelta("".join(self._texts)))
        self._rows.append(_Row(self._seq, MessageDelta.KIND.value, self._records.seal(self._seq, data), None))
        self._seq += 1
        self._texts.clear()
        self._chars = 0

    def _flush(self) -> None:
        """Starts to write the open text; while one write is under way the next waits for its end."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._flushing is not None or not self._texts:
            return
        self._close_text()
        self._flushing = asyncio.get_running_loop().create_task(self._write_text())
        self._flushing.add_done_callback(self._flushed)

    async def _write_text(self) -> None:
        await self._commit(())

    def _flushed(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            return
        failure = task.exception()
        if failure is not None:
            # Kept in `_flushing`: the run's own task meets it at its next append.
            if not isinstance(failure, RunLost):
                log.error("journal_failed", failure, run_id=self._hold.run_id)
            self._hold.request(Stop.LOST)
            return
        self._flushing = None
        if not self._is_appending and (self._timer is None or self._chars >= FLUSH_CHARS):
            self._flush()

    async def _commit(self, also: Sequence[Bound[Any]]) -> list[list[Any]]:
        if not self._rows and not also:
            return []
        rows, hold = list(self._rows), self._hold
        events = [
            queries.append(hold.run_id, row.seq, user_id=hold.user_id, kind=row.kind, payload=row.record)
            for row in rows
        ]
        answers = await self._write(queries.fence(hold.run_id, hold.holder, hold.attempt), *events, *also)
        del self._rows[: len(rows)]
        for row in rows:
            if row.shown is not None:
                self._live.publish(row.shown)
        held_back, self._held_back = self._held_back, []
        for entry in held_back:
            self._live.publish(entry)
        return answers[1 + len(events) :]

    async def _write(self, *bounds: Bound[Any]) -> list[list[Any]]:
        pause_s = _RETRY_S
        while True:
            try:
                return await self._database.write(self._hold.scope, *bounds)
            except Fenced:
                raise RunLost from None
            except Problem as refusal:
                if refusal.status != _AWAY:
                    raise
                log.warning("journal_waits", run_id=self._hold.run_id, code=refusal.code)
            if self._hold.stop in {Stop.LOST, Stop.DRAINED}:
                raise RunLost
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _RETRY_CAP_S)
