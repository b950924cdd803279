"""Plain requests over one kept connection, and streams that are only counted; both cost the loader little."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from bench.wire import BadAnswer

_LENGTH = b"content-length: "
_HEAD_END = b"\r\n\r\n"


def get(path: str, *headers: str) -> bytes:
    """A GET as it goes over the wire."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


class Kept(asyncio.Protocol):
    """One connection; `ask` one thing after the other."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._done: asyncio.Future[float] | None = None

    @classmethod
    async def open(cls, port: int) -> "Kept":
        """A connection to this machine."""
        _, kept = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return kept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Notes the moment at which the answer is whole."""
        self._buffer += data
        if self._done is not None and not self._done.done() and _is_whole(self._buffer):
            self._done.set_result(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails what was asked."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(BadAnswer(f"hung up ({exc}) after {bytes(self._buffer[:500])!r}"))

    async def ask(self, request: bytes) -> float:
        """The seconds that an answer took; raises BadAnswer unless it is a 200 with a length."""
        self._buffer.clear()
        self._done = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._transport.write(request)
        ended = await self._done
        if not self._buffer.startswith(b"HTTP/1.1 200 "):
            raise BadAnswer(f"not a good answer: {bytes(self._buffer[:1000])!r}")
        return ended - began

    def close(self) -> None:
        """Hangs up."""
        self._transport.close()


class Counted(asyncio.Protocol):
    """One stream, of which the events are counted and nothing is kept but the last few bytes."""

    def __init__(self, request: bytes, ending: bytes, ended: Callable[[], None]) -> None:
        self._request = request
        self._ending = ending
        self._ended = ended
        self._tail = b""
        self.events = 0
        self.is_over = False

    @classmethod
    async def open(cls, port: int, request: bytes, *, ending: bytes, ended: Callable[[], None]) -> "Counted":
        """The stream of that request; `ended` is called at the event `ending`, or when the server hangs up."""
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: cls(request, ending, ended), "127.0.0.1", port)
        return stream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks at once."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Counts the events' first lines."""
        seen = self._tail + data
        self.events += seen.count(b"\nevent: ") - self._tail.count(b"\nevent: ")
        if not self.is_over and self._ending in seen:
            self._end()
        self._tail = seen[-40:]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own
        """Ends it, too."""
        if not self.is_over:
            self._end()

    def close(self) -> None:
        """Hangs up."""
        self.is_over = True
        self._transport.close()

    def _end(self) -> None:
        self.is_over = True
        self._ended()


def _is_whole(answer: bytearray) -> bool:
    end = answer.find(_HEAD_END)
    if end < 0:
        return False
    head = bytes(answer[:end]).lower()
    at = head.find(_LENGTH)
    size = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return len(answer) >= end + len(_HEAD_END) + size
