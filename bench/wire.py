"""A client that costs little: one kept HTTP/1.1 connection, requests as bytes, and two moments of each answer."""

import asyncio
import time
from dataclasses import dataclass
from typing import cast

_END = b"\r\n0\r\n\r\n"
_ANSWER_S = 30.0


class BadAnswer(Exception):  # noqa: N818 - what it names is the answer
    """A contender did not answer as it should; nothing that was measured counts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A streamed answer, with the seconds until its first token and until its end."""

    body: bytes
    first_s: float
    total_s: float


class Wire(asyncio.Protocol):
    """One connection; `ask` one thing after the other."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._marker = b""
        self._first_s: float | None = None
        self._done: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, port: int) -> "Wire":
        """A connection to this machine."""
        _, wire = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's.

    def data_received(self, data: bytes) -> None:
        """Notes the moments at which the marker and the end came."""
        self._buffer += data
        if self._first_s is None and self._marker in self._buffer:
            self._first_s = time.perf_counter()
        if self._done is not None and not self._done.done() and self._buffer.endswith(_END):
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails what was asked."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(BadAnswer(f"hung up ({exc}) after {bytes(self._buffer[:500])!r}"))

    async def ask(self, request: bytes, *, marker: bytes, ending: bytes) -> Answer:
        """The answer to a request; raises BadAnswer unless it is a stream with the marker and the ending."""
        self._buffer.clear()
        self._marker, self._first_s = marker, None
        self._done = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._transport.write(request)
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._done
        except TimeoutError:
            raise BadAnswer(f"no end of {bytes(self._buffer[:2000])!r}") from None
        ended, body = time.perf_counter(), bytes(self._buffer)
        if self._first_s is None or ending not in body:
            raise BadAnswer(f"not a whole run: {body[:2000]!r}")
        return Answer(body, self._first_s - began, ended - began)

    def close(self) -> None:
        """Hangs up."""
        self._transport.close()


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A POST of JSON as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
