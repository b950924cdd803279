"""uvicorn's server with two more moments: when it is ready, and when it is told to stop."""

import signal
from collections.abc import Callable
from socket import socket
from types import FrameType

import uvicorn
from typing_extensions import override


class Server(uvicorn.Server):
    """Calls `ready` once it serves, and `stopping` at the first signal, before connections are drained."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    @override
    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own: that raises the signal again at the end and would kill us before the database stops.
        self._stopping()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
