"""Events a second that one process brings to its readers, and what each event costs it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import uvloop

from bench.figures import Section
from bench.plain import Counted, get
from bench.processes import cores, cpu_seconds, pin
from bench.rounds import Plan, column, order, ratio
from bench.served import settings, stopped_at_end
from tests import served
from tests.world_postgres import scratch_directory

_READERS = (1, 20, 100)
_DELTAS, _EVERY_MS = 400, 2
_METHOD = f"""\
One run of {_DELTAS} deltas, {_EVERY_MS} ms apart, on a server that has one core for itself, followed by {_READERS[0]},
{_READERS[1]} and {_READERS[2]} readers, each with a connection of its own, and by their loader on the other cores.
Events that reached a reader, of all readers, over the time from the first to the last; CPU is the server's own, the
run's execution and journal included, so that the cost of an event falls as more readers share a run."""


def measure(plan: Plan) -> Section:
    """Events a second and CPU an event, by number of readers."""
    rates: list[dict[str, float]] = []
    costs: list[dict[str, float]] = []
    with _house() as (process, user), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for index in range(plan.rounds):
            rate: dict[str, float] = {}
            cost: dict[str, float] = {}
            for name in order([str(readers) for readers in _READERS], index):
                rate[name], cost[name] = runner.run(_round(process, user, int(name)))
            rates.append(rate)
            costs.append(cost)
    told = []
    for name in map(str, _READERS):
        told.append((f"{name} readers, events a second", column(rates, name).told(0)))
        told.append((f"{name} readers, CPU an event, microseconds", column(costs, name).told(1)))
    most, one = str(_READERS[-1]), str(_READERS[0])
    told.append((f"CPU an event, {most} readers / {one}", ratio(costs, most, one).told(2)))
    return Section("events", "Events to readers", _METHOD, [], told)


@contextmanager
def _house() -> Iterator[tuple[served.Process, served.User]]:
    one, others = cores()
    with scratch_directory() as directory, served.model_server() as model:
        process = served.Process(directory / "data", settings(directory, model))
        with stopped_at_end(process):
            process.start()
            partner = served.make_partner(process, "northwind", ["rose"], model=f"openai:slow-{_DELTAS}-{_EVERY_MS}")
            pin(process.pid, one)
            pin(process.database().pid, others)
            yield process, partner.user("alice", "rose")


async def _round(process: served.Process, user: served.User, readers: int) -> tuple[float, float]:
    """Events a second, and microseconds of CPU an event."""
    over = asyncio.Event()
    port = urlsplit(process.base_url).port or 0
    streams: list[Counted] = []

    def ended() -> None:
        if all(stream.is_over for stream in streams):
            over.set()

    before = cpu_seconds(process.pid)
    run = (await asyncio.to_thread(user.ask, "Tell me."))["id"]
    headers = ("Accept: text/event-stream", f"Authorization: Bearer {user.session}")
    request, began = get(f"/api/v1/runs/{run}/events", *headers), time.monotonic()
    while len(streams) < readers:
        streams.append(await Counted.open(port, request, ending=b"event: run.completed", ended=ended))
    async with asyncio.timeout(120):
        await over.wait()
    took, spent = time.monotonic() - began, cpu_seconds(process.pid) - before
    events = [stream.events for stream in streams]
    for stream in streams:
        stream.close()
    if min(events) < _DELTAS:
        raise RuntimeError(f"a reader got {min(events)} of {_DELTAS} deltas")
    return sum(events) / took, spent / sum(events) * 1e6
