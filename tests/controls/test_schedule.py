"""Each periodic job runs once across processes, is recorded, and survives its holder."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.controls.coordination import Job, Schedule
from ringfence.controls.coordination import schedule as timings
from tests.world import Stage

HOUR = timedelta(hours=1)


def counting(done: list[UUID], holder: UUID):
    async def run() -> int:
        await asyncio.sleep(0.05)
        done.append(holder)
        return 7

    return run


def rows(stage: Stage, job: str):
    with stage.admin() as admin:
        return admin.execute(
            "select holder, outcome, count from app.schedule_run where job = %s order by id", [job]
        ).fetchall()


def make_due(stage: Stage, job: str) -> None:
    with stage.admin() as admin:
        admin.execute("update app.schedule set next_at = '-infinity' where job = %s", [job])


async def wait_until(claim) -> None:
    async with asyncio.timeout(60):
        while not claim():  # noqa: ASYNC110 - the claim is about another process's state
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timings, "_TICK_SECONDS", 0.02)


@pytest.mark.promise("HOK-03")
async def test_a_due_job_runs_once_across_processes_and_is_recorded(stage: Stage):
    done: list[UUID] = []
    async with stage.open() as here, stage.open() as there:
        schedules = [Schedule(here, ids.new()), Schedule(there, ids.new())]
        for number, each in enumerate(schedules):
            each.register(Job("once", HOUR, counting(done, UUID(int=number))))
        loops = [asyncio.create_task(each.run()) for each in schedules]
        await wait_until(lambda: [row[1:] for row in rows(stage, "once")] == [("success", 7)])
        await asyncio.sleep(0.3)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
    assert len(done) == len(rows(stage, "once")) == 1


async def test_a_job_runs_again_when_its_time_comes(stage: Stage):
    done: list[UUID] = []
    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        schedule.register(Job("again", timedelta(milliseconds=100), counting(done, UUID(int=1))))
        loop = asyncio.create_task(schedule.run())
        await wait_until(lambda: [row[1:] for row in rows(stage, "again")][:3] == [("success", 7)] * 3)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert len(done) >= 3


@pytest.mark.promise("HOK-03")
async def test_a_failure_is_recorded_and_the_job_waits_for_its_next_time(stage: Stage):
    async def fail() -> int:
        raise ZeroDivisionError

    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        schedule.register(Job("failing", HOUR, fail))
        done = await schedule.run_now("failing")
        assert done is not None
        assert not done.is_success
        with stage.admin() as admin:
            next_in, holder = admin.execute(
                "select next_at > now(), holder from app.schedule where job = 'failing'"
            ).fetchone()  # pyright: ignore[reportGeneralTypeIssues] - the row was just made
        assert (next_in, holder) == (True, None)
    assert [row[1:] for row in rows(stage, "failing")] == [("failure", None)]


@pytest.mark.promise("HOK-03")
async def test_a_crashed_holders_job_is_taken_over_after_its_lease(stage: Stage):
    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        schedule.register(Job("orphan", HOUR, counting([], UUID(int=1))))
        with stage.admin() as admin:
            admin.execute(
                "insert into app.schedule (job, holder, until) values ('orphan', %s, now() + interval '1 hour')",
                [ids.new()],
            )
            assert await schedule.run_now("orphan") is None
            admin.execute("update app.schedule set until = now() - interval '1 second' where job = 'orphan'")
            loop = asyncio.create_task(schedule.run())
            await wait_until(lambda: [row[1:] for row in rows(stage, "orphan")] == [("success", 7)])
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


async def test_a_job_whose_lease_was_lost_is_stopped(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timings, "_LEASE_SECONDS", 0.3)
    async with stage.open() as database:
        schedule = Schedule(database, ids.new())

        async def lose() -> int:
            with stage.admin() as admin:
                admin.execute("update app.schedule set holder = %s where job = 'lost'", [ids.new()])
            await asyncio.sleep(30)
            return 0

        schedule.register(Job("lost", HOUR, lose))
        done = await schedule.run_now("lost")
    assert done is not None
    assert not done.is_success


async def test_a_long_job_keeps_its_lease(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timings, "_RENEWALS", 600)
    go = asyncio.Event()

    async def work() -> int:
        await go.wait()
        return 1

    def leased_until() -> datetime | None:
        with stage.admin() as admin:
            row = admin.execute("select until from app.schedule where job = 'long'").fetchone()
        return row[0] if row else None

    async with stage.open() as here, stage.open() as there:
        schedules = [Schedule(here, ids.new()), Schedule(there, ids.new())]
        for each in schedules:
            each.register(Job("long", HOUR, work))
        running = asyncio.create_task(schedules[0].run_now("long"))
        await wait_until(leased_until)
        first = leased_until()
        await wait_until(lambda: leased_until() != first)
        assert await schedules[1].run_now("long") is None
        go.set()
        done = await running
        assert done is not None
        assert done.count == 1


async def test_a_stopped_process_hands_its_job_back_at_once(stage: Stage):
    started = asyncio.Event()

    async def never() -> int:
        started.set()
        await asyncio.sleep(60)
        return 0

    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        schedule.register(Job("stopped", HOUR, never))
        loop = asyncio.create_task(schedule.run())
        await asyncio.wait_for(started.wait(), 60)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        other = Schedule(database, ids.new())
        other.register(Job("stopped", HOUR, counting([], UUID(int=2))))
        done = await other.run_now("stopped")
        assert done is not None
        assert done.is_success


async def test_records_older_than_thirty_days_are_deleted(stage: Stage):
    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        with stage.admin() as admin:
            admin.execute("insert into app.schedule (job) values ('old') on conflict do nothing")
            for days in (31, 29):
                admin.execute(
                    "insert into app.schedule_run (id, job, holder, started_at) "
                    "values (%s, 'old', %s, now() - make_interval(days => %s))",
                    [ids.new(), ids.new(), days],
                )
        done = await schedule.run_now("schedule_runs")
        assert done is not None
        assert done.count == 1
    assert len(rows(stage, "old")) == 1


async def test_a_name_is_registered_once(stage: Stage):
    async with stage.open() as database:
        schedule = Schedule(database, ids.new())
        with pytest.raises(ValueError, match="twice"):
            schedule.register(Job("schedule_runs", HOUR, counting([], UUID(int=1))))
