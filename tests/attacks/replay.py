"""A recorded session: every request with its real ids, to be asked again with other credentials, many at a time."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from tests.served import Answer, Process, request

_AT_ONCE = 16


@dataclass(frozen=True)
class Asked:
    """One request as it was made, without its credential."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def without(self, mark: str) -> "Asked":
        """The same request whose words are not Alice's: what an answer echoes then is the asker's own."""
        text = json.dumps(self.body).replace(mark, "harmless")
        return replace(self, body=json.loads(text))


@dataclass
class Recorder:
    """Asks with one credential and keeps what it asked."""

    server: Process
    bearer: str
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.asked.append(Asked(method, "/api/v1" + path, body, names))
        base_url = self.server.base_url
        return request(base_url, method, "/api/v1" + path, bearer=self.bearer, body=body, headers=names)


def replay(server: Process, bearer: str, asked: Iterable[Asked]) -> list[tuple[Asked, Answer]]:
    """The answers that another credential gets to the same requests."""
    return asyncio.run(_replay(server.base_url, bearer, list(asked)))


async def _replay(base_url: str, bearer: str, asked: Sequence[Asked]) -> list[tuple[Asked, Answer]]:
    turn = asyncio.Semaphore(_AT_ONCE)
    headers = {"Authorization": f"Bearer {bearer}"}
    async with aiohttp.ClientSession(base_url, headers=headers) as http:
        return await asyncio.gather(*(_ask(http, turn, one) for one in asked))


async def _ask(http: aiohttp.ClientSession, turn: asyncio.Semaphore, one: Asked) -> tuple[Asked, Answer]:
    async with turn, http.request(one.method, one.path, json=one.body, headers=one.headers) as response:
        return one, Answer(response.status, dict(response.headers), await response.read())
