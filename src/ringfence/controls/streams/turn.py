"""Keeps AUD-05. One stream's turn: what is next is written down, sent, and only then counted as arrived.

Proved in tests/promises/test_audit_streams.py, over kills of the process that sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Any, final
from uuid import UUID

from ringfence.base import clock
from ringfence.base import log as process_log
from ringfence.controls.audit import Log
from ringfence.controls.deliveries import BadLetter, Outbox
from ringfence.controls.streams import rows
from ringfence.controls.streams.batch import Batch, Published, batch_id, checkpoint_id, line_of
from ringfence.controls.streams.carrier import Carrier, Opened
from ringfence.controls.streams.rows import Stream
from ringfence.controls.streams.sealed import BETWEEN, Place
from ringfence.controls.streams.unsent import Unsent
from ringfence.controls.tenancy import Bound, Database, Statement
from ringfence.controls.tenancy.gate import ClaimedStream

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, how much at once, and how patient to be: seconds, entries, streams."""

    look_s: float = 1.0
    lease_s: float = 60.0
    """Longer than one batch may take, which egress bounds."""
    turn_s: float = 15.0
    slow_s: float = 5.0
    entries: int = 200
    streams: int = 32
    slow_streams: int = 8
    of_partner: int = 24
    """Of these, streams of one partner and its organizations."""
    of_partner_slow: int = 4
    first_pause_s: float = 2.0
    longest_pause_s: float = 3600.0

    def pause_s(self, failures: int) -> float:
        """Twice as long after each failure in a row, and never the same for two streams."""
        pause_s = min(self.longest_pause_s, self.first_pause_s * 2 ** min(failures, 20))
        return pause_s * _random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Means:
    """What a turn works with."""

    database: Database
    outbox: Outbox
    carrier: Carrier
    holder: UUID
    pace: Pace = Pace()


