"""An export on its way out: pages of rows in short transactions, encoded in slices, sent as they are ready.

At most one page is held and one more is on its way; the event loop gets its turn after every slice. A reader that goes
away, takes nothing for half a minute, or keeps it waiting for longer than what it took is worth, frees all of it; one
whose session ends is cut off in mid-line.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final, TypeVar

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ringfence.base import clock
from ringfence.base.problem import Problem
from ringfence.features.edge import asgi

from .slots import Slot

Row = TypeVar("Row")
Fetch = Callable[[Row | None], Awaitable[Sequence[Row]]]
"""The page behind a row, or the first one; an empty one is the end."""
PAGE: Final = 512
"""Rows of one transaction."""
SLICE: Final = 128
"""Rows that are encoded without a pause: a few milliseconds."""
_SEND_S: Final = 30.0
_SLOWEST: Final = 8 * 1024
"""Bytes a second that a reader takes, but for half a minute: one that takes less keeps a place from others."""


async def encoded(
    fetch: Fetch[Row], encode: Callable[[Sequence[Row]], bytes], *, is_valid: Callable[[], bool], head: bytes = b""
) -> AsyncGenerator[bytes, None]:
    """The rows' bytes, some at a time, while the next page is fetched. Problem 401 once the caller may not go on."""
    rows = await fetch(None)
    if head:
        yield head
    while rows:
        if not is_valid():
            raise Problem(401, "session_ended", "The session ended before the export did.")
        following = asyncio.ensure_future(fetch(rows[-1]))
        try:
            for at in range(0, len(rows), SLICE):
                # First a turn for everybody else, the request for the next page among them.
                await asyncio.sleep(0)
                yield encode(rows[at : at + SLICE])
            rows = await following
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


class Download(Response):
    """Sends chunks as a file. What fails before the first is answered as a problem, later by a cut connection."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], *, name: str, media_type: str, slot: Slot) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._chunks = chunks
        self._slot = slot
        self._is_head = False

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        """Leaves itself to the edge, which has let go of the routing by then."""
        self._is_head = scope["method"] == "HEAD"
        asgi.serve_later(scope, self.serve)

    async def serve(self, receive: Receive, send: Send) -> None:
        """Serves to the end, or until the reader is gone or too slow; then its place is free."""
        try:
            await asgi.while_read(self._send(send), receive)
        finally:
            self._slot.give_back()

    async def _send(self, send: Send) -> None:
        async with aclosing(self._chunks) as chunks:
            first = await anext(chunks, b"")
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not self._is_head:
                try:
                    await _patiently(send, first, chunks)
                except TimeoutError:
                    return  # without the last chunk the server cuts the connection: the reader knows of more
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _patiently(send: Send, first: bytes, chunks: AsyncGenerator[bytes, None]) -> None:
    """Sends all chunks; TimeoutError for a reader that takes nothing, or too little for too long."""
    waited, sent = 0.0, 0
    chunk: bytes | None = first
    while chunk is not None:
        message: Message = {"type": "http.response.body", "body": chunk, "more_body": True}
        began = clock.monotonic()
        async with asyncio.timeout(min(_SEND_S, _SEND_S + sent / _SLOWEST - waited)):
            await send(message)
        waited += clock.monotonic() - began
        sent += len(chunk)
        chunk = await anext(chunks, None)
