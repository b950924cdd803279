"""A 20-delta run through POST /api/v1/runs against the floor's, on one core each, with a model that takes no time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import uvloop

from bench.figures import Bound, Figure, Section
from bench.processes import cpu_seconds, family_cpu_seconds, memory_mb
from bench.rounds import Plan, Spread, column, difference, order, ratio, spread
from bench.runs_contenders import Contender, Houses, open_houses
from bench.wire import Wire

CLIENTS = 16
_SINGLE = 40
_OURS, _FLOOR, _DIRECT = "Ringfence", "floor", "model alone"
_METHOD = f"""\
A run of 20 deltas, streamed: by Ringfence with session, row security, audit, sealing, journal and lease (a new
conversation each), and by the floor (FastAPI and pydantic-ai's AG-UI adapter: no accounts, nothing stored). Each
server has one core for itself; PostgreSQL (durable, embedded), the model (on loopback, answers at once) and the load
have the others. {CLIENTS} clients keep asking over kept connections; CPU is what the kernel counted for the server's
process, and PostgreSQL's beside it. First token: one client, median of {_SINGLE} a round, less that of the model."""


@dataclass
class _Tally:
    """What one round found, by contender."""

    rate: dict[str, float] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)
    first_ms: dict[str, float] = field(default_factory=dict)


def measure(plan: Plan) -> Section:
    """CPU a run, runs a second and the first token, of Ringfence and the floor."""
    with open_houses(clients=CLIENTS) as houses, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for contender in houses.servers():
            runner.run(load(contender, 0.5))
        sealed_before = _sealed(houses)
        rounds, made = [], 0
        for index in range(plan.rounds):
            tally, runs = _round(houses, runner, plan, index)
            rounds.append(tally)
            made += runs
        sealed = tuple((after - before) / made for after, before in zip(_sealed(houses), sealed_before, strict=True))
        memory = memory_mb(houses.ours.pid)
    return Section("runs", "A run of 20 deltas", _METHOD, _figures(rounds), _told(rounds, sealed, memory))


def _figures(rounds: list[_Tally]) -> list[Figure]:
    cpu, rate, first = ([getattr(one, name) for one in rounds] for name in ("cpu_ms", "rate", "first_ms"))
    return [
        Figure("CPU a run / the floor's", ratio(cpu, _OURS, _FLOOR), Bound.AT_MOST, 0.30),
        Figure("runs a second / the floor's", ratio(rate, _OURS, _FLOOR), Bound.AT_LEAST, 4),
        Figure("first token over the model alone", difference(first, _OURS, _DIRECT), Bound.AT_MOST, 5, "ms"),
    ]


def _told(rounds: list[_Tally], sealed: tuple[float, ...], memory: tuple[float, float]) -> list[tuple[str, str]]:
    told = []
    for name in (_OURS, _FLOOR):
        told.append((f"{name}, CPU a run, ms", column([r.cpu_ms for r in rounds], name).told(2)))
        told.append((f"{name}, runs a second", column([r.rate for r in rounds], name).told(0)))
    told.append(("PostgreSQL beside Ringfence, CPU a run, ms", column([r.cpu_ms for r in rounds], "postgres").told(2)))
    first = [one.first_ms for one in rounds]
    told += [(f"{name}, first token, ms", column(first, name).told(2)) for name in (_OURS, _FLOOR, _DIRECT)]
    told.append(("rows a run: events and messages, each sealed", f"{sealed[0]:.1f} and {sealed[1]:.1f}"))
    told.append(("memory after the load, RSS and PSS, MB", f"{memory[0]:.0f} and {memory[1]:.0f}"))
    return told


def _round(houses: Houses, runner: asyncio.Runner, plan: Plan, index: int) -> tuple[_Tally, int]:
    tally, made = _Tally(), 0
    servers = {contender.name: contender for contender in houses.servers()}
    for name in order(list(servers), index):
        contender, database = servers[name], houses.postgres_pid if name == _OURS else None
        before, stored = cpu_seconds(contender.pid), family_cpu_seconds(database) if database else 0.0
        runs, seconds = runner.run(load(contender, plan.seconds))
        tally.rate[name] = runs / seconds
        tally.cpu_ms[name] = (cpu_seconds(contender.pid) - before) / runs * 1000
        if database:
            tally.cpu_ms["postgres"] = (family_cpu_seconds(database) - stored) / runs * 1000
            made += runs
    singles: dict[str, Contender] = {**servers, _DIRECT: houses.model}
    for name in order(list(singles), index):
        tally.first_ms[name] = runner.run(_first_token(singles[name])).median * 1000
        made += _SINGLE if name == _OURS else 0
    return tally, made


async def load(contender: Contender, seconds: float) -> tuple[int, float]:
    """Runs finished by all clients, and the seconds that they took."""
    clock = asyncio.get_running_loop().time
    began = clock()

    async def client(wire: Wire, ask: bytes) -> int:
        done = 0
        while clock() < began + seconds:
            await wire.ask(ask, marker=contender.marker, ending=contender.ending)
            done += 1
        wire.close()
        return done

    wires = [await Wire.open(contender.port) for _ in contender.requests]
    began = clock()
    done = await asyncio.gather(*(client(w, r) for w, r in zip(wires, contender.requests, strict=True)))
    return sum(done), clock() - began


async def _first_token(contender: Contender) -> Spread:
    wire = await Wire.open(contender.port)
    ask: Callable[[], object] = lambda: wire.ask(  # noqa: E731 - one question, many times
        contender.requests[0], marker=contender.marker, ending=contender.ending
    )
    answers = [await ask() for _ in range(_SINGLE)]
    wire.close()
    return spread(answer.first_s for answer in answers)


def _sealed(houses: Houses) -> tuple[int, ...]:
    """How many rows with sealed content there are: events, messages."""
    with psycopg.connect(houses.admin_url) as connection:
        row = connection.execute(
            "select (select count(*) from app.run_event), (select count(*) from app.message)"
        ).fetchone()
    return tuple(row or ())
