"""The pool: a server that goes and comes back, too many askers, and callers who give up."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence.base.problem import Problem
from ringfence.controls.tenancy import (
    Database,
    DatabaseError,
    PlatformScope,
    Statement,
    gate,
    nothing,
    pool,
    scalar,
    wire,
)
from ringfence.controls.tenancy.errors import Disconnected
from ringfence.controls.tenancy.wire import Connection
from tests.world import GONE, Stage

HERE = PlatformScope()
ONE = Statement("select 1", scalar)
SLEEP = Statement("select pg_sleep($1)", nothing)
PID = Statement("select pg_backend_pid()", scalar)
ASLEEP = """select 1 from pg_stat_activity
where datname = current_database() and wait_event = 'PgSleep'"""
LEFT = "select count(*) from pg_stat_activity where usename = 'ringfence_app' and datname = current_database()"


def terminate(stage: Stage) -> None:
    """Ends every connection of the server's role and waits until they are gone."""
    with stage.admin() as admin:
        admin.execute(GONE)


async def until(stage: Stage, question: LiteralString, answer: int) -> None:
    with stage.admin() as admin:
        async with asyncio.timeout(60):
            while admin.execute(question).fetchone() != (answer,):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)


async def status(act) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        await act
    return refused.value.status, refused.value.code


async def works(database: Database) -> bool:
    return await database.read(HERE, ONE()) == [[1]]


async def test_connections_that_died_in_the_pool_are_replaced(stage: Stage):
    async with stage.open(size=2) as database:
        await asyncio.gather(works(database), works(database))
        terminate(stage)
        await asyncio.sleep(0.01)
        assert await works(database)


async def test_a_statement_whose_server_goes_is_a_503_and_the_next_one_works(stage: Stage):
    async with stage.open(size=1) as database:
        asked = asyncio.create_task(status(database.read(HERE, SLEEP(60))))
        await until(stage, ASLEEP, 1)
        await asyncio.to_thread(terminate, stage)
        assert await asked == (503, "database_unavailable")
        assert await works(database)


async def test_what_must_not_wait_comes_before_all_who_wait(stage: Stage):
    came: list[str] = []

    async def ask(name: str, reading: Awaitable[object]) -> None:
        await reading
        came.append(name)

    async with stage.open(size=1) as database:
        asked = [asyncio.create_task(ask("who holds it", database.read(HERE, SLEEP(1))))]
        await until(stage, ASLEEP, 1)
        asked.extend(asyncio.create_task(ask("who waits", works(database))) for _ in range(3))
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(ask("revocations", gate.invalidations_since(database, "0"))))
        await asyncio.gather(*asked)
    assert came == ["who holds it", "revocations", *["who waits"] * 3]


@pytest.mark.parametrize("more", [True, False])
async def test_a_transaction_whose_server_goes_is_a_503_and_never_a_silent_success(stage: Stage, more: bool):
    async def interrupted(database: Database) -> None:
        async with database.platform() as tx:
            await tx.run(ONE())
            await asyncio.to_thread(terminate, stage)
            if more:
                await tx.run(ONE())

    async with stage.open(size=1) as database:
        assert await status(interrupted(database)) == (503, "database_unavailable")
        assert await works(database)


async def test_a_server_that_is_not_there_is_a_503_each_time(stage: Stage):
    database = Database(make_conninfo(stage.app_url, host="/nowhere"), keys=stage.key, size=1)
    for _ in range(3):
        assert await status(works(database)) == (503, "database_unavailable")


async def test_who_gets_no_connection_in_time_is_told_so_and_later_served(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool, "_WAIT_SECONDS", 0.02)
    async with stage.open(size=1) as database:
        async with database.platform() as tx:
            await tx.run(ONE())
            assert await status(works(database)) == (503, "database_unavailable")
        assert await works(database)


async def test_those_who_wait_are_served_in_their_order(stage: Stage):
    order: list[int] = []

    async def ask(database: Database, number: int) -> None:
        await database.read(HERE, ONE())
        order.append(number)

    async with stage.open(size=1) as database:
        await asyncio.gather(*(ask(database, number) for number in range(8)))
    assert order == list(range(8))


