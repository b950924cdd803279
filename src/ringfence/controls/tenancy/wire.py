"""One connection over libpq's pipeline: context, statements and Sync in one write and one read. Keeps TEN-02.

Up to Sync the statements are one implicit transaction: an error rolls all back and leaves the connection clean. A
transaction that needs an answer before its next statement sends BEGIN first and COMMIT last, each its own exchange.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

from ringfence.controls.tenancy.errors import PLAN_CHANGED, Disconnected, failure

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from ringfence.controls.tenancy.statement import Bound

Command = tuple[str, tuple[Any, ...]]
_BINARY = frozenset({"bytes", "UUID"})
_GOOD = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class Connection:
    """A connection that carries one exchange at a time."""

    def __init__(self, owner: psycopg.AsyncConnection[Any]) -> None:
        self._owner = owner
        self._pg = owner.pgconn
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, bytes] = {}
        self._made = 0
        self._sent: list[str | None] = []
        self._results: list[PGresult] = []
        self._error: PGresult | None = None
        self._done: asyncio.Future[None] | None = None
        self.is_broken = False
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._loop.add_reader(self._pg.socket, self._readable)

    @classmethod
    async def open(cls, url: str) -> "Connection":
        """Connects; raises Disconnected when nobody answers."""
        try:
            return cls(await psycopg.AsyncConnection[Any].connect(url, autocommit=True, connect_timeout=5))
        except psycopg.Error as cause:
            raise Disconnected(cause.sqlstate or "connect") from cause

    @property
    def is_idle(self) -> bool:
        """Nothing is under way and no transaction is open."""
        return (
            not self.is_broken
            and self._done is None
            and self._pg.transaction_status == pq.TransactionStatus.IDLE
        )

    async def close(self) -> None:
        """Ends the connection; whatever was under way fails as Disconnected."""
        if not self.is_broken:
            self._break()
        await self._owner.close()

    async def exchange(self, commands: Sequence[Command]) -> "list[PGresult]":
        """Sends the commands and Sync in one write; gives one result a command, or raises the first failure."""
        if self.is_broken or self._done is not None:
            raise Disconnected("broken or busy")
        self._done = self._loop.create_future()
        self._results, self._error, self._sent = [], None, []
        try:
            for sql, params in commands:
                self._send(sql, params)
            self._pg.pipeline_sync()
            self._flush()
        except psycopg.Error:
            self._break()
        # Shielded: a cancelled caller must not leave half an answer on the wire; the pool waits for the rest.
        await asyncio.shield(self._done)
        return self._collect()

    async def settle(self) -> None:
        """Waits until a cancelled exchange has been answered."""
        if self._done is not None:
            await asyncio.wait([self._done])
            if not self._done.cancelled():
                self._done.exception()
            self._done = None

    def _collect(self) -> "list[PGresult]":
        self._done = None
        if self._error is not None:
            state = self._error.error_field(pq.DiagnosticField.SQLSTATE) or b"XX000"
            constraint = self._error.error_field(pq.DiagnosticField.CONSTRAINT_NAME)
            if state == PLAN_CHANGED.encode():
                self._names.clear()
                self._break()
            raise failure(state.decode(), constraint.decode() if constraint else None)
        return self._results

    def _send(self, sql: str, params: tuple[Any, ...]) -> None:
        name = self._names.get(sql)
        if name is None:
            self._made += 1
            name = b"s%d" % self._made
            self._pg.send_prepare(name, sql.encode())
            self._sent.append(sql)
            self._names[sql] = name
        self._sent.append(None)
        if not params:
            self._pg.send_query_prepared(name, None, result_format=pq.Format.BINARY)
            return
        wanted = [PyFormat.BINARY if type(p).__name__ in _BINARY else PyFormat.TEXT for p in params]
        formats = [pq.Format.BINARY if f is PyFormat.BINARY else pq.Format.TEXT for f in wanted]
        values = Transformer(self._owner).dump_sequence(params, wanted)
        self._pg.send_query_prepared(name, values, formats, result_format=pq.Format.BINARY)

    def _flush(self) -> None:
        if self._pg.flush():
            self._loop.add_writer(self._pg.socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._pg.socket)
        except psycopg.Error:
            self._break()

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None:
                    if self._done is None or self._done.done():
                        return
                    continue
                if self._take(result):
                    return
        except psycopg.Error:
            self._break()

    def _take(self, result: "PGresult") -> bool:
        """Files one result; True at the end of the exchange."""
        status = result.status
        if status == pq.ExecStatus.PIPELINE_SYNC:
            if self._done is not None and not self._done.done():
                self._done.set_result(None)
            return True
        if self._done is None or self._done.done():
            # Out of turn: the server says goodbye (57P01) on an idle connection.
            self._break()
            return True
        prepared = self._sent.pop(0) if self._sent else None
        if status in _GOOD:
            if prepared is None:
                self._results.append(result)
        elif prepared is not None:
            self._names.pop(prepared, None)
        if status == pq.ExecStatus.FATAL_ERROR and self._error is None:
            self._error = result
        return False

    def _break(self) -> None:
        self.is_broken = True
        self._loop.remove_reader(self._pg.socket)
        self._loop.remove_writer(self._pg.socket)
        if self._done is not None and not self._done.done():
            self._done.set_exception(Disconnected("connection lost"))

    def rows(self, result: "PGresult", bound: "Bound[Any]") -> list[Any]:
        """The result's rows as the statement's dataclass."""
        transformer = Transformer(self._owner)
        transformer.set_pgresult(result)
        return [bound.row(*columns) for columns in transformer.load_rows(0, result.ntuples, tuple)]
