"""uvicorn's HTTP protocol with bounds on what is no body: how large a head may be, and how long one may take to come.

Without them anybody holds a connection for ever by sending nothing, or fills the memory with one endless header.
"""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FRAMING_BYTES = 64 * 1024
"""Of one request: head, chunk sizes and trailers, as far as they come in pieces."""
HEAD_S = 15.0


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose next request does not begin in time, or has too much around its body."""

    _framing_bytes = 0
    _is_within = False
    _patience: asyncio.TimerHandle | None = None

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
        elif self._patience is None and not self._is_serving():
            self._wait_for_head()

    @override
    def on_message_begin(self) -> None:
        self._framing_bytes = 0
        self._is_within = True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._is_within = False
        super().on_message_complete()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self._is_serving():
            self.transport.close()

    def _is_serving(self) -> bool:
        cycle: Any = self.cycle  # None until the first head is read, whatever its annotation says
        return cycle is not None and not cycle.response_complete
