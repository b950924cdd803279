"""Runs a second of one server alone, and of a server with a worker beside it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvloop

from bench.figures import Section
from bench.processes import cpu_seconds
from bench.rounds import Plan, column, order, ratio
from bench.served import settings, stopped_at_end
from bench.wire import Wire, post
from tests import served
from tests.world_postgres import scratch_directory

_CLIENTS = 16
_ALONE, _BESIDE = "one server", "a server and a worker"
_METHOD = f"""\
{_CLIENTS} clients keep asking for streamed runs of 20 deltas: of a server that executes what it accepts, and of one
that leaves every run to a worker (`RINGFENCE_EXECUTES_RUNS=false`), whose readers it serves from what is stored. All
share the machine's cores with PostgreSQL, the model and the load, so this says what a worker costs and takes off the
server, not what a machine for each would give."""


@dataclass(frozen=True, slots=True)
class House:
    """A server, what works for it, and the request of each client."""

    server: served.Process
    others: list[served.Process]
    requests: list[bytes]

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.server.base_url).port or 0


def measure(plan: Plan) -> Section:
    """Runs a second and CPU a run of both."""
    rates: list[dict[str, float]] = []
    cpu: list[dict[str, float]] = []
    with _houses() as houses, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for house in houses.values():
            runner.run(_load(house, 0.5))
        for index in range(plan.rounds):
            rate: dict[str, float] = {}
            cost: dict[str, float] = {}
            for name in order(list(houses), index):
                house = houses[name]
                before = cpu_seconds(house.server.pid), sum(cpu_seconds(one.pid) for one in house.others)
                runs, seconds = runner.run(_load(house, plan.seconds))
                rate[name] = runs / seconds
                cost[name] = (cpu_seconds(house.server.pid) - before[0]) / runs * 1000
                cost[f"{name}: the worker"] = (
                    (sum(cpu_seconds(one.pid) for one in house.others) - before[1]) / runs * 1000
                )
            rates.append(rate)
            cpu.append(cost)
    told = [(f"{name}, runs a second", column(rates, name).told(0)) for name in houses]
    told += [(f"{name}, the server's CPU a run, ms", column(cpu, name).told(2)) for name in houses]
    told.append(("the worker's CPU a run, ms", column(cpu, f"{_BESIDE}: the worker").told(2)))
    told.append(("runs a second, with a worker / alone", ratio(rates, _BESIDE, _ALONE).told(2)))
    return Section("processes", "Several processes", _METHOD, [], told)


@contextmanager
def _houses() -> Iterator[dict[str, House]]:
    with ExitStack() as stack:
        model = stack.enter_context(served.model_server())
        houses: dict[str, House] = {}
        for name in (_ALONE, _BESIDE):
            directory = stack.enter_context(scratch_directory())
            environment = settings(directory, model)
            if name == _BESIDE:
                environment["RINGFENCE_EXECUTES_RUNS"] = "false"
            server = stack.enter_context(stopped_at_end(served.Process(directory / "data", environment)))
            server.start()
            others = [stack.enter_context(stopped_at_end(_worker(server)))] if name == _BESIDE else []
            houses[name] = House(server, others, _requests(server))
        yield houses


def _worker(server: served.Process) -> served.Process:
    url = server.database().dsn("ringfence_app", (server.data / "app.password").read_text())
    environment = server.environment | {"RINGFENCE_DATABASE_URL": url}
    worker = served.Process(server.data, environment, "worker", command="worker")
    worker.start()
    return worker


def _requests(server: served.Process) -> list[bytes]:
    partner = served.make_partner(server, "northwind", ["rose"], model="openai:fake-20")
    body = json.dumps({"agent_id": partner.agent, "input": {"text": "How do I water a rose?"}}).encode()
    users = [partner.user(f"user-{number}", "rose") for number in range(_CLIENTS)]
    return [
        post("/api/v1/runs", body, "Accept: text/event-stream", f"Authorization: Bearer {user.session}")
        for user in users
    ]


async def _load(house: House, seconds: float) -> tuple[int, float]:
    """Runs finished by all clients, and the seconds that they took."""
    clock = asyncio.get_running_loop().time
    wires = [await Wire.open(house.port) for _ in house.requests]
    began = clock()

    async def client(wire: Wire, request: bytes) -> int:
        done = 0
        while clock() < began + seconds:
            await wire.ask(request, marker=b"event: message", ending=b"event: run.completed")
            done += 1
        wire.close()
        return done

    done = await asyncio.gather(*(client(w, r) for w, r in zip(wires, house.requests, strict=True)))
    return sum(done), clock() - began
