"""A round of probes: bounded, kept, raised when something turns, and never well without proof."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.controls import audit
from ringfence.controls.coordination import Job, Schedule
from ringfence.evidence import history, records
from ringfence.evidence.probes import Finding, Ground, Outcome, Probe
from ringfence.evidence.runner import Runner
from tests.evidence.ground import probe, standing
from tests.world import Stage

WELL = Finding(Outcome.OK, "Three things are well.", looked_at=3, control=True, facts={"things": 3})
BROKEN = replace(WELL, outcome=Outcome.FAILING, summary="One thing is broken.")
BLIND = replace(WELL, outcome=Outcome.UNKNOWN, summary="Cannot see.")


@pytest.fixture(autouse=True)
def _nothing_kept(stage: Stage):
    yield
    with stage.admin() as admin:
        admin.execute("delete from app.probe_state; delete from app.probe_result; delete from app.probe_day")


@asynccontextmanager
async def running(stage: Stage, data: Path, *probes: Probe) -> AsyncIterator[tuple[Runner, Ground]]:
    async with standing(stage, data) as ground:
        yield Runner(ground, ids.new(), probes=probes), ground


def says(*findings: Finding | BaseException):
    left = list(findings)

    async def run(_ground: Ground) -> Finding:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, BaseException):
            raise found
        return found

    return run


@pytest.mark.promise("TRU-01")
async def test_what_a_probe_finds_is_kept_and_read_in_one_round_trip(stage: Stage, tmp_path: Path):
    async with running(stage, tmp_path, probe(says(WELL))) as (runner, ground):
        assert await runner.round() == 1
        states, days = await history.read(ground.database)
        state = states["test.probe"]
        assert (state.outcome, state.summary, state.facts) == (Outcome.OK, "Three things are well.", {"things": 3})
        assert not state.stale
        assert [(day.ok, day.failing, day.unknown) for day in days["test.probe"]] == [(1, 0, 0)]
        assert await history.states(ground.database) == states
        assert await history.days(ground.database) == days


async def test_a_probe_looks_again_when_its_time_has_come(stage: Stage, tmp_path: Path):
    async with running(stage, tmp_path, probe(says(WELL))) as (runner, _):
        assert [await runner.round(), await runner.round()] == [1, 0]
        with stage.admin() as admin:
            admin.execute("update app.probe_state set checked_at = checked_at - interval '1 hour'")
        assert await runner.round() == 1


@pytest.mark.promise("TRU-01")
async def test_a_result_older_than_three_cadences_is_shown_as_unknown(stage: Stage, tmp_path: Path):
    async with running(stage, tmp_path, probe(says(WELL))) as (runner, ground):
        await runner.round()
        with stage.admin() as admin:
            admin.execute("update app.probe_state set checked_at = checked_at - interval '3 hours'")
        state = (await history.states(ground.database))["test.probe"]
        assert (state.outcome, state.stale) == (Outcome.UNKNOWN, True)


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize(
    ("finding", "outcome", "summary"),
    [
        (replace(WELL, looked_at=0), Outcome.UNKNOWN, "Found nothing to look at."),
        (replace(WELL, control=False), Outcome.FAILING, "The look missed what was planted for it."),
        (BROKEN, Outcome.FAILING, "One thing is broken."),
        (RuntimeError("secret"), Outcome.UNKNOWN, "Could not look: RuntimeError."),
        (asyncio.CancelledError(), Outcome.UNKNOWN, "Could not look: it was cancelled."),
    ],
)
async def test_a_look_that_proves_nothing_is_never_well(
    stage: Stage, tmp_path: Path, finding: Finding | BaseException, outcome: Outcome, summary: str
):
    async with running(stage, tmp_path, probe(says(finding))) as (runner, _):
        found = (await runner.run_now())[0].finding
        assert (found.outcome, found.summary) == (outcome, summary)


@pytest.mark.promise("TRU-01")
async def test_a_probe_that_hangs_is_cut_off_and_holds_nobody_up(stage: Stage, tmp_path: Path):
    ended = asyncio.Event()

    async def hang(_ground: Ground) -> Finding:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return WELL

    probes = [probe(hang, name="test.hangs", limit=0.05), probe(says(WELL))]
    async with running(stage, tmp_path, *probes) as (runner, _):
        found = {result.probe.name: result.finding for result in await runner.run_now()}
    assert found["test.hangs"].summary == "Took longer than 0.05 s."
    assert found["test.probe"].outcome is Outcome.OK
    assert ended.is_set(), "its work ended with it"


async def test_a_probe_that_will_not_end_is_not_begun_a_second_time(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    begun, let_go = 0, asyncio.Event()

    async def cling(_ground: Ground) -> Finding:
        nonlocal begun
        begun += 1
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        return WELL

    monkeypatch.setattr("ringfence.evidence.runner._GRACE_SECONDS", 0.05)
    async with running(stage, tmp_path, probe(cling, limit=0.05)) as (runner, _):
        said = [(await runner.run_now())[0].finding.summary for _ in range(2)]
        assert (begun, said[1]) == (1, "Could not look: the look before has not ended.")
        let_go.set()


@pytest.mark.promise("TRU-01")
async def test_a_change_for_the_worse_is_raised_once_and_so_is_the_recovery(stage: Stage, tmp_path: Path):
    findings = says(WELL, BROKEN, BROKEN, BLIND, BROKEN, BLIND, WELL, WELL)
    async with running(stage, tmp_path, probe(findings)) as (runner, ground):
        for _ in range(8):
            await runner.run_now()
        async with ground.database.platform() as tx:
            entries = [(entry.action, entry.details) for entry in await audit.recent(tx, 10)]
    said = {"probe": "test_probe"}
    assert entries[:2] == [("probe.recovered", said), ("probe.failed", said)]
    with stage.admin() as admin:
        changes = admin.execute("select outcome from app.probe_result where is_change order by id").fetchall()
    assert [row[0] for row in changes] == ["ok", "failing", "unknown", "failing", "unknown", "ok"]


async def test_a_probe_that_fails_at_its_first_look_is_raised(stage: Stage, tmp_path: Path):
    async with running(stage, tmp_path, probe(says(BROKEN))) as (runner, _):
        assert (await runner.run_now())[0].has_failed_now


async def test_one_round_at_a_time_runs_across_processes(stage: Stage, tmp_path: Path):
    looks = 0

    async def count(_ground: Ground) -> Finding:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.05)
        return WELL

    async with running(stage, tmp_path, probe(count)) as (runner, ground):
        schedules = [Schedule(ground.database, ids.new()) for _ in range(3)]
        for schedule in schedules:
            schedule.register(Job("probes", timedelta(minutes=1), runner.round))
        await asyncio.gather(*(schedule.run_now("probes") for schedule in schedules))
    assert looks == 1


async def test_old_results_are_thinned_to_one_an_hour_and_each_change(stage: Stage, tmp_path: Path):
    async with running(stage, tmp_path, probe(says(*[WELL] * 4, BROKEN))) as (runner, ground):
        for _ in range(5):
            await runner.run_now()
        with stage.admin() as admin:
            admin.execute("update app.probe_result set started_at = date_trunc('hour', now()) - interval '2 days'")
            admin.execute(
                "insert into app.probe_day (probe, day) values ('test.probe', now()::date - 91), "
                "('test.probe', now()::date - 89)"
            )
        assert await records.thin(ground.database) == 3
        with stage.admin() as admin:
            kept = admin.execute("select outcome from app.probe_result order by id").fetchall()
            admin.execute("update app.probe_result set started_at = now() - interval '91 days'")
        assert [row[0] for row in kept] == ["ok", "ok", "failing"]
        assert await runner.thin() == 3


async def test_a_look_that_could_not_tell_is_repeated_in_the_next_round(stage: Stage, tmp_path: Path):
    probes = (probe(says(BLIND)), probe(says(WELL), name="test.well"))
    async with running(stage, tmp_path, *probes) as (runner, _):
        assert [await runner.round(), await runner.round()] == [2, 1]
