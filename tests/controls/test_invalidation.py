"""What is invalidated anywhere is invalid everywhere; who cannot know refuses."""

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from ringfence.base import clock, ids
from ringfence.base.principal import KeyId, SessionId, UserId
from ringfence.base.problem import Problem
from ringfence.controls.coordination import Invalidation, Kind, expiry
from ringfence.controls.tenancy import Database, DatabaseError, PlatformScope, Statement, gate, nothing
from tests.world import GONE, Stage


@pytest.fixture(autouse=True)
def _real_time() -> Iterator[None]:
    yield
    clock.travel(timedelta())


@asynccontextmanager
async def two_processes(stage: Stage):
    async with stage.open() as here, stage.open() as there:
        yield here, Invalidation(there)


@contextmanager
def cut_off(stage: Stage):
    """No connection of the app role lives, and no new one is taken."""
    with stage.admin() as admin:
        name = sql.Identifier(admin.info.dbname)
        admin.execute(sql.SQL("alter database {} connection limit 0").format(name))
        admin.execute(GONE)
        yield
        admin.execute(sql.SQL("alter database {} connection limit -1").format(name))


async def invalidate(database: Database, process: Invalidation, kind: Kind, subject: UUID) -> None:
    await database.write(PlatformScope(), process.publish(kind, subject))


async def wait_until(claim) -> None:
    async with asyncio.timeout(60):
        while not claim():  # noqa: ASYNC110 - the claim is about another process's state
            await asyncio.sleep(0.02)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.promise("EMB-05", "PRV-03")
async def test_a_restriction_is_seen_by_another_process_within_one_poll(stage: Stage):
    async with two_processes(stage) as (here, there):
        alice, issued_at = UserId(ids.new()), clock.now()
        await there.poll()
        assert not there.is_revoked(issued_at=issued_at, user_id=alice)
        await invalidate(here, there, Kind.USER, alice)
        await there.poll()
        assert there.is_revoked(issued_at=issued_at, user_id=alice)
        assert not there.is_revoked(issued_at=issued_at, user_id=UserId(ids.new()))


