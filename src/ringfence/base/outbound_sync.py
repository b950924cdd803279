"""Gives calls to one operator-named host for code that waits: keystores, whose protocol is synchronous.

The same door as `outbound`, with the same bounds and the same NOTE: no address that a tenant, a model or a tool names
comes here. Connections are kept and shared between threads, never with a forked child. No redirect is followed, no
proxy is read from the environment. Resolving a name is the system's, and outside of the bounds.
"""

import http.client
import io
import os
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final
from urllib.parse import urlsplit

from ringfence.base import clock
from ringfence.base.outbound import Failure, OutboundError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# This host, and the places where a cloud's machine asks its own hypervisor for tokens: there is no TLS there.
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost", "169.254.169.254", "metadata.google.internal"})
_HEADERS = {"User-Agent": "Ringfence", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """Holds a whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@final
class SyncOutbound:
    """Gives calls to one origin; each ends within `total_s`, however slowly the other side speaks."""

    def __init__(  # noqa: PLR0913 - whom to trust, and five bounds
        self,
        origin: str,
        *,
        ca_file: Path | None = None,
        connect_s: float = 2.0,
        total_s: float = 5.0,
        body_bytes: int = 64_000_000,
        kept: int = 8,
    ) -> None:
        """Keeps so many connections for later calls, until `close`: none for who calls seldom.

        ValueError for an address that is no http(s) origin, or that would speak in the clear with another host.
        """
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("the address must be https://host:port")
        if parts.username is not None:
            raise ValueError("the address must not hold a password")
        if parts.scheme == "http" and not _is_local(parts.hostname):
            raise ValueError("the address must be https, unless it is on this host")
        self._host, self._port = parts.hostname, parts.port
        self._tls: ssl.SSLContext | None = None
        if parts.scheme == "https":
            self._tls = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._connect_s, self._total_s, self._body_bytes = connect_s, total_s, body_bytes
        self._kept = kept
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._process = os.getpid()

    def call(
        self, method: str, path: str, body: bytes = b"", *, headers: Mapping[str, str], total_s: float | None = None
    ) -> SyncAnswer:
        """Gives the answer, whatever its status; OutboundError.

        A kept connection that the other side closed in between is replaced once: whoever calls must bear that a
        request arrives twice.
        """
        deadline = clock.monotonic() + (self._total_s if total_s is None else total_s)
        connection = self._take()
        if connection is not None:
            try:
                return self._exchange(connection, method, path, body, headers=headers, deadline=deadline)
            except OutboundError as failure:
                if failure.failure is not Failure.DISCONNECTED:
                    raise
        fresh = self._connected(deadline)
        return self._exchange(fresh, method, path, body, headers=headers, deadline=deadline)

    def close(self) -> None:
        """Closes the connections that wait; a later call opens new ones."""
        while (connection := self._take()) is not None:
            connection.close()

    def _exchange(  # noqa: PLR0913 - a request has these parts
        self,
        connection: "_Connection",
        method: str,
        path: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        deadline: float,
    ) -> SyncAnswer:
        connection.deadline = deadline
        try:
            connection.request(method, path, body or None, {**_HEADERS, **headers})
            response = connection.getresponse()
            content = response.read(self._body_bytes + 1)
        except TimeoutError as error:
            connection.close()
            raise OutboundError(Failure.TIMEOUT, "no answer in time") from error
        except OSError as error:  # a closed connection is one, too, by http.client.RemoteDisconnected
            connection.close()
            raise OutboundError(Failure.DISCONNECTED, type(error).__name__) from error
        except (http.client.HTTPException, ValueError) as error:
            connection.close()
            raise OutboundError(Failure.MALFORMED, type(error).__name__) from error
        if len(content) > self._body_bytes:
            connection.close()
            raise OutboundError(Failure.TOO_LARGE, f"more than {self._body_bytes} bytes")
        if not response.will_close:
            self._give_back(connection)
        return SyncAnswer(response.status, dict(response.headers.items()), content)

    def _connected(self, deadline: float) -> "_Connection":
        connection = _Connection(self._host, self._port, self._tls)
        connection.deadline = min(deadline, clock.monotonic() + self._connect_s)
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise OutboundError(Failure.UNREACHABLE, f"TLS: {error.reason}") from error
        except OSError as error:
            raise OutboundError(Failure.UNREACHABLE, type(error).__name__) from error
        return connection

    def _take(self) -> "_Connection | None":
        with self._lock:
            if self._process != os.getpid():
                # NOTE: a fork has its parent's sockets: two processes would read each other's answers.
                self._process, self._idle = os.getpid(), []
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: "_Connection") -> None:
        with self._lock:
            if len(self._idle) < self._kept:
                self._idle.append(connection)
                return
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Holds one connection whose every wait ends at `deadline`."""

    def __init__(self, host: str, port: int | None, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port or (443 if tls else 80))
        self._tls = tls
        self.deadline = 0.0

    def connect(self) -> None:
        self.timeout = left(self.deadline)
        super().connect()
        plain: socket.socket = self.sock
        if self._tls is not None:
            plain.settimeout(left(self.deadline))
            plain = self._tls.wrap_socket(plain, server_hostname=self.host)
        self.sock = _Wire(plain, self)


class _Wire:
    """Gives http.client what it needs of a socket, with the time that is left set before each wait."""

    def __init__(self, plain: socket.socket, connection: _Connection) -> None:
        self._plain = plain
        self._connection = connection

    def sendall(self, data: bytes) -> None:
        self._plain.settimeout(left(self._connection.deadline))
        self._plain.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._plain, self._connection))

    def close(self) -> None:
        self._plain.close()


class _Reader(io.RawIOBase):
    """Reads from the socket; holds it open until the answer was read, though the connection was closed before."""

    def __init__(self, plain: socket.socket, connection: _Connection) -> None:
        super().__init__()
        self._plain = plain
        self._connection = connection
        self._raw = plain.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        self._plain.settimeout(left(self._connection.deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _is_local(host: str) -> bool:
    """Whether it is this host, or an address of RFC 3927, which no router carries further."""
    return host in _LOCAL or (re.fullmatch(r"169\.254(\.\d{1,3}){2}", host) is not None)


def left(deadline: float) -> float:
    """Gives the seconds until a moment of clock.monotonic; TimeoutError when there are none."""
    seconds = deadline - clock.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
