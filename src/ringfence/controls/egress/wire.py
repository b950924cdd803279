"""Keeps AGT-06 (HTTP). One request over one connection to checked addresses; proved in tests/controls/test_egress.py.

NOTE: the only module of this control that imports aiohttp; it is imported by the first call, in a thread.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from .exchange import Answer, Bounds, Request
from .failures import EgressError, Failure

_LINE_BYTES = 8_190
_HEADERS = 64
_PLAIN = frozenset({"", "identity"})


class Wire:
    """Sends requests; holds nothing between them but the certificates that it trusts."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()

    async def send(self, request: Request, addresses: list[str], bounds: Bounds) -> Answer:
        """Gives the answer to this one request, redirects unfollowed; EgressError."""
        try:
            async with self._session(addresses, bounds) as session:
                return await self._exchange(session, request, bounds)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
            raise EgressError(Failure.UNTRUSTED, "tls") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise EgressError(Failure.UNREACHABLE, type(error).__name__) from None
        except TimeoutError:
            raise EgressError(Failure.TIMEOUT, "no bytes in time") from None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, OSError) as error:
            raise EgressError(Failure.DISCONNECTED, type(error).__name__) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise EgressError(Failure.MALFORMED, type(error).__name__) from None

    def _session(self, addresses: list[str], bounds: Bounds) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=_Pinned(addresses), use_dns_cache=False, force_close=True, ssl=self._tls, limit=1
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=["User-Agent", "Content-Type", "Accept"],
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=bounds.connect_s),
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_HEADERS,
        )

    async def _exchange(self, session: aiohttp.ClientSession, request: Request, bounds: Bounds) -> Answer:
        url = yarl.URL(request.target.url, encoded=True)
        headers = {**request.headers, "Accept-Encoding": "identity"}
        async with asyncio.timeout(bounds.first_byte_s):
            response = await session.request(
                request.method, url, headers=headers, data=request.body, allow_redirects=False
            )
        try:
            _refuse_compressed(response.headers)
            body = await _read(response, bounds)
        finally:
            response.close()
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, body)


async def _read(response: aiohttp.ClientResponse, bounds: Bounds) -> bytes:
    """The body; one that grows past its bound is given up there, whatever length was announced."""
    parts: list[bytes] = []
    room = bounds.body_bytes
    if (response.content_length or 0) > room:
        raise EgressError(Failure.TOO_LARGE, "announced")
    while True:
        async with asyncio.timeout(bounds.idle_s):
            part = await response.content.readany()
        if not part:
            return b"".join(parts)
        room -= len(part)
        if room < 0:
            raise EgressError(Failure.TOO_LARGE, "streamed")
        parts.append(part)


def _refuse_compressed(headers: Mapping[str, str]) -> None:
    if headers.get("Content-Encoding", "").strip().lower() not in _PLAIN:
        raise EgressError(Failure.COMPRESSED, "content-encoding")


class _Pinned(AbstractResolver):
    """Gives the addresses that were checked, whatever it is asked: nobody looks the name up again."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        del family
        return [_result(host, address, port) for address in self._addresses]

    async def close(self) -> None:
        """Nothing is open."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    is_v6 = ":" in address
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if is_v6 else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )
