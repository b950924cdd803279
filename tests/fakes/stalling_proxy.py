"""A TCP proxy on this machine that forwards, stalls or hangs up, as a test tells it: a network in trouble."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class Mood(Enum):
    """What becomes of bytes."""

    FORWARD = "forward"
    STALL = "stall"
    HANG_UP = "hang up"


class Proxy:
    """Between a client and one server; `mood` counts for connections that are open, too."""

    def __init__(self, host: str, port: int) -> None:
        self.mood = Mood.FORWARD
        self._to = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def become(self, mood: Mood) -> None:
        """Changes what happens from now on; hanging up ends what is open."""
        self.mood = mood
        if mood is Mood.HANG_UP:
            self._cut()

    def close(self) -> None:
        """Ends it."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._cut()

    def _cut(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.mood is Mood.HANG_UP:
                client.close()
                continue
            try:
                server = socket.create_connection(self._to)
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.mood is Mood.STALL:
                    threading.Event().wait(0.02)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        if source in self._open:
            source.close()


@contextmanager
def proxied(address: str) -> Iterator[Proxy]:
    """A proxy before `http://host:port`, until the block ends."""
    host, _, port = address.rpartition("/")[2].partition(":")
    proxy = Proxy(host, int(port))
    try:
        yield proxy
    finally:
        proxy.close()
