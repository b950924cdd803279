"""A listener on loopback for the servers of this folder: each connection is a task, and all of them end with it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(speak: Speak, port: int = 0, *, papers: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Gives the port. A connection is `speak`'s until that returns, or the other side hangs up, or the block ends."""
    open_ones = dict[asyncio.Task[None], asyncio.StreamWriter]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await speak(reader, writer)
        del open_ones[task]
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=papers)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        left = dict(open_ones)
        for task, writer in left.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
