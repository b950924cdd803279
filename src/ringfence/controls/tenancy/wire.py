"""One connection over libpq's pipeline: context, statements and Sync in one write and one read. Keeps TEN-02.

Up to Sync the statements are one implicit transaction: an error rolls all back and leaves the connection clean. A
transaction that needs an answer before its next statement sends BEGIN first and COMMIT last, each its own exchange.

A server is spoken to by names of prepared statements, a pooler (PgBouncer) is not: the next exchange may reach another
server, on which a name is unknown or, worse, another client's. There each statement is sent whole.

Proved in tests/controls/test_wire.py, tests/attacks/test_context.py and tests/long/test_pooled.py.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import starmap
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

from ringfence.controls.tenancy.errors import BAD_TEXT, PLAN_CHANGED, DatabaseError, Disconnected, failure

if TYPE_CHECKING:
    from psycopg.abc import Transformer as Types
    from psycopg.pq.abc import PGresult

    from ringfence.controls.tenancy.statement import Bound

Command = tuple[str, tuple[Any, ...]]
# Plain numbers: an attribute of an enum class costs more than the comparison that it is for.
_TEXT, _BINARY = int(pq.Format.TEXT), int(pq.Format.BINARY)
_IDLE = int(pq.TransactionStatus.IDLE)
_SYNC = int(pq.ExecStatus.PIPELINE_SYNC)
_FATAL = int(pq.ExecStatus.FATAL_ERROR)
_WHO = b"select pg_backend_pid()"
_OPEN_SECONDS = 10.0
# A server ends a statement after 15 s (0001_roles.sql): one that says nothing for longer is not there any more,
# whatever the network claims. A machine that vanished sends no goodbye, and the end of a connection can get lost.
_SILENT_SECONDS = 20.0
_GOOD = frozenset({int(pq.ExecStatus.COMMAND_OK), int(pq.ExecStatus.TUPLES_OK)})


class _Prepared:
    """A statement that the server knows by name, and what turns its columns into Python's types."""

    __slots__ = ("loader", "name")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.loader: Types | None = None


