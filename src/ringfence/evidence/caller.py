"""Asks this deployment's own public address, as anybody could: for probes and canaries.

Proved in tests/evidence/test_probes_http.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from ringfence.base.outbound import Bounds, Outbound

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
        return await self._ask("GET", path, b"", bearer=bearer)

    async def post(self, path: str, body: object, *, bearer: str | None = None) -> Reply:
        """A POST of JSON."""
        return await self._ask("POST", path, msgspec.json.encode(body), bearer=bearer)

    async def send(self, method: str, path: str, body: object = None, *, bearer: str | None = None) -> Reply:
        """Any other method; without `body` nothing is sent."""
        return await self._ask(method, path, b"" if body is None else msgspec.json.encode(body), bearer=bearer)

    async def _ask(self, method: str, path: str, body: bytes, *, bearer: str | None) -> Reply:
        headers = dict(self.headers)
        if body:
            headers["Content-Type"] = "application/json"
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        async with self.outbound.request(method, self.base_url + path, body, headers=headers, bounds=_BOUNDS) as answer:
            seen = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, seen, await answer.read())
