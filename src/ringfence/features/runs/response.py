"""Server-sent events on the wire: headers, chunks, a bound on slow readers, and the end when a reader hangs up."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringfence.features.edge import asgi

from .stream import Stream

MEDIA_TYPE = "text/event-stream"
_SEND_S = 20.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Type": MEDIA_TYPE}


class EventStream(Response):
    """Sends chunks as they come. The run that they tell of depends on no reader."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], *, leave: Callable[[], None]) -> None:
        """`leave` is called once the reader is gone, however it goes."""
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._chunks = chunks
        self._leave = leave

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        """Leaves itself to the edge: what the routing holds for a request is a third of an idle stream's memory."""
        asgi.serve_later(scope, self.serve)

    async def serve(self, receive: Receive, send: Send) -> None:
        """Serves the stream until its end, or until the reader is gone or takes nothing for 20 s."""
        try:
            await asgi.while_read(self._send(send), receive)
        finally:
            self._leave()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async with aclosing(self._chunks) as chunks:
                async for chunk in chunks:
                    async with asyncio.timeout(_SEND_S):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            return  # without the last chunk the server cuts the connection: the reader knows that more was to come
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def begun(stream: Stream, chunks: AsyncGenerator[bytes, None], leave: Callable[[], None]) -> EventStream:
    """The answer, once what is stored is read: what does not open is a problem, and its reader's place free again.

    The place is taken before: many who come at once would else all find room while each of them reads.
    """
    try:
        await stream.begin()
    except BaseException:
        leave()
        raise
    return EventStream(chunks, leave=leave)
