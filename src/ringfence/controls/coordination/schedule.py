"""Periodic jobs: each once across all processes, each run recorded. Keeps HOK-03 (in part).

A job is claimed by one conditional update and leased; a holder that dies loses it when the lease ends. A failure is
recorded and logged, and the job runs again at its next time. Proved in tests/controls/test_schedule.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, final
from uuid import UUID

from ringfence.base import ids, log
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import (
    Bound,
    Database,
    DatabaseError,
    PlatformScope,
    Statement,
    gate,
    nothing,
    scalar,
)

_TICK_SECONDS = 1.0
_LEASE_SECONDS = 60.0
_RENEWALS = 3
_DECLARE = Statement(
    "insert into app.schedule (job) select name from unnest($1::text[]) as name on conflict (job) do nothing", nothing
)
_DUE = Statement(
    "select job from app.schedule where job = any($1::text[]) and next_at <= clock_timestamp() "
    "and (until is null or until < clock_timestamp())",
    scalar,
)
_CLAIM = Statement(
    "with claimed as (update app.schedule set holder = $2, until = clock_timestamp() + make_interval(secs => $3) "
    "where job = $1 and next_at <= clock_timestamp() and (until is null or until < clock_timestamp()) returning job) "
    "insert into app.schedule_run (id, job, holder, started_at) "
    "select $4, job, $2, clock_timestamp() from claimed returning id",
    scalar,
)
_CLAIM_NOW = Statement(
    "with claimed as (update app.schedule set holder = $2, until = clock_timestamp() + make_interval(secs => $3) "
    "where job = $1 and (until is null or until < clock_timestamp()) returning job) "
    "insert into app.schedule_run (id, job, holder, started_at) "
    "select $4, job, $2, clock_timestamp() from claimed returning id",
    scalar,
)
_RENEW = Statement(
    "update app.schedule set until = clock_timestamp() + make_interval(secs => $3) "
    "where job = $1 and holder = $2 returning job",
    scalar,
)
_FINISH = Statement(
    "with ended as (update app.schedule_run set finished_at = clock_timestamp(), outcome = $4, count = $5 "
    "where id = $3 returning started_at) "
    "update app.schedule set holder = null, until = null, "
    "next_at = (select started_at from ended) + make_interval(secs => $6) where job = $1 and holder = $2",
    nothing,
)
_RELEASE = Statement("update app.schedule set holder = null, until = null where holder = $1", nothing)
_PRUNE = Statement(
    "with pruned as (delete from app.schedule_run where started_at < now() - interval '30 days' returning 1) "
    "select count(*) from pruned",
    scalar,
)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often; `run` gives how many things it did."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job, as recorded; `count` is None where it failed."""

    id: UUID
    job: str
    count: int | None

    @property
    def is_success(self) -> bool:
        """The job ran to its end."""
        return self.count is not None


def expiry(database: Database) -> Job:
    """The job that deletes used token ids, idempotency answers and invalidations that have served their time."""
    return Job("expiry", timedelta(minutes=5), lambda: gate.expire(database))


@final
class Schedule:
    """Runs the registered jobs of this process, which the database names by `holder`."""

    def __init__(self, database: Database, holder: UUID) -> None:
        self._database = database
        self._holder = holder
        self._jobs: dict[str, Job] = {}
        self._declared: set[str] = set()
        self._running: dict[str, asyncio.Task[JobRun | None]] = {}
        self.register(Job("schedule_runs", timedelta(days=1), self._prune))

    def register(self, job: Job) -> None:
        """Takes a job in; each name once."""
        if job.name in self._jobs:
            raise ValueError(f"the job {job.name} is registered twice")
        self._jobs[job.name] = job

    @property
    def cadences(self) -> dict[str, timedelta]:
        """How often each registered job is to run, by its name."""
        return {job.name: job.every for job in self._jobs.values()}

    async def run(self) -> None:
        """Runs what is due, until cancelled; then hands back what it holds."""
        try:
            while True:
                await self._start_due()
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            await self._stop()

    async def run_now(self, name: str) -> JobRun | None:
        """Runs a job whatever its time; None when another process is at it."""
        await self._declare(name)
        return await self._claim_and_run(self._jobs[name], _CLAIM_NOW)

    async def _start_due(self) -> None:
        names = [name for name in self._jobs if name not in self._running]
        try:
            await self._declare(*names)
            due = (await self._database.read(PlatformScope(), _DUE(names)))[0]
        except (Problem, DatabaseError) as failure:
            log.error("schedule_unreadable", failure)
            return
        for name in due:
            self._running[name] = asyncio.create_task(self._claim_and_run(self._jobs[name], _CLAIM))
            self._running[name].add_done_callback(lambda task, name=name: self._ended(name, task))

    async def _declare(self, *names: str) -> None:
        new = [name for name in names if name not in self._declared]
        if new:
            await self._write(_DECLARE(new))
            self._declared.update(new)

    def _ended(self, name: str, task: asyncio.Task[JobRun | None]) -> None:
        del self._running[name]
        if not task.cancelled() and (failure := task.exception()) is not None:
            # The job's own failures are recorded; this one is the database's, and the lease lets another try.
            log.error("schedule_lost", failure, job=name)

    async def _claim_and_run(self, job: Job, claim: Statement[Any]) -> JobRun | None:
        run_id = ids.new()
        if not await self._write(claim(job.name, self._holder, _LEASE_SECONDS, run_id)):
            return None
        task = asyncio.ensure_future(job.run())
        try:
            await self._hold(job, task)
        finally:
            task.cancel()
            await asyncio.wait([task])
        failed = task.cancelled() or task.exception() is not None
        if failed:
            log.error("job_failed", None if task.cancelled() else task.exception(), job=job.name)
        done = JobRun(run_id, job.name, None if failed else task.result())
        outcome = "failure" if failed else "success"
        seconds = job.every.total_seconds()
        await self._write(_FINISH(job.name, self._holder, run_id, outcome, done.count, seconds))
        return done

    async def _hold(self, job: Job, task: "asyncio.Future[int]") -> None:
        """Renews the lease until the job ends; stops the job where the lease is lost."""
        while not (await asyncio.wait([task], timeout=_LEASE_SECONDS / _RENEWALS))[0]:
            if not await self._renew(job):
                task.cancel()
                await asyncio.wait([task])

    async def _renew(self, job: Job) -> bool:
        try:
            return bool(await self._write(_RENEW(job.name, self._holder, _LEASE_SECONDS)))
        except (Problem, DatabaseError) as failure:
            # Not lost yet: the lease outlasts two failed renewals, and a third party's claim shows at the next.
            log.error("schedule_not_renewed", failure, job=job.name)
            return True

    async def _stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._write(_RELEASE(self._holder))
        except (Problem, DatabaseError) as failure:
            log.error("schedule_not_released", failure)

    async def _prune(self) -> int:
        return (await self._write(_PRUNE()))[0]

    async def _write(self, bound: Bound[Any]) -> list[Any]:
        return (await self._database.write(PlatformScope(), bound))[0]
