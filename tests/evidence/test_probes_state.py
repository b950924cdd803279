"""Probes of what the deployment does: each is well on a sound one, and red once its control is switched off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import Statement, nothing
from ringfence.evidence.probes import Ground, Outcome, revocation
from tests.evidence.ground import look, outcome, standing
from tests.world import Cast, Stage, plant

JOBS = {"expiry": timedelta(minutes=5)}
_LEASE = Statement("insert into app.run_lease (run_id, holder, attempt, until) values ($1, $1, 1, $2)", nothing)
_RUN = Statement(
    "with talk as (insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1) returning id) "
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role) "
    "select $1, id, $2, $1, 1, '', 'scripted:demo', 'running', 'member' from talk",
    nothing,
)
_DESTROY = Statement("insert into app.key_destruction (id, org_id) values ($1, $2)", nothing)
FULL = (
    "create function app.forget_limits() returns trigger language plpgsql as "
    "$$ begin new.arrival := '-infinity'; return new; end $$; "
    "create trigger forget before insert or update on app.rate_limit for each row execute function app.forget_limits()"
)


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return asyncio.run(plant(stage))


@asynccontextmanager
async def polling(ground: Ground) -> AsyncIterator[None]:
    """The process's own poll for invalidations, as the server runs it."""
    await ground.invalidation.poll()
    poller = asyncio.create_task(ground.invalidation.run())
    try:
        yield
    finally:
        poller.cancel()
        with suppress(asyncio.CancelledError):
            await poller


@pytest.mark.promise("AGT-03")
async def test_a_run_that_nobody_takes_over_turns_its_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    scope, run_id = cast.as_user(cast.alice, cast.rose), ids.new()
    async with standing(stage, tmp_path) as ground:
        found = await look("runs.overdue", ground)
        assert (found.outcome, found.facts["accepted_and_not_final"]) == (Outcome.OK, 0)
        await ground.database.write(scope, _RUN(run_id, cast.alice), _LEASE(run_id, "2020-01-01"))
        assert await outcome("runs.overdue", ground) is Outcome.FAILING
        with stage.admin() as admin:
            admin.execute("update app.run_lease set until = now() + interval '1 minute'")
        assert await outcome("runs.overdue", ground) is Outcome.OK


@pytest.mark.promise("PRV-01", "CRY-03")
async def test_a_key_that_is_not_destroyed_turns_its_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        ground.keystore.create(KeyOwner.organization(cast.thorn))
        assert await outcome("erasure.keys", ground) is Outcome.OK
        long_ago = UUID(int=(1_600_000_000_000 << 80) | 7 << 76 | 2 << 62)
        await ground.database.write(cast.as_user(cast.mallory, cast.thorn), _DESTROY(long_ago, cast.thorn))
        assert await outcome("erasure.keys", ground) is Outcome.FAILING
        with stage.admin() as admin:
            admin.execute("update app.key_destruction set done_at = now()")
        assert await outcome("erasure.keys", ground) is Outcome.FAILING, "it is said to be done, and is not"
        ground.keystore.destroy(KeyOwner.organization(cast.thorn))
        assert await outcome("erasure.keys", ground) is Outcome.OK


@pytest.mark.promise("CRY-03")
async def test_a_key_below_a_destroyed_owner_turns_its_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with standing(stage, tmp_path) as ground:
        owner = KeyOwner.organization(OrgId(ids.new()))
        ground.keystore.create(owner)
        ground.keystore.destroy(owner)
        assert await outcome("erasure.keys", ground) is Outcome.OK
        left = {**ground.keystore.inventory(), f"{owner.path}/user/{ids.new().hex}": [b"k" * 16]}
        monkeypatch.setattr(ground.keystore, "inventory", lambda: left)
        assert await outcome("erasure.keys", ground) is Outcome.FAILING


@pytest.mark.promise("EMB-05")
async def test_a_process_that_does_not_poll_turns_its_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with standing(stage, tmp_path) as ground:
        async with polling(ground):
            found = await look("invalidation.time", ground)
            assert (found.outcome, int(found.facts["milliseconds"]) <= 5000) == (Outcome.OK, True)
        monkeypatch.setattr(revocation, "PROMISED_S", 0.3)
        assert await outcome("invalidation.time", ground) is Outcome.FAILING


@pytest.mark.promise("RAT-01")
async def test_a_store_that_forgets_its_limits_turns_its_probe_red(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        found = await look("limits.authentication", ground)
        assert (found.outcome, found.looked_at) == (Outcome.OK, 11)
        with stage.admin() as admin:
            admin.execute(FULL)
            assert await outcome("limits.authentication", ground) is Outcome.FAILING
            admin.execute("drop trigger forget on app.rate_limit; drop function app.forget_limits()")
        assert await outcome("limits.authentication", ground) is Outcome.OK


@pytest.mark.promise("RAT-01")
@pytest.mark.parametrize("limits", ["auth=11/60", "auth=100000/60"])
async def test_a_limit_above_the_promise_is_red_however_well_it_holds(stage: Stage, tmp_path: Path, limits: str):
    async with standing(stage, tmp_path, limits=limits) as ground:
        assert await outcome("limits.authentication", ground) is Outcome.FAILING


@pytest.mark.promise("HOK-03")
async def test_a_job_that_is_late_or_failed_turns_its_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringfence.evidence.probes.jobs._AGAIN_S", 0.01)
    async with standing(stage, tmp_path, jobs=JOBS) as ground:
        assert await outcome("schedule.jobs", ground) is Outcome.UNKNOWN, "no job has been declared yet"
        with stage.admin() as admin:
            admin.execute("insert into app.schedule (job, next_at) values ('expiry', now() + interval '1 minute')")
            admin.execute("insert into app.schedule (job, next_at) values ('older_release', now() - interval '1 y')")
            assert await outcome("schedule.jobs", ground) is Outcome.OK
            admin.execute("update app.schedule set next_at = now() - interval '6 minutes' where job = 'expiry'")
            assert (await look("schedule.jobs", ground)).faults == ("expiry is late",)
            admin.execute("update app.schedule set until = now() + interval '1 minute' where job = 'expiry'")
            assert await outcome("schedule.jobs", ground) is Outcome.OK, "somebody is at it"
            admin.execute("update app.schedule set holder = gen_random_uuid() where job = 'expiry'")
            admin.execute(
                "insert into app.schedule_run (id, job, holder, started_at) "
                "select '00000000-0000-7000-8000-000000000000', job, holder, now() - interval '31 minutes' "
                "from app.schedule where job = 'expiry'"
            )
            assert (await look("schedule.jobs", ground)).faults == ("expiry is late",), "it hangs, lease and all"
            admin.execute(
                "insert into app.schedule_run (id, job, holder, finished_at, outcome) "
                "values (gen_random_uuid(), 'expiry', gen_random_uuid(), now(), 'failure')"
            )
            assert (await look("schedule.jobs", ground)).faults == ("expiry failed",)
