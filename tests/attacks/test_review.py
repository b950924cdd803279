"""What a reviewer found: runs that could have stayed for ever, or gone on for somebody who was cut off."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.base.problem import Problem
from ringfence.controls.audit import Origin
from ringfence.controls.coordination import Kind
from ringfence.controls.tenancy import OrgScope, Statement, gate, nothing
from ringfence.features.runs import actions, open_engine
from ringfence.features.runs.live import Live
from ringfence.features.runs.response import EventStream
from tests.running import Process, Script, Theatre, theatre
from tests.world import Stage


async def two_at_once(it: Theatre, here: Process) -> tuple[actions.Started, actions.Started]:
    """Two messages that reach a conversation together: the one with the later id begins, the earlier one is queued."""
    before = await it.start(here, "hello")
    await it.final(before.run_id)
    order = actions.Order(it.agent, "go", before.conversation_id)
    early, late = (
        actions.prepare(it.kernel.vault, here.engine, it.caller(), order, origin=Origin.internal()) for _ in range(2)
    )
    began = await actions.start(it.database, here.engine, late)
    return await actions.start(it.database, here.engine, early), began


async def test_a_queued_run_spends_no_attempts_while_another_one_of_its_conversation_runs(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        here = it.process(Script(["hi"], [go, "first"], ["second"]))
        queued, began = await two_at_once(it, here)
        assert (queued.status, began.status) == ("queued", "running")
        assert await it.process().executor.claim() == 0
        go.set()
        assert (await it.final(began.run_id)).status == "completed"
        assert (await it.final(queued.run_id, claiming=here)).status == "completed"


async def test_a_run_that_lost_its_process_goes_on_whatever_is_queued_beside_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        dying, heir = it.process(Script(["hi"], [asyncio.Event()])), it.process(Script(["first"], ["second"]))
        queued, began = await two_at_once(it, dying)
        await it.kill(dying)
        assert await heir.executor.claim() == 1
        assert (await it.final(began.run_id)).status == "completed"
        assert (await it.final(queued.run_id, claiming=heir)).status == "completed"


async def test_a_run_whose_claim_was_never_answered_is_taken_over(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, heir = it.process(Script([asyncio.Event()])), it.process(Script(["done"]))
        await it.start(here, "keeps the heartbeat busy")
        draining = it.process()
        draining.executor.begin_drain()
        lost = await it.start(draining, "go")
        assert len(await gate.claim_runs(it.database, here.engine.holder, seconds=0.5, most=9)) == 1
        for _ in range(7):
            await asyncio.sleep(0.1)
            await here.executor.beat()
        assert await heir.executor.claim() == 1
        assert (await it.final(lost.run_id)).status == "completed"


RESTRICT = Statement("update app.app_user set status = 'restricted' where id = $1", nothing)


@pytest.mark.promise("EMB-05", "PRV-03")
async def test_a_run_in_flight_of_a_restricted_user_ends_within_seconds(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        model: Any = Script(["a secret ", asyncio.Event()])
        engine = open_engine(it.kernel, model, holder=ids.new(), lease_seconds=1)
        here = Process(it.kernel, engine)
        it.processes.append(here)
        await engine.start()
        started, others = await it.start(here, "go"), it.kernel.invalidation
        scope = OrgScope(it.cast.northwind, it.cast.rose, Role.PARTNER)
        await it.database.write(scope, RESTRICT(it.cast.alice), others.publish(Kind.USER, it.cast.alice))
        async with asyncio.timeout(30):
            await others.poll()
            run = await it.final(started.run_id)
        assert (run.status, run.failure_code) == ("failed", "user_restricted")


async def test_a_run_whose_journal_this_release_cannot_read_is_ended(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        dying, heir = it.process(Script([asyncio.Event()])), it.process(Script())
        started = await it.start(dying, "go")
        with stage.admin() as admin:
            admin.execute("update app.run_event set kind = 'of.tomorrow' where run_id = %s", [started.run_id])
        await it.kill(dying)
        run = await it.final(started.run_id, claiming=heir)
        assert (run.status, run.failure_code) == ("failed", "internal_error")


async def test_a_user_holds_so_many_streams_and_others_have_theirs():
    live, rose = Live(), OrgId(ids.new())
    alice, bob = UserId(ids.new()), UserId(ids.new())
    leaving = [live.join(rose, alice) for _ in range(100)]
    with pytest.raises(Problem, match="rate_limited"):
        live.check_room(rose, alice)
    live.check_room(rose, bob)
    leaving[0]()
    live.check_room(rose, alice)


async def test_a_reader_who_hangs_up_is_no_longer_counted(stage: Stage, tmp_path: Path):
    left = asyncio.Event()
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["a", asyncio.Event()]))
        started = await it.start(here, "go")
        response = EventStream(it.stream(here, started.run_id).chunks(), leave=left.set)
        sent = asyncio.Event()

        async def send(_message: Any) -> None:
            sent.set()

        async def receive() -> Any:
            await sent.wait()
            return {"type": "http.disconnect"}

        await response.serve(receive, send)
        assert left.is_set()