async def test_who_gives_up_waiting_takes_no_place(stage: Stage):
    async with stage.open(size=1) as database:
        async with database.platform() as tx:
            await tx.run(ONE())
            waiting = [asyncio.create_task(works(database)) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        # The second has its turn now, and gives up before it can take it.
        waiting[1].cancel()
        assert await waiting[2]
        assert [task.cancelled() for task in waiting] == [True, True, False]
        assert await works(database)


async def test_who_gives_up_connecting_takes_no_place(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    async def slow(url: str) -> Connection:
        await asyncio.sleep(9)
        return await Connection.open(url)

    async with stage.open(size=1) as database:
        with monkeypatch.context() as patch:
            patch.setattr(pool.Connection, "open", slow)
            connecting = asyncio.create_task(works(database))
            await asyncio.sleep(0)
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
        assert await works(database)


async def test_a_cancelled_statement_is_waited_for_and_its_connection_kept(stage: Stage):
    async with stage.open(size=1) as database:
        before = await database.read(HERE, PID())
        for _ in range(3):
            asked = asyncio.create_task(database.read(HERE, SLEEP(0.05)))
            await asyncio.sleep(0.01)
            asked.cancel()
        assert await database.read(HERE, PID()) == before


async def test_a_cancelled_statement_that_never_ends_costs_its_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    async with stage.open(size=1) as database:
        before = await database.read(HERE, PID())
        asked = asyncio.create_task(database.read(HERE, SLEEP(60)))
        await until(stage, ASLEEP, 1)
        monkeypatch.setattr(pool, "_WAIT_SECONDS", 0.02)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        monkeypatch.undo()
        assert await database.read(HERE, PID()) != before


async def test_a_cancelled_statement_whose_server_goes_frees_its_place(stage: Stage):
    async with stage.open(size=1) as database:
        asked = asyncio.create_task(database.read(HERE, SLEEP(60)))
        await until(stage, ASLEEP, 1)
        asked.cancel()
        await asyncio.to_thread(terminate, stage)
        assert await works(database)


async def test_closing_waits_for_what_is_being_cleaned(stage: Stage):
    database = Database(stage.app_url, keys=stage.key, size=1)
    with suppress(DatabaseError):
        async with database.platform() as tx:
            await tx.run(Statement("select 1 / 0", nothing)())
    await database.close()
    await until(stage, LEFT, 0)


async def test_a_connection_that_is_lent_when_the_pool_closes_is_closed_when_it_comes_back(stage: Stage):
    lending = pool.Pool(stage.app_url, 1)
    connection = await lending.take()
    await lending.close()
    lending.give(connection)
    await lending.close()
    assert connection.is_broken


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[psycopg.AsyncConnection]:
    """Every connection that is made from here on."""
    made: list[psycopg.AsyncConnection] = []
    connect = psycopg.AsyncConnection.connect

    async def kept(*args: Any, **named: Any) -> psycopg.AsyncConnection:
        made.append(await connect(*args, **named))
        return made[-1]

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", kept)
    return made


@pytest.mark.parametrize("end", ["cancelled", "refused"])
async def test_a_connection_whose_first_answer_does_not_come_is_not_left_open(
    stage: Stage, opened: list[psycopg.AsyncConnection], monkeypatch: pytest.MonkeyPatch, end: str
):
    is_made = asyncio.Event()
    connect = psycopg.AsyncConnection.connect

    async def told(*args: Any, **named: Any) -> psycopg.AsyncConnection:
        made = await connect(*args, **named)
        is_made.set()
        return made

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", told)
    monkeypatch.setattr(wire, "_WHO", b"select 1 / 0" if end == "refused" else b"select pg_sleep(60)")
    opening = asyncio.create_task(Connection.open(stage.app_url))
    if end == "cancelled":
        await is_made.wait()
        opening.cancel()
    with pytest.raises(asyncio.CancelledError if end == "cancelled" else Disconnected):
        await opening
    assert [connection.closed for connection in opened] == [True]


async def test_a_connection_that_comes_back_busy_to_a_closed_pool_is_closed_at_once(
    stage: Stage, opened: list[psycopg.AsyncConnection]
):
    lending = pool.Pool(stage.app_url, 1)
    connection = await lending.take()
    asked = asyncio.create_task(connection.exchange([("select pg_sleep(60)", ())]))
    await asyncio.sleep(0)
    await lending.close()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    lending.give(connection)
    assert [connection.closed for connection in opened] == [True]


async def test_a_connection_whose_cleaning_is_cancelled_is_closed(stage: Stage, opened: list[psycopg.AsyncConnection]):
    lending = pool.Pool(stage.app_url, 1)
    connection = await lending.take()
    asked = asyncio.create_task(connection.exchange([("select pg_sleep(60)", ())]))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    lending.give(connection)
    await asyncio.sleep(0)
    (cleaning,) = lending._cleaning
    cleaning.cancel()
    await lending.close()
    assert [connection.closed for connection in opened] == [True]


async def test_a_turn_that_was_given_cannot_be_given_up():
    turn = asyncio.get_running_loop().create_future()
    turn.set_result(True)
    pool._give_up(turn)
    assert turn.result()
