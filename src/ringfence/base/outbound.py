"""Gives the one door to hosts that the operator configured: a shared HTTP client with bounds on time and size.

NOTE: only for addresses that stand in the operator's settings, which may be private ones (a local model). An address
that a tenant, a model or a tool names goes through `controls.egress`, which refuses private networks.
The client follows no redirect, keeps no cookie, reads no proxy from the environment and asks for no compression.
aiohttp is imported on first use, because importing it costs more than the rest of this room together.
"""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

_KEEP_ALIVE_S = 30
_DNS_CACHE_S = 60
_SENT_AT_ONCE_BYTES = 1_000_000
_HEADERS = {"User-Agent": "Ringfence", "Accept-Encoding": "identity"}


class Failure(StrEnum):
    """Why a call gave no whole answer."""

    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"


class OutboundError(Exception):
    """Says that a call failed on its way; `cause` is for the log and holds no content."""

    def __init__(self, failure: Failure, cause: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Bounds:
    """Holds the most that one call may take, in seconds and bytes of body."""

    connect_s: float = 5.0
    first_byte_s: float = 60.0
    idle_s: float = 30.0
    total_s: float = 300.0
    body_bytes: int = 8_000_000


class Answer:
    """Gives status, headers and, iterated, the body's bytes as they arrive; raises OutboundError where it breaks."""

    def __init__(self, response: "aiohttp.ClientResponse", *, bounds: Bounds, deadline: float) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._content = response.content
        self._bounds = bounds
        self._deadline = deadline
        self._size_bytes = 0
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        patience_s = self._bounds.idle_s if self._size_bytes else self._bounds.first_byte_s
        try:
            async with asyncio.timeout_at(min(self._loop.time() + patience_s, self._deadline)):
                chunk = await self._content.readany()
        except TimeoutError as error:
            raise OutboundError(Failure.TIMEOUT, "no bytes in time") from error
        except _network_errors() as error:
            raise OutboundError(Failure.DISCONNECTED, type(error).__name__) from error
        if not chunk:
            raise StopAsyncIteration
        self._size_bytes += len(chunk)
        if self._size_bytes > self._bounds.body_bytes:
            raise OutboundError(Failure.TOO_LARGE, f"more than {self._bounds.body_bytes} bytes")
        return chunk

    async def read(self) -> bytes:
        """Gives the rest of the body at once."""
        return b"".join([chunk async for chunk in self])

    async def finish(self, *, within_s: float) -> None:
        """Waits shortly for the end of the body, so that the connection can serve the next call; never fails."""
        self._deadline = min(self._deadline, self._loop.time() + within_s)
        try:
            async for _ in self:
                pass
        except OutboundError:
            return  # The answer was complete for its reader; only the connection is lost.


class Outbound:
    """Gives calls to operator-named hosts over one pool of connections a process."""

    def __init__(self, *, connections: int = 512, connections_per_host: int = 256) -> None:
        self._connections = connections
        self._connections_per_host = connections_per_host
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    @asynccontextmanager
    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], bounds: Bounds
    ) -> AsyncGenerator[Answer, None]:
        """Gives the answer as soon as its headers are here; leaving the block early hangs up."""
        async with self.request("POST", url, body, headers=headers, bounds=bounds) as answer:
            yield answer

    @asynccontextmanager
    async def request(
        self, method: str, url: str, body: bytes = b"", *, headers: Mapping[str, str], bounds: Bounds
    ) -> AsyncGenerator[Answer, None]:
        """The same for any method; an empty body is none."""
        deadline = asyncio.get_running_loop().time() + bounds.total_s
        response = await self._send(method, url, body, headers=headers, bounds=bounds)
        try:
            yield Answer(response, bounds=bounds, deadline=deadline)
        finally:
            response.close()  # Nothing is left to close where the body was read to its end: the pool has it back.

    def prepare(self) -> None:
        """Imports what the first call needs; before serving, lest that call holds up the event loop for so long."""
        import aiohttp  # noqa: PLC0415 - costly: see the module's docstring

        del aiohttp

    async def close(self) -> None:
        """Closes every connection; a later call is refused as unreachable."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], bounds: Bounds
    ) -> "aiohttp.ClientResponse":
        import aiohttp  # noqa: PLC0415 - costly: see the module's docstring

        session = self._open_session()
        patience = aiohttp.ClientTimeout(total=None, sock_connect=bounds.connect_s)
        try:
            async with asyncio.timeout(min(bounds.first_byte_s, bounds.total_s)):
                data = body if len(body) <= _SENT_AT_ONCE_BYTES else io.BytesIO(body)  # Long ones leave in pieces.
                return await session.request(
                    method, url, data=data or None, headers=headers, allow_redirects=False, timeout=patience
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise OutboundError(Failure.UNREACHABLE, type(error).__name__) from error
        except TimeoutError as error:
            raise OutboundError(Failure.TIMEOUT, "no answer in time") from error
        except (aiohttp.ServerDisconnectedError, OSError) as error:
            raise OutboundError(Failure.DISCONNECTED, type(error).__name__) from error
        except (aiohttp.ClientError, ValueError) as error:
            raise OutboundError(Failure.MALFORMED, type(error).__name__) from error

    def _open_session(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - costly: see the module's docstring

        if self._is_closed:
            raise OutboundError(Failure.UNREACHABLE, "the client is closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections,
                    limit_per_host=self._connections_per_host,
                    keepalive_timeout=_KEEP_ALIVE_S,
                    ttl_dns_cache=_DNS_CACHE_S,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def _network_errors() -> tuple[type[Exception], ...]:
    import aiohttp  # noqa: PLC0415 - asked for only when an exception is already on its way

    return (aiohttp.ClientError, OSError)
