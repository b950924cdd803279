"""One connection: whatever is sent on it, the answer belongs to the question and the next borrower finds it clean."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import OperationalError
from psycopg.conninfo import make_conninfo

from ringfence.base import ids
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Database, DatabaseError, PlatformScope, Statement, nothing, scalar, wire
from ringfence.controls.tenancy.errors import Disconnected
from ringfence.controls.tenancy.wire import Connection
from tests.world import Stage

HERE = PlatformScope()
PID = Statement("select pg_backend_pid()", scalar)
TEXT = Statement("select $1::text", scalar)
BYTES = Statement("select $1::bytea", scalar)
NUMBER = Statement("select $1::int", scalar)
MANY = Statement("select n, repeat('x', 100) from generate_series(1, 20000) n", lambda n, text: (n, text))
SLEEP = Statement("select pg_sleep(5)", nothing)
SHAPE = Statement("select kind from app.shape", scalar)


async def ask(database: Database, bound) -> Any:
    return (await database.read(HERE, bound))[0][0]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Ärger, 漢字, 🦊, '; drop table x"),
        ("text", ""),
        ("text", None),
        ("bytea", b"\x00\xff"),
        ("bytea", b""),
        ("int", -7),
        ("bigint", 2**62),
        ("float8", 1.5),
        ("boolean", False),
        ("uuid", ids.new()),
        ("timestamptz", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("text[]", ["a", 'b"c', ""]),
        ("uuid[]", [ids.new(), ids.new()]),
    ],
)
async def test_a_value_comes_back_as_it_was_sent(stage: Stage, kind: str, value: Any):
    async with stage.open(size=1) as database:
        assert await ask(database, Statement(f"select $1::{kind}", scalar)(value)) == value


async def test_large_values_and_large_answers_pass(stage: Stage):
    async with stage.open(size=1) as database:
        text, data = "ü" * 1_000_000, bytes(range(256)) * 40_000
        assert await database.read(HERE, TEXT(text), BYTES(data), TEXT("after")) == [[text], [data], ["after"]]
        rows = (await database.read(HERE, MANY()))[0]
        assert (len(rows), rows[-1]) == (20000, (20000, "x" * 100))


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800"])
async def test_text_that_the_database_cannot_hold_is_refused_and_nothing_else_happens(stage: Stage, text: str):
    async with stage.open(size=1) as database:
        before = await ask(database, PID())
        for bound in (TEXT(text), Statement("select $1::text[]", scalar)([text])):
            with pytest.raises(DatabaseError, match="22021"):
                await database.read(HERE, TEXT("fine"), bound)
        assert await ask(database, PID()) == before


async def test_text_that_cannot_be_sent_fails_its_transaction(stage: Stage):
    async with stage.open(size=1) as database:
        with pytest.raises(DatabaseError, match="22021"):
            async with database.platform() as tx:
                await tx.fetch(TEXT("\0"))
        assert await ask(database, TEXT("next")) == "next"


async def test_each_statement_may_fail_and_the_connection_goes_on(stage: Stage):
    async with stage.open(size=1) as database:
        before = await ask(database, PID())
        failing = [(NUMBER("many"), "22P02"), (Statement("select nothing_here", scalar)(), "42703")]
        for bound, state in [*failing, *failing]:
            with pytest.raises(DatabaseError, match=state):
                await database.read(HERE, TEXT("a"), bound, NUMBER(1), Statement("select 2 + $1", scalar)(1))
        assert await database.read(HERE, NUMBER(1), Statement("select 2 + $1", scalar)(1)) == [[1], [3]]
        assert await ask(database, PID()) == before


async def test_a_statement_that_takes_too_long_is_a_503(stage: Stage):
    impatient = make_conninfo(stage.app_url, options="-c statement_timeout=1s")
    database = Database(impatient, keys=stage.key, size=1)
    with pytest.raises(Problem) as refused:
        await database.read(HERE, SLEEP())
    assert (refused.value.status, refused.value.code, refused.value.cause) == (503, "database_busy", "57014")
    assert await ask(database, TEXT("next")) == "next"
    await database.close()


async def test_a_server_that_falls_silent_is_a_503_and_the_next_statement_works(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    async with stage.open(size=1) as database:
        assert await ask(database, TEXT("before")) == "before"
        with monkeypatch.context() as patch:
            patch.setattr(wire, "_SILENT_SECONDS", 0.1)
            with pytest.raises(Problem) as refused:
                await database.read(HERE, SLEEP())
        assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
        assert await ask(database, TEXT("after")) == "after"


async def test_a_migration_under_a_prepared_statement_costs_at_most_one_503(stage: Stage):
    async with stage.open(size=1) as database:
        with stage.admin() as admin:
            admin.execute("create table app.shape (kind int); insert into app.shape values (1)")
            admin.execute("grant select on app.shape to ringfence_app")
            assert await ask(database, SHAPE()) == 1
            admin.execute("alter table app.shape add column other text")
            assert await ask(database, SHAPE()) == 1
            admin.execute("alter table app.shape alter column kind type text")
            with pytest.raises(Problem, match="database_busy"):
                await ask(database, SHAPE())
            assert await ask(database, SHAPE()) == "1"


async def test_many_readers_at_once_each_get_their_own_answer(stage: Stage):
    async with stage.open(size=4) as database:
        answers = await asyncio.gather(*(ask(database, NUMBER(number)) for number in range(32)))
    assert answers == list(range(32))


async def test_a_connection_carries_one_exchange_at_a_time(stage: Stage):
    connection = await Connection.open(stage.app_url)
    first = asyncio.create_task(connection.exchange([("select pg_sleep(0.02)", ())]))
    await asyncio.sleep(0)
    with pytest.raises(Disconnected):
        await connection.exchange([("select 1", ())])
    assert len(await first) == 1
    await connection.settle()
    assert connection.is_idle
    connection.close()
    connection.close()
    with pytest.raises(Disconnected):
        await connection.exchange([("select 1", ())])


async def test_closing_a_busy_connection_ends_the_wait(stage: Stage):
    connection = await Connection.open(stage.app_url)
    waiting = asyncio.create_task(connection.exchange([("select pg_sleep(60)", ())]))
    await asyncio.sleep(0.01)
    connection.close()
    with pytest.raises(Disconnected):
        await waiting
    assert not connection.is_idle
    assert not connection.has_failed


@pytest.mark.parametrize("step", ["pipeline_sync", "flush"])
async def test_a_connection_that_breaks_while_sending_says_so(stage: Stage, step: str, monkeypatch: pytest.MonkeyPatch):
    connection = await Connection.open(stage.app_url)

    class Broken:
        def __getattr__(self, name: str) -> Any:
            if name == step:
                raise OperationalError("planned")
            return getattr(connection._owner.pgconn, name)

    monkeypatch.setattr(connection, "_pg", Broken())
    with pytest.raises(Disconnected):
        await connection.exchange([("select 1", ())])
    connection.close()


async def test_a_connection_that_breaks_in_mid_write_fails_who_waits(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    connection = await Connection.open(stage.app_url)
    waiting = asyncio.create_task(connection.exchange([("select pg_sleep(60)", ())]))
    await asyncio.sleep(0.01)

    class Broken:
        def flush(self) -> int:
            raise OperationalError("planned")

    monkeypatch.setattr(connection, "_pg", Broken())
    connection._writable()
    with pytest.raises(Disconnected):
        await waiting
    connection.close()


async def test_an_answer_to_no_question_ends_the_connection(stage: Stage):
    connection = await Connection.open(stage.app_url)
    (result,) = await connection.exchange([("select 1", ())])
    assert connection._take(result)
    assert connection.is_broken
    connection.close()


NAMED = Statement("select count(*) from pg_prepared_statements", scalar)


async def test_behind_a_pooler_no_statement_is_kept_by_name(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    async with stage.open(size=1) as direct:
        assert await ask(direct, NAMED()) > 0
    monkeypatch.setattr(wire, "_WHO", b"select pg_backend_pid() + 1")  # a pooler's greeting is not its server's
    async with stage.open(size=1) as pooled:
        for _ in range(2):
            assert await pooled.read(HERE, TEXT("a"), NUMBER(7), BYTES(b"\x00")) == [["a"], [7], [b"\x00"]]
            with pytest.raises(DatabaseError, match="22P02"):
                await pooled.read(HERE, NUMBER("seven"))
            assert len((await pooled.read(HERE, MANY()))[0]) == 20000
        assert await ask(pooled, NAMED()) == 0


async def test_a_full_disk_is_a_503_that_says_so(stage: Stage):
    with stage.admin() as admin:
        # What the server says when it cannot extend a file, without filling one.
        admin.execute(
            "create function app.fill() returns int language plpgsql as "
            "$$ begin raise exception using errcode = '53100'; end $$; "
            "grant execute on function app.fill() to ringfence_app"
        )
    async with stage.open(size=1) as database:
        with pytest.raises(Problem) as refused:
            await database.read(HERE, Statement("select app.fill()", scalar)())
        assert (refused.value.status, refused.value.code) == (503, "storage_full")
        assert await ask(database, NUMBER(1)) == 1
