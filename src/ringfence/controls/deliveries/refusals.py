"""A stored record that is not what was sealed: counted, entered in the platform's log, and told to the operator.

Keeps CRY-01, HOK-02. The vault tells of each refusal, wherever it was met; who asked got its 500 by then. One alert a
table and day, one entry a record and day: what they say is which table, column and row, never what it holds.
Proved in tests/promises/test_tampering.py.
"""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.controls import audit
from ringfence.controls.deliveries.outbox import Outbox
from ringfence.controls.tenancy import Database, PlatformScope, Statement, scalar
from ringfence.controls.vault import Tampered

_MOST: Final = 1000
"""So many wait at most: beyond that the newest say it all."""
_ID_BYTES: Final = 16
# The first of a record and day is told to people; more of it are counted.
_COUNT = Statement(
    "insert into app.refused_record as r (place, row_id, count) values ($1, $2, $3) "
    "on conflict (day, place, row_id) do update set count = r.count + excluded.count, last_at = now() "
    "returning r.count = $3",
    scalar,
)
_FORGET = Statement(
    "with gone as (delete from app.refused_record where day < (now() at time zone 'utc')::date - 90 returning 1) "
    "select count(*) from gone",
    scalar,
)


@dataclass(frozen=True, slots=True)
class _Record:
    """What was refused: the vault's own words for its place."""

    table: str
    column: str
    row_id: bytes

    @property
    def target(self) -> UUID | None:
        """The row's id; of a row that is one of several under an id, that id."""
        return UUID(bytes=self.row_id[:_ID_BYTES]) if len(self.row_id) >= _ID_BYTES else None


@final
class Refusals:
    """Takes what the vault refuses at any moment, in any thread; `run` writes it down."""

    def __init__(self) -> None:
        self._waiting: deque[_Record] = deque(maxlen=_MOST)
        self._woken: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self, refused: Tampered) -> None:
        """Logs it at once, and has it written down."""
        log.error("record_refused", table=refused.table, row_id=refused.row_id, reason=refused.column)
        self._waiting.append(_Record(refused.table, refused.column, bytes.fromhex(refused.row_id)))
        if self._loop is not None and self._woken is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self, database: Database, outbox: Outbox, *, holder: UUID) -> None:
        """Writes down what is noted, until cancelled. What could not be written is tried again."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        while True:
            self._woken.clear()
            await self.write(database, outbox, holder=holder)
            await self._woken.wait()

    async def write(self, database: Database, outbox: Outbox, *, holder: UUID) -> int:
        """Writes down what waits; gives how many records that were."""
        waiting = list(self._waiting)
        counted = Counter(waiting)
        for record, count in counted.items():
            await _write(database, outbox, record, count=count, holder=holder)
        for _ in waiting:
            self._waiting.popleft()
        return len(counted)


async def forget_refusals(database: Database) -> int:
    """Deletes counts of ninety days ago: the schedule's job."""
    return (await database.write(PlatformScope(), _FORGET()))[0][0]


async def _write(database: Database, outbox: Outbox, record: _Record, *, count: int, holder: UUID) -> None:
    async with database.platform() as tx:
        if not await tx.get(_COUNT(f"{record.table}.{record.column}", record.row_id, count)):
            return
        refused = audit.Action.RECORD_REFUSED
        entry = audit.entry(
            audit.Actor.system(holder), refused, target=record.target, outcome="refused",
            origin=audit.Origin.internal(), table=record.table, column=record.column,
        )  # fmt: skip
        text = (
            f"A record in table {record.table} (column {record.column}) did not open: its bytes are not what was "
            "sealed for that place.\nSomebody changed or moved it, or a disk did. It was not shown to anybody.\n\n"
            "Which rows: the log's lines `record_refused` of today. To look again: ringfence probe encryption\n"
        )
        alert = outbox.alert(
            "record_refused",
            subject=f"A stored record in {record.table} was changed",
            text=text,
            dedupe=f"{record.table} {clock.now().date().isoformat()}",
        )
        await tx.run(entry, alert)