@final
class Turn:
    """What one process does with a stream that it claimed."""

    def __init__(self, means: Means, claimed: ClaimedStream) -> None:
        self._means = means
        self._claimed = claimed
        self._log = Log(claimed.scope, claimed.scope_id)
        self._began = clock.monotonic()
        self._is_slow = False

    async def take(self) -> None:
        """Sends what there is, for a while; what fails is deferred, and a lost lease ends it."""
        row = await self._read()
        try:
            while row is not None and row.status == "active" and not self._is_over():
                row = await self._send_next(row)
        except Unsent as failure:
            await self._defer(failure)
            return
        await self._release(row)

    def _is_over(self) -> bool:
        return clock.monotonic() - self._began > self._means.pace.turn_s

    async def _send_next(self, row: Stream) -> Stream | None:
        """Sends a batch, or the day's checkpoint; gives the stream as it is now, None where nothing is left to do."""
        stream = await self._means.carrier.open(self._log, row)
        if not row.carries_entries:
            await self._send_checkpoint(stream)
            return None
        if row.next_index >= row.size and row.sending_to is None:
            return None
        end = row.sending_to or min(row.size, row.next_index + self._means.pace.entries)
        return await self._send_entries(stream, row.next_index, end)

    async def _send_entries(self, stream: Opened, first: int, end: int) -> Stream | None:
        found = await self._marked(first, end)
        if found is None:
            return None
        batch = self._batch(first, end, found)
        try:
            if batch.lines:
                await self._timed(stream, batch)
        except Unsent as failure:
            if failure.is_too_large and end - first > 1:
                # Nobody took it, so fewer may go under an id of their own.
                await self._write(rows.SENDING, first + (end - first) // 2, self._means.pace.lease_s)
            raise
        settled = rows.ARRIVED if batch.lines else rows.SKIPPED
        return await self._write(settled, end, self._means.pace.lease_s)

    async def _marked(self, first: int, end: int) -> Sequence[Place] | None:
        """The entries of a batch whose bounds are written down; None where this process has lost the stream."""
        mark = self._fenced(rows.SENDING, end, self._means.pace.lease_s)
        held, found = await self._means.database.write(self._log.reader, mark, BETWEEN(first, end))
        if not held:
            return None
        if [one.index for one in found] != list(range(first, end)):
            raise Unsent("log_incomplete")
        return found

    def _batch(self, first: int, end: int, found: Sequence[Place]) -> Batch:
        lines = [line_of(self._log, one.entry) for one in found if one.entry is not None]
        stream_id = self._claimed.id
        return Batch(batch_id(stream_id, first, end), self._log, first, end, lines, sealed_at=found[-1].sealed_at)

    async def _timed(self, stream: Opened, batch: Batch) -> None:
        began = clock.monotonic()
        await self._means.carrier.carry(stream, batch)
        self._is_slow = clock.monotonic() - began > self._means.pace.slow_s

    async def _send_checkpoint(self, stream: Opened) -> None:
        row, now = stream.row, clock.now()
        if row.checkpoint is None or row.published_at is None:
            return
        message_id = checkpoint_id(row.id, row.published_size, now.date())
        published = Published(message_id, self._log, row.published_size, row.checkpoint, row.published_at)
        arrived = self._fenced(rows.ARRIVED, row.published_size, self._means.pace.lease_s)
        if row.kind == "checkpoint_mail":
            await self._means.database.write(self._log.reader, self._letter(stream, published), arrived)
        else:
            await self._means.carrier.carry_checkpoint(stream, published)
            await self._means.database.write(self._log.reader, arrived)

    def _letter(self, stream: Opened, published: Published) -> Bound[None]:
        """The mail with a checkpoint, queued in the transaction that counts it as arrived."""
        subject = f"Checkpoint of the audit log, {published.size} entries"
        text = (
            f"The audit log {published.log.name} has {published.size} entries. Keep this checkpoint where we cannot"
            " reach it: with it, `ringfence audit verify EXPORT --since CHECKPOINT` finds a log that was cut or"
            f" rewritten.\n\n{published.note}"
        )
        to, within = stream.target.to or "", self._log.reader
        try:
            return self._means.outbox.message(
                "audit_checkpoint", to=to, subject=subject, text=text, within=within, dedupe=published.id
            )
        except BadLetter as failure:
            raise Unsent("bad_letter") from failure

    async def _defer(self, failure: Unsent) -> None:
        row = await self._read()
        if row is None:
            return
        pause_s = max(failure.wait_s, self._means.pace.pause_s(row.failures))
        if failure.is_too_large and row.sending_to is not None and row.sending_to - row.next_index > 1:
            pause_s = 0  # It is taken up again at once, in smaller pieces.
        if await self._means.database.write(self._log.reader, self._fenced(rows.FAILED, failure.code, pause_s)):
            process_log.warning(
                "audit_stream_deferred", row_id=row.id, reason=row.kind, code=failure.code, attempt=row.failures + 1
            )

    async def _release(self, row: Stream | None) -> None:
        """Hands the stream back: due again when there is more of its log, or tomorrow."""
        wait_s = 0.0
        if self._claimed.kind in {"checkpoint_webhook", "checkpoint_mail"} and row is None:
            wait_s = until_tomorrow_s(clock.now(), self._claimed.id)
        await self._means.database.write(self._log.reader, self._fenced(rows.RELEASED, self._is_slow, wait_s))

    async def _read(self) -> Stream | None:
        found = (await self._means.database.read(self._log.reader, rows.STREAM(self._claimed.id)))[0]
        return found[0] if found else None

    async def _write(self, statement: Statement[Any], *values: Any) -> Stream | None:  # noqa: ANN401 - as SQL takes them
        """Writes what this process may still write; gives the stream as it is then, None where it is lost."""
        bound, read = self._fenced(statement, *values), rows.STREAM(self._claimed.id)
        held, found = await self._means.database.write(self._log.reader, bound, read)
        return found[0] if held and found else None

    def _fenced(self, statement: Statement[Any], *values: Any) -> Bound[Any]:  # noqa: ANN401 - as above
        return statement(self._claimed.id, self._means.holder, self._claimed.attempt, *values)


def until_tomorrow_s(now: datetime, stream_id: UUID) -> float:
    """Seconds to the first hour of the next day in UTC, at a minute of the stream's own."""
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (tomorrow - now).total_seconds() + stream_id.int % 3600
