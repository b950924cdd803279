"""800 streams of runs that say nothing: what each costs the server in memory, and all of them in CPU."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import uvloop

from bench.figures import Bound, Figure, Section
from bench.plain import Counted, get
from bench.processes import cpu_seconds, memory_mb
from bench.rounds import Plan, spread
from bench.served import settings, stopped_at_end
from tests import served
from tests.world_postgres import scratch_directory

STREAMS = 800
_USERS = 8
_WARM = 40
_ROUNDS = 3
_SETTLE_S = 4.0
_METHOD = f"""\
{STREAMS} readers, each with a connection of its own, of {_USERS} runs whose model never answers: growth of the server's
resident memory from {_WARM} open streams to {STREAMS}, for each further one; the kernel's own buffers are not counted.
Beside it, the share of a core that the open streams take, each of which looks once a second whether its session still
stands. A server of its own for each round, at most {_ROUNDS}."""


def measure(plan: Plan) -> Section:
    """Memory a stream, and CPU of all."""
    memory, whole, share = [], [], []
    for _ in range(min(plan.rounds, _ROUNDS)):
        with _house() as (process, requests), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            grown_kb, rss_mb, cpu = runner.run(_round(process, requests, plan.seconds))
        memory.append(grown_kb)
        whole.append(rss_mb)
        share.append(cpu)
    figures = [Figure("memory of an idle stream", spread(memory), Bound.AT_MOST, 30, "KB", digits=1)]
    told = [
        (f"RSS of the server with {STREAMS} streams, MB", spread(whole).told(0)),
        (f"CPU of {STREAMS} idle streams, % of a core", spread(share).told(1)),
    ]
    return Section("idle", "Idle streams", _METHOD, figures, told)


@contextmanager
def _house() -> Iterator[tuple[served.Process, list[bytes]]]:
    """A server with silent runs, and the requests of their readers."""
    with scratch_directory() as directory, served.model_server() as model:
        process = served.Process(directory / "data", settings(directory, model))
        with stopped_at_end(process):
            process.start()
            partner = served.make_partner(process, "northwind", ["rose"], model="openai:hang")
            users = [partner.user(f"user-{number}", "rose") for number in range(_USERS)]
            requests = [_request(user, user.ask("Be silent.")["id"]) for user in users]
            yield process, requests


def _request(user: served.User, run: str) -> bytes:
    headers = ("Accept: text/event-stream", f"Authorization: Bearer {user.session}")
    return get(f"/api/v1/runs/{run}/events", *headers)


async def _round(process: served.Process, requests: list[bytes], seconds: float) -> tuple[float, float, float]:
    """KB a stream, MB of the whole process, and % of a core."""
    ended: list[int] = []
    port = urlsplit(process.base_url).port or 0
    streams: list[Counted] = []

    async def grow(to: int) -> float:
        while len(streams) < to:
            request = requests[len(streams) % len(requests)]
            streams.append(await Counted.open(port, request, ending=b"run.failed", ended=lambda: ended.append(1)))
            await asyncio.sleep(0.002)
        await asyncio.sleep(_SETTLE_S)
        return memory_mb(process.pid)[0]

    few, many = await grow(_WARM), await grow(STREAMS)
    began, before = time.monotonic(), cpu_seconds(process.pid)
    await asyncio.sleep(max(seconds, 2.0))
    share = (cpu_seconds(process.pid) - before) / (time.monotonic() - began) * 100
    if ended or min(stream.events for stream in streams) < 1:
        raise RuntimeError(f"{len(ended)} streams ended, or one never began: nothing was idle")
    for stream in streams:
        stream.close()
    return (many - few) * 1000 / (STREAMS - _WARM), many, share
