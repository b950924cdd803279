"""Browsers that nothing shakes off: each starts runs, follows them wherever somebody serves, and keeps what it saw."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.promises.crash import Reader
from tests.served import Process, User

_PATIENCE_S = 120.0
_GONE = (aiohttp.ClientError, ConnectionError, TimeoutError)
_BUSY = {429, 502, 503, 504}


@dataclass
class Watched(Reader):
    """A reader that also notes when it was told of each call's end."""

    numbers: list[str] = field(default_factory=list)
    ended_at: list[float] = field(default_factory=list)
    resumed: int = 0

    def _take(self, event: dict[str, str]) -> None:
        super()._take(event)
        if event.get("event") == "tool.completed":
            self.ended_at.append(time.time())

    async def look(self, http: aiohttp.ClientSession, server: Process) -> None:
        """Reads on, where the last one left off, until the stream ends or breaks."""
        headers = {"Authorization": f"Bearer {self.user.session}", "Accept": "text/event-stream"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        url = f"{server.base_url}/api/v1/runs/{self.run}/events"
        try:
            async with http.get(url, headers=headers) as response:
                if response.status in _BUSY:
                    return
                assert response.status == 200, await response.text()
                self.resumed += bool(self.last_id)
                await self._read(response.content)
        except _GONE:
            return


@dataclass
class Browser:
    """One user's browser."""

    user: User
    agents: dict[str, str]
    up: Callable[[], list[Process]]
    chosen: random.Random
    readers: list[Watched] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    async def live(self, is_over: Callable[[], bool]) -> None:
        """One run after the other, each followed to its end."""
        # A process that sleeps holds its connections: a browser gives up on one that says nothing for long.
        patience = aiohttp.ClientTimeout(total=None, connect=2, sock_read=20)
        async with aiohttp.ClientSession(timeout=patience) as http:
            while not is_over():
                reader = await self._start(http)
                self.readers.append(reader)
                async with asyncio.timeout(_PATIENCE_S):
                    while not reader.ended_with:
                        await reader.look(http, await self._somebody())
                        await asyncio.sleep(0.05)
                await asyncio.sleep(self.chosen.uniform(0, 1))

    async def _start(self, http: aiohttp.ClientSession) -> Watched:
        """A run that was accepted, asked for under one key by however many tries it took."""
        name = f"{self.user.id[-6:]}-{next(self._count)}"
        agent, text, numbers = self._order(name)
        headers = {"Authorization": f"Bearer {self.user.session}", "Idempotency-Key": f"key-{name}"}
        body = {"agent_id": agent, "input": {"text": text}}
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                server = await self._somebody()
                accepted = await self._try(http, server, headers, body)
                if accepted is not None:
                    return Watched(self.user, accepted["id"], numbers=numbers)
                await asyncio.sleep(0.1)

    async def _try(
        self, http: aiohttp.ClientSession, server: Process, headers: dict[str, str], body: dict[str, Any]
    ) -> dict[str, Any] | None:
        try:
            async with http.post(
                f"{server.base_url}/api/v1/runs", headers=headers, json=body, timeout=aiohttp.ClientTimeout(total=5)
            ) as response:
                if response.status in _BUSY | {409}:  # 409: the first try of this key is still under way
                    return None
                assert response.status == 202, await response.text()
                return json.loads(await response.read())
        except _GONE:
            return None

    def _order(self, name: str) -> tuple[str, str, list[str]]:
        if self.chosen.random() < 0.5:
            words = " ".join(f"w{at}" for at in range(self.chosen.randint(10, 40)))
            return self.agents["talks"], f"Repeat after me: {name} {words}", []
        numbers = [f"{name}-{at}" for at in range(self.chosen.randint(1, 4))]
        return self.agents["acts"], "\n".join(f'act {{"number": "{one}"}}' for one in numbers), numbers

    async def _somebody(self) -> Process:
        while not (up := self.up()):  # noqa: ASYNC110 - what is up is a list that others change
            await asyncio.sleep(0.05)
        return self.chosen.choice(up)
