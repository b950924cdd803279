"""Readers that outlive servers: each shows a run's text as a browser does, and resumes behind the last event it got."""

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import aiohttp

from tests.served import Process, User

FINAL = {"run.completed", "run.failed", "run.cancelled", "run.expired"}
RUNS = 25


@dataclass
class Reader:
    """What one browser shows of one run."""

    user: User
    run: str
    shown: str = ""
    completed: list[str] = field(default_factory=list)
    last_id: str = ""
    ended_with: str = ""
    events: Counter[str] = field(default_factory=Counter)
    restarts: int = 0

    async def follow(self, server: Process) -> None:
        """Reads until the final event, or until the connection is gone."""
        headers = {"Authorization": f"Bearer {self.user.session}", "Accept": "text/event-stream"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        url = f"{server.base_url}/api/v1/runs/{self.run}/events"
        try:
            async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
                if response.status == 503 and "Retry-After" in response.headers:
                    return  # It begins and knows too little yet; who reads comes back.
                assert response.status == 200, await response.text()
                await self._read(response.content)
        except (aiohttp.ClientError, ConnectionError):
            return

    async def _read(self, content: aiohttp.StreamReader) -> None:
        block: list[str] = []
        async for line in content:
            if line.strip():
                block.append(line.decode().rstrip("\n"))
            elif block:
                self._take(dict(part.split(": ", 1) for part in block if not part.startswith(":")))
                block = []

    def _take(self, event: dict[str, str]) -> None:
        if not event:
            return
        self.last_id, kind, data = event["id"], event["event"], json.loads(event["data"])
        self.events[f"{kind} {data['call_id']}" if "call_id" in data else kind] += 1
        if kind == "message.delta":
            self.shown += data["text"]
        elif kind == "message.restarted":
            self.shown = ""
            self.restarts += 1
        elif kind == "message.completed":
            # A browser that was shown the pieces shows exactly the whole.
            assert self.shown == data["text"]
            self.completed.append(self.shown)
            self.shown = ""
        elif kind in FINAL:
            self.ended_with = kind


def begin(user: User, agent: str, *, name: str) -> list[Reader]:
    """25 runs in flight: most tell something of their own for two seconds, some ask the clock first."""
    words = [
        f"Repeat after me: {name} {number} " + " ".join(f"w{at}" for at in range(40)) for number in range(RUNS - 5)
    ]
    said = [*words, *["What time is it in Copenhagen?"] * 5]
    # At once: on a loaded machine the first would be over before the last was asked for.
    with ThreadPoolExecutor(max_workers=8) as asking:
        return list(asking.map(lambda text: Reader(user, user.ask(text, agent=agent)["id"]), said))


async def until_killed(server: Process, readers: list[Reader], *, after_s: float, databases: bool) -> None:
    """Follows every run, and kills the server's process group in the middle, with its database if asked."""
    following = [asyncio.create_task(reader.follow(server)) for reader in readers]
    await asyncio.sleep(after_s)
    if databases:
        server.kill_database()
    server.kill()
    await asyncio.wait_for(asyncio.gather(*following), 60)


async def to_the_end(server: Process, readers: list[Reader], *, seconds: float = 60) -> None:
    """Every reader comes back, as often as it must, until its run is final."""

    async def persist(reader: Reader) -> None:
        while not reader.ended_with:
            await reader.follow(server)
            await asyncio.sleep(0.05)

    async with asyncio.timeout(seconds):
        await asyncio.gather(*(persist(reader) for reader in readers))


def stored(reader: Reader) -> list[str]:
    """The assistant's messages of the reader's run, as another look finds them."""
    run = reader.user.call("GET", f"/runs/{reader.run}").json
    messages = reader.user.call("GET", f"/conversations/{run['conversation_id']}/messages").json["items"]
    return [one["text"] for one in messages if one["author"] == "assistant" and one["run_id"] == reader.run]


def stored_events(reader: Reader) -> Counter[str]:
    """The run's journal by kind, tool calls one by one."""
    answer = reader.user.call("GET", f"/runs/{reader.run}/events", headers={"Accept": "application/json"}).json
    return Counter(
        f"{one['event']} {one['data']['call_id']}" if "call_id" in one["data"] else one["event"]
        for one in answer["items"]
    )


def problems_of(reader: Reader) -> list[str]:
    """What is wrong with a run whose reader got its final event; nothing, if the promise is kept."""
    run, journal = reader.user.call("GET", f"/runs/{reader.run}").json, stored_events(reader)
    wrong = {
        "not completed": run["status"] != "completed" or reader.ended_with != "run.completed",
        "shown is not stored": reader.completed != stored(reader),
        "nothing said": not reader.completed,
        "a tool called twice": any(n > 1 for event, n in journal.items() if event.startswith("tool.called")),
        "a tool ended twice": any(n > 1 for event, n in journal.items() if event.startswith("tool.completed")),
        "ended twice": sum(journal[kind] for kind in FINAL) != 1,
    }
    return [f"{reader.run} {what}: {run['failure_code']} {dict(journal)}" for what, is_so in wrong.items() if is_so]
