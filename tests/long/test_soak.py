"""A quarter of an hour of moderate load: what the server holds afterwards is what it held before."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.long.browsers import Browser
from tests.long.counted_tool import counted_tool, tool
from tests.long.counts import count
from tests.long.gauges import SPYGLASS, Gauges, Sample, growth_mb
from tests.promises.crash import Reader
from tests.served import Partner, Process, User, deployment_directory, make_partner, model_server, process

SOAK_S = count("SOAK_SECONDS", 900)
WARM_S = min(90, SOAK_S // 2)
USERS = 6
MOST_GROWTH_MB = 12.0
MOST_BYTES_A_RUN = 40_000
MOST_LOG_BYTES = 1_200_000_000
PLANTED = 30
# Connections to the model are kept for 30 s, and looked through as seldom: by then there are none.
_CALM_S = 65.0
_BACK_S = 120.0


@pytest.fixture
def spyglass(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with deployment_directory() as directory:
        path = directory / "spy"
        monkeypatch.setenv("SPYGLASS", str(path))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(SPYGLASS), os.environ.get("PYTHONPATH")])))
        yield path


async def look_around(user: User, server: Process, is_over: Callable[[], bool]) -> None:
    """Lists, reads what is not there, and begins streams that it leaves in the middle."""
    headers, chosen = {"Authorization": f"Bearer {user.session}"}, random.Random(1)
    async with aiohttp.ClientSession(server.base_url, headers=headers) as http:
        while not is_over():
            for path in ("/me", "/runs?limit=20", "/conversations", "/approvals", f"/runs/{user.id}"):
                async with http.get(f"/api/v1{path}") as response:
                    said = await response.text()
                    assert response.status in {200, 404}, (path, response.status, said)
            async with http.get("/api/v1/runs?limit=1") as response:
                items = (await response.json())["items"]
            for run in items:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.3), http.get(
                        f"/api/v1/runs/{run['id']}/events", headers={"Accept": "text/event-stream"}
                    ) as stream:  # fmt: skip
                        await stream.content.read()
            await asyncio.sleep(chosen.uniform(0.1, 1))


def user_sees(reader: Reader) -> dict[str, Any]:
    """The reader's run as the API tells it, with how and why it ended."""
    return reader.user.call("GET", f"/runs/{reader.run}").json


async def load(gauges: Gauges, users: list[User], agents: dict[str, str], seconds: int) -> list[Sample]:
    """Everybody at work for so long; the samples of that time, after which everybody is gone."""
    server = gauges.server
    until, samples = time.monotonic() + seconds, list[Sample]()

    def is_over() -> bool:
        return time.monotonic() > until

    async def watch() -> None:
        while not is_over():
            await asyncio.sleep(min(5, seconds / 8))
            samples.append(await asyncio.to_thread(gauges.look))

    browsers = [Browser(user, agents, lambda: [server], random.Random(at)) for at, user in enumerate(users)]
    await asyncio.gather(watch(), look_around(users[0], server, is_over), *(one.live(is_over) for one in browsers))
    other = [reader for one in browsers for reader in one.readers if reader.ended_with != "run.completed"]
    assert not other, [(len(other), user_sees(reader)) for reader in other[:3]]
    await asyncio.sleep(_CALM_S)
    return samples


@asynccontextmanager
async def silent_streams(user: User, agent: str, many: int) -> AsyncIterator[None]:
    """So many open streams of one run whose model never answers."""
    run = user.ask("Be silent.", agent=agent)["id"]
    headers = {"Authorization": f"Bearer {user.session}", "Accept": "text/event-stream"}
    connections = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(user.partner.server.base_url, headers=headers, connector=connections) as http:
        streams = [await http.get(f"/api/v1/runs/{run}/events") for _ in range(many)]
        await asyncio.sleep(1)
        yield
        for stream in streams:
            stream.close()
    # The database may have been killed meanwhile: for as long as it comes back, the server rightly refuses.
    async with asyncio.timeout(_BACK_S):
        answer = await asyncio.to_thread(user.call, "POST", f"/runs/{run}/cancel")
        while answer.status == 503:
            await asyncio.sleep(1)
            answer = await asyncio.to_thread(user.call, "POST", f"/runs/{run}/cancel")
    assert answer.status == 200, answer.raw