async def test_a_process_that_is_told_to_stop_in_the_moment_of_an_answer_stops(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    async with two_processes(stage) as (_, there):
        ask = gate.invalidations_since

        async def answered(database: Database, horizon: str) -> list[gate.InvalidationRow]:
            rows = await ask(database, horizon)
            asyncio.get_running_loop().call_soon(running.cancel)
            return rows

        monkeypatch.setattr(gate, "invalidations_since", answered)
        running = asyncio.create_task(there.run())
        done, _ = await asyncio.wait({running}, timeout=60)
        await stop(running)
        assert done == {running}


async def test_a_session_issued_after_the_restriction_was_lifted_lives(stage: Stage):
    async with two_processes(stage) as (here, there):
        alice = UserId(ids.new())
        await invalidate(here, there, Kind.USER, alice)
        await there.poll()
        assert not there.is_revoked(issued_at=clock.now() + timedelta(seconds=1), user_id=alice)


@pytest.mark.parametrize(("kind", "name"), [(Kind.SESSION, "session_id"), (Kind.SIGNING_KEY, "signing_key_id")])
@pytest.mark.promise("EMB-05")
async def test_what_ends_for_good_saves_no_later_token(stage: Stage, kind: Kind, name: str):
    async with two_processes(stage) as (here, there):
        ended: Any = ids.new()
        await invalidate(here, there, kind, ended)
        await there.poll()
        assert there.is_revoked(issued_at=clock.now() + timedelta(minutes=1), **{name: ended})


async def test_every_voucher_of_a_credential_counts(stage: Stage):
    async with two_processes(stage) as (here, there):
        issued_at, key, session = clock.now(), KeyId(ids.new()), SessionId(ids.new())
        await invalidate(here, there, Kind.API_KEY, key)
        await there.poll()
        assert there.is_revoked(issued_at=issued_at, session_id=session, key_id=key)
        assert not there.is_revoked(issued_at=issued_at, session_id=session)


@pytest.mark.promise("EMB-05")
async def test_a_late_commit_is_not_missed(stage: Stage):
    async with two_processes(stage) as (here, there), stage.open() as slow:
        alice, bob, issued_at = UserId(ids.new()), UserId(ids.new()), clock.now()
        async with slow.platform() as tx:
            await tx.run(there.publish(Kind.USER, alice))
            await invalidate(here, there, Kind.USER, bob)
            await there.poll()
            assert there.is_revoked(issued_at=issued_at, user_id=bob)
            assert not there.is_revoked(issued_at=issued_at, user_id=alice)
        await there.poll()
        assert there.is_revoked(issued_at=issued_at, user_id=alice)


async def test_a_cache_hears_of_each_invalidation_once(stage: Stage):
    async with two_processes(stage) as (here, there), stage.open() as slow:
        heard: list[UUID] = []
        there.subscribe(Kind.KEY, heard.append, forget_all=heard.clear)
        await there.poll()
        heard.clear()
        async with slow.platform() as tx:
            await tx.run(there.publish(Kind.USER, ids.new()))
            destroyed = ids.new()
            await invalidate(here, there, Kind.KEY, destroyed)
            await there.poll()
            await there.poll()
        assert heard == [destroyed]
        assert not there.is_revoked(issued_at=clock.now() - timedelta(hours=1), user_id=UserId(destroyed))


async def test_a_process_that_starts_later_knows_everything(stage: Stage):
    async with two_processes(stage) as (here, there):
        alice, issued_at = UserId(ids.new()), clock.now()
        await invalidate(here, there, Kind.USER, alice)
        late = Invalidation(here)
        await late.poll()
        assert late.is_revoked(issued_at=issued_at, user_id=alice)


async def test_what_outlived_every_token_is_forgotten(stage: Stage):
    async with two_processes(stage) as (here, there):
        alice, issued_at = UserId(ids.new()), clock.now()
        await invalidate(here, there, Kind.USER, alice)
        await there.poll()
        clock.travel(timedelta(hours=2, minutes=1))
        await there.poll()
        assert not there.is_revoked(issued_at=issued_at, user_id=alice)


async def test_rows_that_served_their_time_are_deleted(stage: Stage):
    async with stage.open() as database:
        old = ids.new()
        with stage.admin() as admin:
            admin.execute(
                "insert into app.invalidation (scope, scope_id, id, kind, subject_id, at) "
                "values ('platform', %s, %s, 'user', %s, now() - interval '3 hours')",
                [UUID(int=0), old, ids.new()],
            )
            await invalidate(database, Invalidation(database), Kind.USER, young := ids.new())
            assert await expiry(database).run() >= 1
            left = admin.execute("select id = %s, subject_id = %s from app.invalidation", [old, young]).fetchall()
        assert (False, True) in left
        assert not any(is_old for is_old, _ in left)


async def test_a_process_that_never_polled_refuses(stage: Stage):
    async with stage.open() as database:
        with pytest.raises(Problem, match="stale_process"):
            Invalidation(database).check_fresh()


async def test_a_stale_process_refuses_and_drops_its_caches_until_it_polls_again(stage: Stage):
    async with two_processes(stage) as (_, there):
        dropped: list[str] = []
        there.subscribe(Kind.KEY, lambda _: None, forget_all=lambda: dropped.append("all"))
        await there.poll()
        clock.travel(timedelta(seconds=4))
        there.check_fresh()
        clock.travel(timedelta(seconds=6))
        for _ in range(2):
            with pytest.raises(Problem, match="stale_process"):
                there.check_fresh()
        assert dropped == ["all"]
        await there.poll()
        there.check_fresh()


async def test_a_process_without_its_database_goes_stale_and_comes_back(stage: Stage):
    async with two_processes(stage) as (here, there):
        dropped: list[str] = []
        there.subscribe(Kind.KEY, lambda _: None, forget_all=lambda: dropped.append("all"))
        polling = asyncio.create_task(there.run())
        await wait_until(lambda: not _is_stale(there))
        with cut_off(stage):
            clock.travel(timedelta(seconds=7))
            there.wake()
            await wait_until(lambda: dropped)
            assert _is_stale(there)
        alice, issued_at = UserId(ids.new()), clock.now() - timedelta(minutes=1)
        await invalidate(here, there, Kind.USER, alice)
        await wait_until(lambda: there.is_revoked(issued_at=issued_at, user_id=alice))
        assert not _is_stale(there)
        await stop(polling)


async def test_a_wake_up_spares_the_wait(stage: Stage):
    async with two_processes(stage) as (here, there):
        polling = asyncio.create_task(there.run())
        await wait_until(lambda: not _is_stale(there))
        alice, issued_at = UserId(ids.new()), clock.now()
        await invalidate(here, there, Kind.USER, alice)
        there.wake()
        await wait_until(lambda: there.is_revoked(issued_at=issued_at, user_id=alice))
        await stop(polling)


async def test_a_rolled_back_change_invalidates_nothing(stage: Stage):
    async with two_processes(stage) as (here, there):
        alice, issued_at = UserId(ids.new()), clock.now()
        failing = Statement("select 1 / 0", nothing)()
        with pytest.raises(DatabaseError):
            await here.write(PlatformScope(), there.publish(Kind.USER, alice), failing)
        await there.poll()
        assert not there.is_revoked(issued_at=issued_at, user_id=alice)


def _is_stale(process: Invalidation) -> bool:
    try:
        process.check_fresh()
    except Problem:
        return True
    return False
