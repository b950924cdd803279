"""Keeps AGT-06 (HTTP), TEN-07. One call to a host that a tenant, a model or a tool named.

Proved in tests/controls/test_egress.py. A name is resolved once, every address it has is checked, and the connection
goes to those addresses alone, under the name for TLS and Host: no second answer of the name server is ever used. Each
redirect is a new target with the same checks. Each call has a connection of its own, closed after it: organizations
share none. aiohttp is imported on first use, because importing it costs more than the rest of this room together.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from . import tls_wire
from .addresses import Address
from .certificates import trusting
from .exchange import Answer, Bounds, Request
from .failures import EgressError, Failure
from .redirects import followed
from .target import Named, Target, parse, parse_place
from .turns import Turns

if TYPE_CHECKING:
    from .wire import Wire

_CALLS: Final = 256
_RESOLVING: Final = 16

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a name, as text; OSError where there are none."""


class Egress:
    """Gives calls to hosts that others named; one for each process."""

    def __init__(self, named: Named = frozenset(), *, resolve: Resolve | None = None) -> None:
        self.named = named
        """The places that the operator named."""
        self._resolve = resolve
        self._calls = Turns(_CALLS)
        self._resolving = Turns(_RESOLVING)
        # NOTE: threads of their own. A name server that never answers must not hold up whoever else needs a thread.
        self._threads = ThreadPoolExecutor(_RESOLVING, thread_name_prefix="egress")
        self._wire: Wire | None = None
        self._is_closed = False

    async def request(  # noqa: PLR0913 - the parts of a request, its bounds and its owner
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        bounds: Bounds | None = None,
        whose: UUID | None = None,
    ) -> Answer:
        """Gives the whole answer, of whatever status, after as many redirects as the bounds allow; else EgressError.

        `whose` names the organization that calls, which has a share of the process's calls and waits for its own.
        """
        bounds = bounds or Bounds()
        request = Request(method, parse(url, named=self.named), dict(headers or {}), body)
        try:
            async with asyncio.timeout(bounds.total_s):
                give_back = await self._calls.take(whose)
                try:
                    return await self._followed(request, bounds, whose)
                finally:
                    give_back()
        except TimeoutError:
            raise EgressError(Failure.TIMEOUT, "total") from None

    async def send_tls(  # noqa: PLR0913 - where, what, whom it trusts, its bounds and its owner
        self,
        host: str,
        port: int,
        payload: bytes,
        *,
        ca_pem: str | None = None,
        bounds: Bounds | None = None,
        whose: UUID | None = None,
    ) -> None:
        """Sends bytes over one TLS connection, which the receiver ends once it has them all; else EgressError.

        The server proves its name to this machine's authorities, or to those of `ca_pem` alone (BadAuthorities).
        """
        if self._is_closed:
            raise EgressError(Failure.UNREACHABLE, "closed")
        bounds = bounds or Bounds()
        target = parse_place(host, port, named=self.named)
        trust = await asyncio.to_thread(trusting, ca_pem)
        try:
            async with asyncio.timeout(bounds.total_s):
                give_back = await self._calls.take(whose)
                try:
                    addresses = await self._addresses(target, bounds, whose)
                    await tls_wire.send(target.place.host, port, addresses, payload, trust=trust, bounds=bounds)
                finally:
                    give_back()
        except TimeoutError:
            raise EgressError(Failure.TIMEOUT, "total") from None

    def host_of(self, url: str) -> str:
        """The host to which a request to this address goes, as lists of allowed hosts spell it; EgressError."""
        return parse(url, named=self.named).host

    async def close(self) -> None:
        """Ends the threads; a later call is refused as unreachable."""
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _followed(self, request: Request, bounds: Bounds, whose: UUID | None) -> Answer:
        for hop in range(bounds.redirects + 1):
            try:
                answer = await self._once(request, bounds, whose)
            except EgressError as error:
                error.is_redirected = hop > 0
                raise
            following = followed(request, answer.status, answer.headers, named=self.named)
            if following is None:
                return answer
            request = following
        raise EgressError(Failure.REFUSED_REDIRECT, "too many")

    async def _once(self, request: Request, bounds: Bounds, whose: UUID | None) -> Answer:
        if self._is_closed:
            raise EgressError(Failure.UNREACHABLE, "closed")
        addresses = await self._addresses(request.target, bounds, whose)
        if self._wire is None:
            self._wire = await asyncio.to_thread(_open_wire)
        return await self._wire.send(request, addresses, bounds)

    async def _addresses(self, target: Target, bounds: Bounds, whose: UUID | None) -> list[str]:
        if target.address is not None:
            return target.checked([target.address])
        try:
            async with asyncio.timeout(bounds.connect_s):
                found = await self._found(target.place.host, target.place.port, whose)
            return target.checked([_address(text) for text in found])
        except TimeoutError:
            raise EgressError(Failure.TIMEOUT, "name server") from None
        except (OSError, ValueError) as error:
            raise EgressError(Failure.UNRESOLVED, type(error).__name__) from None

    async def _found(self, host: str, port: int, whose: UUID | None) -> list[str]:
        if self._resolve is not None:
            return await self._resolve(host, port)

        def look_up() -> list[str]:
            return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

        loop, give_back = asyncio.get_running_loop(), await self._resolving.take(whose)
        asked = self._threads.submit(look_up)
        # NOTE: with the thread's end, not with ours. A look-up cannot be cut short: whoever gave up still has a thread.
        asked.add_done_callback(lambda _asked: _soon(loop, give_back))
        return await asyncio.wrap_future(asked)


def _soon(loop: asyncio.AbstractEventLoop, give_back: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # The loop is closed, and nobody waits for a turn.
        loop.call_soon_threadsafe(give_back)


def _address(text: str) -> Address:
    return ipaddress.ip_address(text)


def _open_wire() -> "Wire":
    from .wire import Wire  # noqa: PLC0415 - costly: see the module's docstring

    return Wire()
