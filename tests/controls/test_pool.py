"""The pool: a server that goes and comes back, too many askers, and callers who give up."""

import asyncio
from contextlib import suppress

import pytest
from psycopg.conninfo import make_conninfo

from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Database, DatabaseError, PlatformScope, Statement, nothing, pool, scalar
from ringfence.controls.tenancy.wire import Connection
from tests.world import Stage

HERE = PlatformScope()
ONE = Statement("select 1", scalar)
SLEEP = Statement("select pg_sleep($1)", nothing)
PID = Statement("select pg_backend_pid()", scalar)
TERMINATE = "select pg_terminate_backend(pid, 1000) from pg_stat_activity where usename = 'ringfence_app'"


def terminate(stage: Stage) -> None:
    """Ends every connection of the server's role and waits until they are gone."""
    with stage.admin() as admin:
        admin.execute(f"{TERMINATE} and datname = current_database()".encode())


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
        asked = asyncio.create_task(status(database.read(HERE, SLEEP(9))))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(terminate, stage)
        assert await asked == (503, "database_unavailable")
        assert await works(database)


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
        asked = asyncio.create_task(database.read(HERE, SLEEP(0.5)))
        await asyncio.sleep(0.01)
        monkeypatch.setattr(pool, "_WAIT_SECONDS", 0.02)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        monkeypatch.undo()
        assert await database.read(HERE, PID()) != before


async def test_a_cancelled_statement_whose_server_goes_frees_its_place(stage: Stage):
    async with stage.open(size=1) as database:
        asked = asyncio.create_task(database.read(HERE, SLEEP(9)))
        await asyncio.sleep(0.05)
        asked.cancel()
        await asyncio.to_thread(terminate, stage)
        assert await works(database)


async def test_closing_waits_for_what_is_being_cleaned(stage: Stage):
    database = Database(stage.app_url, keys=stage.key, size=1)
    with suppress(DatabaseError):
        async with database.platform() as tx:
            await tx.run(Statement("select 1 / 0", nothing)())
    await database.close()
    with stage.admin() as admin:
        left = "select count(*) from pg_stat_activity where usename = 'ringfence_app' and datname = current_database()"
        await asyncio.sleep(0.05)
        assert admin.execute(left.encode()).fetchone() == (0,)


async def test_a_connection_that_is_lent_when_the_pool_closes_is_closed_when_it_comes_back(stage: Stage):
    lending = pool.Pool(stage.app_url, 1)
    connection = await lending.take()
    await lending.close()
    lending.give(connection)
    await lending.close()
    assert connection.is_broken


async def test_a_turn_that_was_given_cannot_be_given_up():
    turn = asyncio.get_running_loop().create_future()
    turn.set_result(True)
    pool._give_up(turn)
    assert turn.result()
