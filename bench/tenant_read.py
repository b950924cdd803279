"""One row of one tenant, by `Database.read`, by explicit transactions and by pgbench: 32 clients each."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
import uvloop
from psycopg.conninfo import conninfo_to_dict

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, column, interleave, ratio
from ringfence.base import ids
from ringfence.controls.tenancy import ContextKey, Database, OrgScope, Statement, nothing
from tests.world import Stage, make_template, plant_cast, stage
from tests.world_postgres import binaries, shared_cluster

CLIENTS = 32
_ROWS = 2_000
_WARM_S = 0.3
_COLUMNS = "select id, user_id, agent_id, created_at, updated_at from"
_METHOD = f"""\
{CLIENTS} clients read one conversation of {_ROWS:,} by its id. `Database.read` sends the signed context, read-only mode
and the statement in one round trip; row security is forced, and the policy verifies the signature twice, for the
organization and for the owner. pgbench (`-M prepared`, one thread, as our process has one) sends the same in one
`\\startpipeline`, with a context signed beforehand: the figure is what our client costs beside one written in C. What
isolation itself costs is told by pgbench on a copy of the table without row security, behind a plain `set_config` and
alone. Transactions: psycopg's `transaction()`, four trips, the same context and policy."""
_OURS, _OURS_8, _PLAIN = (
    "Database.read, 32 connections",
    "Database.read, 8 connections",
    "transaction(), 32 connections",
)
_PGBENCH = "pgbench pipelined, no row security, plain set_config"
_PGBENCH_ALONE = "pgbench pipelined, no row security, statement alone"
SAME = "pgbench pipelined, signed context and row security"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is read."""

    id: UUID
    user_id: UUID
    agent_id: UUID
    created_at: datetime
    updated_at: datetime


_FILL = Statement(
    "insert into app.conversation (id, user_id, agent_id) "
    "select gen_random_uuid(), $1, $1 from generate_series(1, $2::int)",
    nothing,
)
_ADD = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $2)", nothing)
_READ = Statement(f"{_COLUMNS} app.conversation where id = $1", Conversation)
_COPY = (
    "create schema bench",
    "create table bench.conversation as table app.conversation",
    "alter table bench.conversation add primary key (org_id, id)",
    "grant usage on schema bench to ringfence_app",
    "grant select on bench.conversation to ringfence_app",
    "vacuum analyze app.conversation",
    "vacuum analyze bench.conversation",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Which row is read, and as whom."""

    url: str
    key: ContextKey
    scope: OrgScope
    id: UUID


