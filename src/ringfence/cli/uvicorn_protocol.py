"""uvicorn's HTTP protocol with bounds on heads, which may be so large and so slow, and on readers who take nothing.

Without them anybody holds a connection for ever by sending nothing or by reading nothing, or fills the memory with one
endless header. And who is refused while still sending is told why: a connection that is closed with bytes unread is
reset, which takes the answer along (RFC 9112 section 9.6).
"""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

FRAMING_BYTES = 64 * 1024
"""Of one request: head, chunk sizes and trailers, as far as they come in pieces."""
HEAD_S = 15.0
UNREAD_S = 60.0
"""For so long an answer fills the buffers while its reader makes no room, or a closed connection waits for its last
bytes to be taken."""
LINGER_S = 60.0
"""For so long, at most, the rest of a body is taken and dropped that was answered before its end,"""
LINGER_IDLE_S = 5.0
"""and while it brings something within this."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose next request does not begin in time, or has too much around its body."""

    _framing_bytes = 0
    _is_within = False
    _is_in_body = False
    _is_over = False
    _lingers_until: float | None = None
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._wait_for_head()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._framing_bytes += len(data)
        if self.transport.is_closing():
            return
        if self._is_within and self._framing_bytes > FRAMING_BYTES:
            self.send_400_response("The request's head is too large.")
        elif self._is_in_body and not self._is_serving():
            self._linger()
        elif self._patience is None and not self._is_serving():
            self._wait_for_head()

    @override
    def on_message_begin(self) -> None:
        self._framing_bytes = 0
        self._is_within = True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        if self._is_over:
            return  # Nothing is served behind an answer that closes the connection.
        self._stop_waiting()
        self._is_in_body, self._lingers_until = True, None
        super().on_headers_complete()
        self.cycle.transport = _Line(self, self.transport, self.cycle)

    @override
    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._is_within = self._is_in_body = False
        super().on_message_complete()
        if self._lingers_until is not None:
            self._stop_waiting()
            if self._is_over:
                self._close()

    @override
    def on_response_complete(self) -> None:
        if self._is_over:
            self.flow.resume_reading()
            return
        super().on_response_complete()
        if self._is_in_body and not self._is_serving():
            self._linger()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_pushing()
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._push()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_pushing()

    @override
    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP; whoever was answered already and sends on is told nothing more."""
        if self._is_over:
            self.transport.abort()
        else:
            super().send_400_response(msg)

    @override
    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._push()

    def finish(self, cycle: RequestResponseCycle) -> None:
        """Closes after an answer that says so; where its request is still on its way, our half first."""
        if cycle is not self.cycle or not cycle.response_complete or not self._is_in_body:
            self._close()
            return
        self._is_over = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._linger()

    def _linger(self) -> None:
        now = self.loop.time()
        if self._lingers_until is None:
            self._lingers_until = now + LINGER_S
        self._stop_waiting()
        self._patience = self.loop.call_at(min(self._lingers_until, now + LINGER_IDLE_S), self._give_up)

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self._is_serving():
            self._close()

    def _close(self) -> None:
        self.transport.close()
        self._push()

    def _push(self) -> None:
        """Cuts the connection unless it makes room in time: to close it would wait for the reader, for ever."""
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def _stop_pushing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _is_serving(self) -> bool:
        cycle: Any = self.cycle  # None until the first head is read, whatever its annotation says
        return cycle is not None and not cycle.response_complete


class _Line(asyncio.Transport):
    """What one answer is written to: the connection, but to be closed as its protocol thinks right."""

    def __init__(self, protocol: BoundedProtocol, transport: asyncio.Transport, cycle: RequestResponseCycle) -> None:
        super().__init__()
        self._protocol = protocol
        self._transport = transport
        self._cycle = cycle

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    @override
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @override
    def close(self) -> None:
        self._protocol.finish(self._cycle)