class Connection:
    """A connection that carries one exchange at a time."""

    def __init__(self, owner: psycopg.AsyncConnection[Any], *, is_direct: bool) -> None:
        """`is_direct` says that one server process answers all exchanges, so that it may keep statements by name."""
        self._owner = owner
        self._is_direct = is_direct
        self._pg = owner.pgconn
        self._socket = self._pg.socket  # Kept: a lost connection does not tell it any more.
        self._loop = asyncio.get_running_loop()
        self._dumper: Types = Transformer(owner)
        self._prepared: dict[str, _Prepared] = {}
        self._made = 0
        self._sent: deque[str | None] = deque()
        self._results: list[PGresult] = []
        self._error: PGresult | None = None
        self._is_busy = False
        self._waiter: asyncio.Future[None] | None = None
        self._watch: asyncio.TimerHandle
        self._heard_at = 0.0
        self.is_broken = False
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, url: str) -> "Connection":
        """Connects; raises Disconnected when nobody answers. Whatever ends it, no connection is left open."""
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                owner = await psycopg.AsyncConnection[Any].connect(url, autocommit=True, connect_timeout=5)
                try:
                    # A pooler greets with a process id of its own making, and any of its servers answers.
                    answered = await (await owner.execute(_WHO)).fetchone()
                    return cls(owner, is_direct=answered == (owner.pgconn.backend_pid,))
                except BaseException:
                    owner.pgconn.finish()
                    raise
        except TimeoutError as cause:
            raise Disconnected("no answer") from cause
        except psycopg.Error as cause:
            raise Disconnected(cause.sqlstate or "connect") from cause

    @property
    def is_idle(self) -> bool:
        """Nothing is under way and no transaction is open."""
        return not self.is_broken and not self._is_busy and self._pg.transaction_status == _IDLE

    @property
    def has_failed(self) -> bool:
        """The open transaction met an error: nothing but a rollback can follow."""
        return not self.is_broken and self._pg.transaction_status == pq.TransactionStatus.INERROR

    def close(self) -> None:
        """Ends the connection at once; whatever was under way fails as Disconnected."""
        if not self.is_broken:
            self._break()
        self._owner.pgconn.finish()

    async def exchange(self, commands: Sequence[Command]) -> "list[PGresult]":
        """Sends the commands and Sync in one write; gives one result a command, or raises the first failure."""
        if self.is_broken or self._is_busy:
            raise Disconnected("broken or busy")
        # All values first: one that cannot be sent must leave nothing on the wire.
        ready = [(sql, *self._dumped(params)) for sql, params in commands]
        self._is_busy = True
        self._waiter = self._loop.create_future()
        self._results, self._error = [], None
        self._sent.clear()
        try:
            for sql, values, formats in ready:
                self._send(sql, values, formats)
            self._pg.pipeline_sync()
            self._flush()
        except psycopg.Error:
            self._break()
        # A cancelled caller leaves the connection busy: `settle` waits for the rest of the answer.
        self._heard_at = self._loop.time()
        self._watch = self._loop.call_later(_SILENT_SECONDS, self._listen)
        try:
            await self._waiter
        finally:
            self._watch.cancel()
        return self._collect()

    async def settle(self) -> None:
        """Waits until a cancelled exchange has been answered."""
        if self._is_busy and not self.is_broken:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            except Disconnected:
                return

    def rows(self, result: "PGresult", bound: "Bound[Any]") -> list[Any]:
        """The result's rows as the statement's dataclass."""
        count = result.ntuples
        if not count:
            return []
        prepared = self._prepared.get(bound.sql)
        loader = prepared.loader if prepared is not None else None
        if loader is None:
            loader = Transformer(self._owner)
            loader.set_pgresult(result)
            if prepared is not None:
                prepared.loader = loader
        else:
            loader.set_pgresult(result, set_loaders=False)
        rows = list(starmap(bound.row, loader.load_rows(0, count, tuple)))
        loader.set_pgresult(None, set_loaders=False)  # What was read must not stay in memory until the next read.
        return rows

    def _collect(self) -> "list[PGresult]":
        results, self._results = self._results, []
        if self._error is not None:
            state = self._error.error_field(pq.DiagnosticField.SQLSTATE) or b"XX000"
            constraint = self._error.error_field(pq.DiagnosticField.CONSTRAINT_NAME)
            if state == PLAN_CHANGED.encode():
                self._prepared.clear()
                self._break()
            raise failure(state.decode(), constraint.decode() if constraint else None)
        return results

    def _dumped(self, params: tuple[object, ...]) -> tuple[list[Any] | None, list[int] | None]:
        """The parameters as bytes with their formats; the common types by hand, which costs less than a look-up."""
        if not params:
            return None, None
        values: list[Any] = []
        formats: list[int] = []
        for value in params:
            if type(value) is UUID:
                values.append(value.bytes)
                formats.append(_BINARY)
            elif type(value) is bytes:
                values.append(value)
                formats.append(_BINARY)
            else:
                values.append(self._dumped_text(value) if value is not None else None)
                formats.append(_TEXT)
        return values, formats

    def _dumped_text(self, value: object) -> Any:  # noqa: ANN401 - whatever buffer the driver makes
        try:
            if type(value) is not str:
                return self._dumper.dump_sequence((value,), [PyFormat.TEXT])[0]
            text = value.encode()
        except (psycopg.DataError, UnicodeEncodeError):
            raise DatabaseError(BAD_TEXT) from None
        # libpq reads text up to its first NUL: the rest would be lost in silence.
        if b"\0" in text:
            raise DatabaseError(BAD_TEXT)
        return text

    def _send(self, sql: str, values: list[Any] | None, formats: list[int] | None) -> None:
        if not self._is_direct:
            self._sent.append(None)
            self._pg.send_query_params(sql.encode(), values, param_formats=formats, result_format=_BINARY)
            return
        prepared = self._prepared.get(sql)
        if prepared is None:
            self._made += 1
            prepared = self._prepared[sql] = _Prepared(b"s%d" % self._made)
            self._pg.send_prepare(prepared.name, sql.encode())
            self._sent.append(sql)
        self._sent.append(None)
        self._pg.send_query_prepared(prepared.name, values, formats, result_format=_BINARY)

    def _flush(self) -> None:
        if self._pg.flush():
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error:
            self._break()

    def _listen(self) -> None:
        """Gives up a server that has said nothing for too long."""
        left = self._heard_at + _SILENT_SECONDS - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._listen)
        elif not self.is_broken:
            self._break()

    def _readable(self) -> None:
        pg = self._pg
        self._heard_at = self._loop.time()
        try:
            pg.consume_input()
            while not pg.is_busy():
                result = pg.get_result()
                if result is None:
                    if not self._is_busy:
                        return
                elif self._take(result):
                    return
        except psycopg.Error:
            self._break()

    def _take(self, result: "PGresult") -> bool:
        """Files one result; True at the end of the exchange."""
        status = result.status
        if not self._is_busy:
            # Out of turn: the server says goodbye (57P01) on an idle connection.
            self._break()
            return True
        if status == _SYNC:
            self._is_busy = False
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
            return True
        prepared = self._sent.popleft() if self._sent else None
        if status in _GOOD:
            if prepared is None:
                self._results.append(result)
        elif prepared is not None:
            self._prepared.pop(prepared, None)
        if status == _FATAL and self._error is None:
            self._error = result
        return False

    def _break(self) -> None:
        self.is_broken = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(Disconnected("connection lost"))
