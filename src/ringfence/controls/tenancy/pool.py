"""The process's connections: last used first, bounded, replaced when the server goes away and comes back.

Keeps TEN-02. Proved in tests/controls/test_pool.py.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ringfence.base.problem import Problem
from ringfence.controls.tenancy.errors import DatabaseError, Disconnected, database_away
from ringfence.controls.tenancy.wire import Connection

_WAIT_SECONDS = 5.0


class Pool:
    """Lends clean connections; one that comes back with anything open is settled, rolled back or thrown away."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._idle: list[Connection] = []
        self._free = size
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._cleaning: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Connection]:
        """A clean connection; raises Problem 503 when none can be had in time."""
        connection = await self.take()
        try:
            yield connection
        finally:
            self.give(connection)

    async def take(self, *, is_first: bool = False) -> Connection:
        """A clean connection, which its taker must `give` back whatever happens; Problem 503 as in `lend`.

        With `is_first` the next one that comes back, whoever waits for longer.
        """
        await self._take_slot(is_first=is_first)
        while self._idle:
            connection = self._idle.pop()
            if connection.is_idle:
                return connection
            connection.close()
        try:
            return await Connection.open(self._url)
        except Disconnected:
            self._free_slot()
            raise database_away() from None
        except BaseException:
            self._free_slot()
            raise

    def give(self, connection: Connection) -> None:
        """Takes a connection back; what is still under way on it is waited for and rolled back."""
        if self._is_closed:
            # Nobody waits for a task that begins now: it might never run, and the connection stay open.
            connection.close()
            self._free_slot()
        elif connection.is_idle:
            self._give_back(connection)
        else:
            task = asyncio.create_task(self._clean(connection))
            self._cleaning.add(task)
            task.add_done_callback(self._cleaning.discard)

    async def close(self) -> None:
        """Closes every connection; one that is lent at this moment is closed when it comes back."""
        self._is_closed = True
        while self._cleaning:
            await asyncio.wait(self._cleaning)
        while self._idle:
            self._idle.pop().close()

    async def _take_slot(self, *, is_first: bool) -> None:
        if self._free > 0:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        if is_first:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        timer = loop.call_later(_WAIT_SECONDS, _give_up, turn)
        try:
            has_slot = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._free_slot()
            raise
        finally:
            timer.cancel()
        if not has_slot:
            raise database_away()

    def _free_slot(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1

    def _give_back(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._free_slot()

    async def _clean(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await connection.settle()
            if not connection.is_broken and not connection.is_idle:
                await connection.exchange([("rollback", ())])
        except (Disconnected, DatabaseError, Problem, TimeoutError):
            pass  # whatever it was, the connection shows whether it may be lent again
        finally:
            # Also where the process's end cancels this task.
            if connection.is_idle and not self._is_closed:
                self._give_back(connection)
            else:
                connection.close()
                self._free_slot()


def _give_up(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
