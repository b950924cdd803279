"""What the audit log costs the product's work, and how soon an entry is sealed."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import uvloop

from bench.figures import Bound, Figure, Section
from bench.plain import Kept, get
from bench.processes import cpu_seconds, family_cpu_seconds
from bench.rounds import Plan, Round, Spread, column, difference, interleave, spread
from bench.served import side_by_side
from bench.wire import Wire, post
from tests import served

_ON, _OFF = "audited", "not audited"
_UNAUDITED = "from bench.unaudited import main; main()"
_ORGANIZATIONS = 8
_CLIENTS = 16
_RATE = 1_000
_TICK_S = 0.05
_LAG_S = 10.0
_INSERTED = 20_000
_METHOD = f"""\
Two servers, each with a database of its own and on the same core: the product, and the product that writes no entry,
counts no read and seals nothing (bench/unaudited.py; the product has no such switch). {_CLIENTS} clients, in
{_ORGANIZATIONS} organizations or all in one, each in turn: a run of 20 deltas to its end, and two reads. Throughput of
each, a round at a time. Seal lag: {_RATE:,} entries a second over ten logs for {_LAG_S:g} s, from the start of their
transaction to the moment at which they were sealed, while the server seals and publishes. Index: an entry's insertion,
among {_INSERTED:,} of one statement, with the index that the sealer reads by, less the same without it."""


@dataclass(frozen=True, slots=True)
class _Contender:
    name: str
    process: served.Process
    mixed: list["_Client"]
    busy: list["_Client"]

    @property
    def port(self) -> int:
        return urlsplit(self.process.base_url).port or 0


@dataclass(frozen=True, slots=True)
class _Client:
    """The request that runs, and those that read."""

    run: bytes
    reads: tuple[bytes, bytes]


def measure(plan: Plan) -> Section:
    """The cost on both workloads, the lag, and the index's share."""
    with (
        side_by_side({_ON: None, _OFF: _UNAUDITED}) as processes,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        contenders = [_furnished(name, process) for name, process in processes.items()]
        cpu: dict[str, list[float]] = {}

        def load(one: _Contender, clients: list[_Client], seconds: float) -> Callable[[], float]:
            def act() -> float:
                before = cpu_seconds(one.process.pid) + family_cpu_seconds(one.process.database().pid)
                done = runner.run(_load(one, clients, seconds))
                after = cpu_seconds(one.process.pid) + family_cpu_seconds(one.process.database().pid)
                cpu.setdefault(one.name, []).append((after - before) / (done * seconds) * 1000)
                return done

            return act

        for one in contenders:
            load(one, one.mixed, 1.0)()
        cpu.clear()
        mixed = interleave(plan, {one.name: load(one, one.mixed, plan.seconds) for one in contenders})
        busy = interleave(plan, {one.name: load(one, one.busy, plan.seconds) for one in contenders})
        audited = contenders[0].process.database().superuser_dsn
        lags = [_lag(audited) for _ in range(min(plan.rounds, 3))]
        index = interleave(plan, {"with": lambda: _insert(audited), "without": lambda: _insert_bare(audited)})
    told = _told(mixed, busy, cpu, lags)
    told.append(("the sealer's index, microseconds an entry", difference(index, "with", "without").told(1)))
    return Section("audit", "The audit log", _METHOD, _figures(mixed, busy, lags), told)


def _figures(mixed: Sequence[Round], busy: Sequence[Round], lags: list[tuple[float, float]]) -> list[Figure]:
    return [
        Figure("cost of the log, mixed workload", _cost(mixed), Bound.AT_MOST, 10, "%", digits=1),
        Figure("cost of the log, one busy organization", _cost(busy), Bound.AT_MOST, 20, "%", digits=1),
        Figure(f"seal lag at {_RATE:,} entries a second, p99", spread(lag[1] for lag in lags), Bound.AT_MOST, 2, "s"),
    ]


def _cost(rounds: Sequence[Round]) -> Spread:
    return spread((1 - one[_ON] / one[_OFF]) * 100 for one in rounds)


def _told(
    mixed: Sequence[Round], busy: Sequence[Round], cpu: dict[str, list[float]], lags: list[tuple[float, float]]
) -> list[tuple[str, str]]:
    told = []
    for what, rounds in (("mixed", mixed), ("one busy organization", busy)):
        told += [(f"{what}, {name}, turns a second", column(rounds, name).told(0)) for name in (_ON, _OFF)]
    told += [(f"CPU a turn with PostgreSQL's, {name}, ms", spread(found).told(2)) for name, found in cpu.items()]
    told.append((f"seal lag at {_RATE:,} entries a second, p50, s", spread(lag[0] for lag in lags).told(2)))
    return told


def _furnished(name: str, process: served.Process) -> _Contender:
    organizations = [f"garden-{number}" for number in range(_ORGANIZATIONS)]
    partner = served.make_partner(process, "northwind", organizations, model="openai:fake-20")

    def clients(wanted: list[str]) -> list[_Client]:
        return [_client(partner, f"{name}-{at}", wanted[at % len(wanted)]) for at in range(_CLIENTS)]

    return _Contender(name, process, clients(organizations), clients(organizations[:1]))


def _client(partner: served.Partner, name: str, organization: str) -> _Client:
    user = partner.user(name.replace(" ", "-"), organization)
    run = user.ask("How do I water a rose?")
    user.finish(run["id"])
    bearer = f"Authorization: Bearer {user.session}"
    body = json.dumps({"agent_id": partner.agent, "input": {"text": "How do I water a rose?"}}).encode()
    return _Client(
        post("/api/v1/runs", body, "Accept: text/event-stream", bearer),
        (
            get(f"/api/v1/conversations/{run['conversation_id']}/messages?limit=20", bearer),
            get("/api/v1/conversations?limit=20", bearer),
        ),
    )


async def _load(one: _Contender, clients: list[_Client], seconds: float) -> float:
    """Turns a second of all clients."""
    loop = asyncio.get_running_loop()
    wires = [(await Wire.open(one.port), await Kept.open(one.port)) for _ in clients]
    began = loop.time()

    async def turns(client: _Client, wire: Wire, kept: Kept) -> int:
        done = 0
        while loop.time() < began + seconds:
            await wire.ask(client.run, marker=b"event: message.delta", ending=b"event: run.completed")
            for read in client.reads:
                await kept.ask(read)
            done += 1
        wire.close()
        kept.close()
        return done

    done = await asyncio.gather(*(turns(client, *pair) for client, pair in zip(clients, wires, strict=True)))
    return sum(done) / (loop.time() - began)


def _lag(dsn: str) -> tuple[float, float]:
    """Seconds at the median and at p99, from the start of an entry's transaction until it was sealed."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        (since,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
        began = time.monotonic()
        for tick in range(int(_LAG_S / _TICK_S)):
            connection.execute(_ENTRIES, {"log": tick % 10, "count": round(_RATE * _TICK_S)})
            time.sleep(max(0.0, began + (tick + 1) * _TICK_S - time.monotonic()))
        took = time.monotonic() - began
        if took > _LAG_S * 1.1:
            raise RuntimeError(f"the load itself took {took:.1f} s instead of {_LAG_S:g}")
        until = time.monotonic() + 30
        while _waiting(connection) and time.monotonic() < until:
            time.sleep(0.2)
        median, worst, count = connection.execute(_LAGS, [since]).fetchone() or (0, 0, 0)
    if count < _RATE * _LAG_S:
        raise RuntimeError(f"only {count} entries were sealed")
    return float(median), float(worst)


_ENTRIES = """
insert into app.audit_queue
  (scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome, details)
select 'org', ('00000000-0000-7000-8000-00000000000' || %(log)s)::uuid, app.time_ordered_id(), 'user',
  gen_random_uuid(), 'run.started', 'run', gen_random_uuid(), 'success',
  jsonb_build_object('conversation_id', gen_random_uuid(), 'agent_id', gen_random_uuid(), 'agent_version', 1)
from generate_series(1, %(count)s)
"""
_LAGS = """
select percentile_cont(0.5) within group (order by extract(epoch from s.sealed_at - q.at)),
  percentile_cont(0.99) within group (order by extract(epoch from s.sealed_at - q.at)), count(*)
from app.audit_queue q join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id
where q.at >= %s and q.scope_id::text like '00000000-0000-7000-8000-00000000000_'
"""


def _waiting(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "select exists (select from app.audit_queue q where not exists (select from app.audit_sealed s "
        "where s.scope_id = q.scope_id and s.entry_id = q.id) and q.scope_id::text like '00000000-0000-7000-8000-0%')"
    ).fetchone()
    return bool(row and row[0])


def _insert(dsn: str) -> float:
    """Microseconds a row into the queue; all are rolled back."""
    with psycopg.connect(dsn) as connection:
        began = time.perf_counter()
        connection.execute(_ENTRIES, {"log": 0, "count": _INSERTED})
        took = time.perf_counter() - began
        connection.rollback()
    return took / _INSERTED * 1e6


def _insert_bare(dsn: str) -> float:
    """The same with the index dropped, which the rollback brings back."""
    with psycopg.connect(dsn) as connection:
        connection.execute("drop index app.audit_queue_by_xid")
        began = time.perf_counter()
        connection.execute(_ENTRIES, {"log": 0, "count": _INSERTED})
        took = time.perf_counter() - began
        connection.rollback()
    return took / _INSERTED * 1e6
