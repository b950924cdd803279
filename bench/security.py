"""What row security and the signed context cost an API read: the same server with and without, on the same rows."""

import asyncio
import secrets
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import uvloop
from psycopg import sql

from bench.figures import Bound, Figure, Section
from bench.plain import Kept, get
from bench.processes import children, cores, cpu_seconds, family_cpu_seconds, pin
from bench.rounds import Plan, spread
from bench.served import settings, stopped_at_end
from tests import served
from tests.world_postgres import scratch_directory

_AT_ONCE = 16
_FILL_RUNS = 200
_ON, _OFF = "row security and context", "neither"
_UNFENCED = "from bench.unfenced import main; main()"
_ROLE = "ringfence_bench"
_METHOD = f"""\
`GET /api/v1/runs/{{id}}` of one of {_FILL_RUNS} runs, from two servers on the same database, data and core. One is the
product. The other is the product on a role that bypasses row security, whose reads send their statement alone (an
index on the id stands in for the organization in front of it). One client asks them in turns, one request each, so
that every pair meets the same machine: p50 of each and their ratio, a round at a time. Beside it {_AT_ONCE} clients."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, and the request that reads."""

    name: str
    process: served.Process
    request: bytes

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.process.base_url).port or 0


@dataclass(frozen=True, slots=True)
class _Round:
    """One round: milliseconds at the median, reads a second, CPU a read in microseconds, by contender."""

    p50_ms: dict[str, float]
    rate: dict[str, float]
    cpu_us: dict[str, float]
    database_us: dict[str, float]


def measure(plan: Plan) -> Section:
    """The overhead on the median, and what more clients get."""
    with _houses() as (contenders, postgres), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_pairs(contenders, 0.5))
        rounds = [runner.run(_round(contenders, postgres, plan.seconds)) for _ in range(plan.rounds)]
    overhead = spread((one.p50_ms[_ON] / one.p50_ms[_OFF] - 1) * 100 for one in rounds)
    figures = [Figure("overhead on p50 of an API read", overhead, Bound.AT_MOST, 10, "%", digits=1)]
    told = []
    for name in (_ON, _OFF):
        told.append((f"{name}, p50, ms", spread(one.p50_ms[name] for one in rounds).told(3)))
        told.append((f"{name}, {_AT_ONCE} clients, reads a second", spread(one.rate[name] for one in rounds).told(0)))
        told.append((f"{name}, CPU a read, microseconds", spread(one.cpu_us[name] for one in rounds).told(0)))
        told.append((f"{name}, PostgreSQL's, microseconds", spread(one.database_us[name] for one in rounds).told(0)))
    rate = spread(one.rate[_ON] / one.rate[_OFF] for one in rounds)
    told.append((f"reads a second at {_AT_ONCE} clients, with / without", rate.told(2)))
    return Section("security", "Row security and signed context", _METHOD, figures, told)


@contextmanager
def _houses() -> Iterator[tuple[list[Contender], int]]:
    """Both servers, and the pid of the database."""
    one, others = cores()
    with ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        first = stack.enter_context(stopped_at_end(served.Process(directory / "data", settings(directory))))
        first.start()
        partner = served.make_partner(first, "northwind", ["rose"])
        user = partner.user("alice", "rose")
        runs = [user.ask(f"Repeat after me: {number}")["id"] for number in range(_FILL_RUNS)]
        user.finish(runs[-1])
        request = get(f"/api/v1/runs/{runs[_FILL_RUNS // 2]}", f"Authorization: Bearer {user.session}")
        contenders = []
        for name in (_ON, _OFF):
            environment = first.environment | {"RINGFENCE_DATABASE_URL": _url(first, name)}
            process = served.Process(first.data, environment, name.split()[0])
            if name == _OFF:
                process.program = _UNFENCED
            stack.enter_context(stopped_at_end(process))
            process.start()
            pin(process.pid, one)
            contenders.append(Contender(name, process, request))
        postgres = first.database().pid
        for pid in (first.pid, postgres, *children(postgres)):
            pin(pid, others)
        yield contenders, postgres


def _url(first: served.Process, name: str) -> str:
    """The app role's own address, or that of a role past row security, made now with the index it needs."""
    database = first.database()
    if name == _ON:
        return database.dsn("ringfence_app", (first.data / "app.password").read_text())
    password = secrets.token_hex(16)
    with psycopg.connect(database.superuser_dsn, autocommit=True) as admin:
        make = "create role {} login bypassrls in role ringfence_app password {}"
        admin.execute(sql.SQL(make).format(sql.Identifier(_ROLE), sql.Literal(password)))
        admin.execute("create unique index run_id_alone on app.run (id)")
        admin.execute("vacuum analyze app.run")
    return database.dsn(_ROLE, password)


async def _round(contenders: list[Contender], postgres: int, seconds: float) -> _Round:
    p50 = {name: statistics.median(times) * 1000 for name, times in (await _pairs(contenders, seconds)).items()}
    rate, cpu, stored = {}, {}, {}
    for one in contenders:
        before, before_stored = cpu_seconds(one.process.pid), family_cpu_seconds(postgres)
        done, took = await _many(one, seconds / 2)
        rate[one.name] = done / took
        cpu[one.name] = (cpu_seconds(one.process.pid) - before) / done * 1e6
        stored[one.name] = (family_cpu_seconds(postgres) - before_stored) / done * 1e6
    return _Round(p50, rate, cpu, stored)


async def _pairs(contenders: list[Contender], seconds: float) -> dict[str, list[float]]:
    """The seconds of each read, asked in turns over one connection each."""
    loop = asyncio.get_running_loop()
    contenders = [*contenders]
    kept = {one.name: await Kept.open(one.port) for one in contenders}
    times: dict[str, list[float]] = {one.name: [] for one in contenders}
    until = loop.time() + seconds
    while loop.time() < until:
        for one in contenders:
            times[one.name].append(await kept[one.name].ask(one.request))
        contenders.reverse()
    for connection in kept.values():
        connection.close()
    return times


async def _many(one: Contender, seconds: float) -> tuple[int, float]:
    """Reads of many clients, and the seconds that they took."""
    loop = asyncio.get_running_loop()
    connections = [await Kept.open(one.port) for _ in range(_AT_ONCE)]
    began = loop.time()

    async def client(connection: Kept) -> int:
        done = 0
        while loop.time() < began + seconds:
            await connection.ask(one.request)
            done += 1
        connection.close()
        return done

    done = await asyncio.gather(*(client(connection) for connection in connections))
    return sum(done), loop.time() - began