async def control(gauges: Gauges, user: User, agent: str, base: Sample) -> None:
    """What the gauges must show: open streams, memory that is kept, an error in the log; and streams that close."""
    async with silent_streams(user, agent, PLANTED):
        seen = await asyncio.to_thread(gauges.look)
        assert seen.readers >= base.readers + PLANTED
        assert seen.tasks >= base.tasks + PLANTED
        assert seen.other_descriptors >= base.other_descriptors + PLANTED
        assert seen.live == 1
        assert seen.holds == 1
        planted = await asyncio.to_thread(lambda: gauges.look(plant_mb=3 * int(MOST_GROWTH_MB)))
        assert planted.memory_mb - seen.memory_mb > MOST_GROWTH_MB
        gauges.server.kill_database()
        async with asyncio.timeout(_BACK_S):
            while not gauges.errors():  # noqa: ASYNC110 - the log of another process
                await asyncio.sleep(0.5)


async def calmest(gauges: Gauges) -> Sample:
    """The quietest of some looks: now and then a scheduled job or a probe is at work."""
    looks: list[Sample] = []
    for _ in range(6):
        looks.append(await asyncio.to_thread(gauges.look))
        await asyncio.sleep(1.5)
    return min(looks, key=lambda one: (one.tasks, one.other_descriptors))


async def soak(gauges: Gauges, partner: Partner, place: str, tell: Callable[[str], None]) -> None:
    body = {"name": "Doer", "instructions": "Do it.", "model": "openai:obey", "tools": [tool(place)]}
    made = await asyncio.to_thread(partner.call, "POST", "/agents", body)
    agents = {"talks": partner.agent, "acts": made.json["id"]}
    silent = await asyncio.to_thread(partner.add_agent, "openai:hang")
    users = [await asyncio.to_thread(partner.user, f"user{at}", "rose") for at in range(USERS)]
    await load(gauges, users, agents, WARM_S)
    base, before = await calmest(gauges), gauges.sizes()
    samples = await load(gauges, users, agents, SOAK_S)
    after, sizes, grown = await calmest(gauges), gauges.sizes(), growth_mb(samples)
    runs = sizes.runs - before.runs
    a_run = (sizes.database_bytes - before.database_bytes) / max(runs, 1)
    tell(
        f"soak: {SOAK_S} s, {runs} runs; memory {base.memory_mb:.0f} MB before, {after.memory_mb:.0f} after, grown "
        f"{grown:+.1f} under load; descriptors {base.other_descriptors} and {after.other_descriptors}, tasks "
        f"{base.tasks} and {after.tasks}; {a_run:,.0f} bytes a run, log {sizes.log_bytes / 1e6:.0f} MB"
    )
    assert grown <= MOST_GROWTH_MB
    assert after.other_descriptors <= base.other_descriptors + 1
    assert after.tasks <= base.tasks
    assert (after.live, after.frames, after.readers, after.holds, sizes.leases) == (0, 0, 0, 0, 0)
    assert a_run <= MOST_BYTES_A_RUN
    assert sizes.log_bytes <= MOST_LOG_BYTES
    assert runs >= SOAK_S / 2
    assert gauges.errors() == []
    await control(gauges, users[0], silent, after)


@pytest.mark.long
@pytest.mark.promise("AGT-03")
def test_a_quarter_of_an_hour_of_load_leaves_nothing_behind(spyglass: Path, tell: Callable[[str], None]):
    async def story() -> None:
        async with counted_tool() as calls:
            with (
                deployment_directory() as directory,
                model_server() as model,
                process(directory, openai_base_url=model, egress_allow=calls.place) as server,
            ):
                partner = await asyncio.to_thread(make_partner, server, "northwind", ["rose"], model="scripted:fast")
                await soak(Gauges(server, spyglass), partner, calls.place, tell)

    asyncio.run(story())