def measure(plan: Plan) -> Section:
    """Reads a second of all contenders, and their ratios."""
    with (
        shared_cluster() as server,
        tempfile.TemporaryDirectory() as scratch,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        make_template(server)
        with stage(server) as staged:
            place = runner.run(planted(staged))
            reads = {name: load_python(runner, opened, place, plan.seconds) for name, opened in _READERS.items()}
            scripts = {name: load_pgbench(place, name, Path(scratch), plan.seconds) for name in _SCRIPTS}
            rounds = interleave(plan, reads | scripts)
    same = ratio(rounds, _OURS, SAME)
    figures = [Figure("Database.read / pipelined pgbench, the same tenant read", same, Bound.AT_LEAST, 0.6)]
    told = [(f"{name}, reads a second", column(rounds, name).told(0)) for name in rounds[0]]
    pairs = [
        (_OURS_8, SAME),
        (_OURS, _PGBENCH),
        (_OURS, _PGBENCH_ALONE),
        (SAME, _PGBENCH),
        (_OURS, _PLAIN),
    ]
    told += [(f"{above} / {below}", ratio(rounds, above, below).told(2)) for above, below in pairs]
    return Section("tenant_read", "Tenant read", _METHOD, figures, told)


async def planted(staged: Stage) -> Place:
    """The conversation that is read, among the others; and the copy without row security."""
    async with staged.open() as database:
        cast = await plant_cast(database)
        scope, wanted = cast.as_user(cast.alice, cast.rose), ids.new()
        await database.write(scope, _FILL(cast.alice, str(_ROWS)), _ADD(wanted, cast.alice))
    with staged.admin() as connection:
        for statement in _COPY:
            connection.execute(statement.encode())
    return Place(staged.app_url, staged.key, scope, wanted)


Read = Callable[[int], Awaitable[object]]
"""One read by the client of a number."""


@asynccontextmanager
async def _database(place: Place, size: int) -> AsyncIterator[Read]:
    database = Database(place.url, keys=place.key, size=size)

    async def read(_client: int) -> object:
        return (await database.read(place.scope, _READ(place.id)))[0][0]

    try:
        yield read
    finally:
        await database.close()


@asynccontextmanager
async def _transactions(place: Place) -> AsyncIterator[Read]:
    statement = f"{_COLUMNS} app.conversation where id = %s".encode()
    connections = [await psycopg.AsyncConnection.connect(place.url, autocommit=True) for _ in range(CLIENTS)]

    async def read(client: int) -> object:
        connection = connections[client]
        async with connection.transaction():
            context = place.key.sign(place.scope).decode()
            await connection.execute(b"select set_config('ringfence.ctx', %s, true)", [context], prepare=True)
            row = await (await connection.execute(statement, [place.id], prepare=True)).fetchone()
        if row is None:
            raise LookupError("the row was not read")
        return Conversation(*row)

    try:
        yield read
    finally:
        for connection in connections:
            await connection.close()


Opened = Callable[[Place], AbstractAsyncContextManager[Read]]


def open_database(size: int) -> Opened:
    """`Database.read` over so many connections."""
    return lambda place: _database(place, size)


_READERS: dict[str, Opened] = {
    _OURS: open_database(CLIENTS),
    _OURS_8: open_database(8),
    _PLAIN: _transactions,
}


def load_python(
    runner: asyncio.Runner, opened: Opened, place: Place, seconds: float, *, clients: int = CLIENTS
) -> Callable[[], float]:
    """What measures reads a second of so many clients."""

    async def client(read: Read, number: int, until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            await read(number)
            done += 1
        return done

    async def all_of_them(read: Read, seconds: float) -> float:
        began = time.perf_counter()
        done = await asyncio.gather(*(client(read, number, began + seconds) for number in range(clients)))
        return sum(done) / (time.perf_counter() - began)

    async def load() -> float:
        # Connections, prepared statements and plans first: pgbench does not count its own either.
        async with opened(place) as read:
            await all_of_them(read, _WARM_S)
            return await all_of_them(read, seconds)

    return lambda: runner.run(load())


_ROW = f"{_COLUMNS} bench.conversation where org_id = '{{org}}' and id = '{{id}}';"
_SCRIPTS = {
    _PGBENCH: f"select set_config('ringfence.ctx', '{{org}}', true);\n{_ROW}",
    _PGBENCH_ALONE: _ROW,
    SAME: "select set_config('ringfence.ctx', '{context}', true), "
    "set_config('transaction_read_only', 'on', true);\n"
    f"{_COLUMNS} app.conversation where id = '{{id}}';",
}


def load_pgbench(
    place: Place, name: str, scratch: Path, seconds: float, *, clients: int = CLIENTS
) -> Callable[[], float]:
    """What measures the same by pgbench, with the script of that name."""
    known = conninfo_to_dict(place.url)
    script = scratch / f"{len(list(scratch.iterdir()))}.sql"
    script.touch()
    command = [
        str(binaries().program("pgbench")), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
        f"--time={max(2, round(seconds))}", f"--file={script}", f"--host={known['host']}", f"--port={known['port']}",
        f"--username={known['user']}", str(known["dbname"]),
    ]  # fmt: skip

    def load() -> float:
        context = place.key.sign(place.scope).decode()  # It lives for a minute, so each round signs its own.
        text = _SCRIPTS[name].format(org=place.scope.org_id, id=place.id, context=context)
        script.write_text(f"\\startpipeline\n{text}\n\\endpipeline\n")
        environment = os.environ | {"PGPASSWORD": str(known["password"])}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        if "number of failed transactions: 0" not in done.stdout:
            raise RuntimeError(done.stdout + done.stderr)
        return float(done.stdout.split("tps = ")[1].split()[0])

    return load
