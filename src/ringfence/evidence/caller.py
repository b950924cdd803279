"""Asks this deployment's own public address, as anybody could: for probes and canaries.

Proved in tests/evidence/test_probes_http.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from ringfence.base.outbound import Bounds, Outbound
from ringfence.evidence.operations import Sent

_LATER: Final = frozenset({429, 503})
_TRIES: Final = 20
_WAITS_AT_MOST: Final = 5.0
_BOUNDS = Bounds(connect_s=2.0, first_byte_s=8.0, idle_s=5.0, total_s=9.0, body_bytes=2_000_000)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body as JSON; msgspec.DecodeError where it is none."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, slots=True)
class Caller:
    """One address and the client that asks it; raises OutboundError where no whole answer comes."""

    base_url: str
    outbound: Outbound
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, *, bearer: str | None = None) -> Reply:
        """A GET, without a redirect followed."""
        return await self._ask("GET", path, bearer=bearer)

    async def post(self, path: str, body: object, *, bearer: str | None = None) -> Reply:
        """A POST, of JSON unless it says otherwise."""
        return await self._ask("POST", path, body, bearer=bearer)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Reply:
        """Any other method; without `body` nothing is sent."""
        return await self._ask(method, path, body, bearer=bearer, headers=headers)

    async def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        bearer: str | None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Reply:
        sent = {**self.headers, **headers}
        content = b""
        if isinstance(body, Sent):
            sent["Content-Type"], content = body.media_type, body.content
        elif body is not None:
            sent["Content-Type"], content = "application/json", msgspec.json.encode(body)
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        url = self.base_url + path
        async with self.outbound.request(method, url, content, headers=sent, bounds=_BOUNDS) as answer:
            seen = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, seen, await answer.read())


async def patiently(  # noqa: PLR0913 - the parts of a request
    http: Caller,
    method: str,
    address: str,
    body: object = None,
    *,
    bearer: str | None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Reply:
    """The answer; where a rate limit or a busy process puts off for a moment, the one after it."""
    reply = await http.send(method, address, body, bearer=bearer, headers=headers)
    for _ in range(_TRIES):
        if reply.status not in _LATER:
            break
        await asyncio.sleep(min(float(reply.headers.get("retry-after", "1")), _WAITS_AT_MOST))
        reply = await http.send(method, address, body, bearer=bearer, headers=headers)
    return reply
