"""A partner's API that takes its time and notes each call: which one, under which Idempotency-Key, and when."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TAKES_S = 0.25


@dataclass
class Calls:
    """What came, by the number that each call carries as its argument."""

    place: str = ""
    keys: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    moments: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def repeated(self) -> int:
        """How many calls came more than once: answers that a crash kept from their run."""
        return sum(len(moments) > 1 for moments in self.moments.values())

    async def take(self, request: web.Request) -> web.Response:
        number = (await request.json())["number"]
        self.keys[number].add(request.headers["Idempotency-Key"])
        self.moments[number].append(time.time())
        await asyncio.sleep(TAKES_S)
        return web.json_response({"done": number})


@asynccontextmanager
async def counted_tool() -> AsyncIterator[Calls]:
    """Serves on loopback until the block ends."""
    calls, app = Calls(), web.Application()
    app.router.add_post("/act", calls.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    calls.place = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield calls
    finally:
        await runner.cleanup()


def tool(place: str) -> dict[str, Any]:
    """The tool's declaration: it acts, asks nobody, and may be repeated under the same key."""
    return {
        "name": "act", "kind": "http", "description": "Does the thing of this number.", "method": "POST",
        "url": f"http://{place}/act", "effect": "send", "approval": "never", "idempotent": True,
        "title": {"en": "Do {number}"},
        "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
    }  # fmt: skip
