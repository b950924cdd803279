"""A run can be cancelled in every state, from every process, and keeps what was said."""

import asyncio
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import Role, RunId
from ringfence.base.problem import Problem
from ringfence.features.runs import journal
from tests.running import Script, read, shown, theatre, until
from tests.world import Stage


@pytest.mark.promise("AGT-04")
async def test_a_run_that_is_executed_here_stops_at_once_and_keeps_its_words(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["said so far", asyncio.Event(), "never"]))
        started = await it.start(here, "go")
        reading = asyncio.create_task(read(it.stream(here, started.run_id)))
        await it.said(here, started.run_id, "said so far")
        assert (await it.cancel(here, started.run_id)).status == "cancelled"
        events = await reading
        assert [kind for _, kind, _ in events][-2:] == ["message.completed", "run.cancelled"]
        assert shown(events) == "said so far"
        assert await it.messages(started.conversation_id) == [("user", "go"), ("assistant", "said so far")]


@pytest.mark.promise("AGT-04")
async def test_a_run_that_is_executed_elsewhere_stops_at_its_next_heartbeat(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        there, here = it.process(Script(["said", asyncio.Event()])), it.process()
        started = await it.start(there, "go")
        asked = await it.cancel(here, started.run_id)
        assert (asked.status, asked.cancel_requested_at is not None) == ("running", True)
        await there.executor.beat()
        assert (await it.final(started.run_id)).status == "cancelled"


async def test_a_queued_run_is_cancelled_in_place(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        here = it.process(Script(["a", go], ["third"]))
        first = await it.start(here, "one")
        second = await it.start(here, "two", conversation=first.conversation_id)
        third = await it.start(here, "three", conversation=first.conversation_id)
        assert (await it.cancel(here, second.run_id)).status == "cancelled"
        assert await it.kinds(second.run_id) == ["run.queued", "run.cancelled"]
        go.set()
        assert (await it.final(third.run_id, claiming=here)).status == "completed"


async def test_a_dead_run_is_cancelled_in_place_with_what_was_stored(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        dying, here = it.process(Script(["stored", go, ", not stored", asyncio.Event()])), it.process()
        started = await it.start(dying, "go")
        await until(lambda: it.count("run_event", "run_id", started.run_id) == 2)
        monkeypatch.setattr(journal, "FLUSH_S", 60)
        go.set()
        await it.said(dying, started.run_id, "stored, not stored")
        await it.kill(dying)
        assert (await it.cancel(here, started.run_id)).status == "cancelled"
        assert shown(await read(it.stream(here, started.run_id))) == "stored"
        assert await here.executor.claim() == 0


async def test_cancelling_again_changes_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["a", asyncio.Event()], ["b"]))
        cancelled, done = await it.start(here, "go"), await it.start(here, "go")
        await it.cancel(here, cancelled.run_id)
        before = await it.kinds(cancelled.run_id)
        assert (await it.cancel(here, cancelled.run_id)).status == "cancelled"
        assert await it.kinds(cancelled.run_id) == before
        await it.final(done.run_id)
        assert (await it.cancel(here, done.run_id)).status == "completed"


async def test_a_wish_to_cancel_outlives_the_process_that_should_have_heard_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        dying, here = it.process(Script(["a", asyncio.Event()])), it.process()
        started = await it.start(dying, "go")
        await it.cancel(here, started.run_id)
        await it.kill(dying)
        assert (await it.final(started.run_id, claiming=here)).status == "cancelled"


@pytest.mark.promise("ACC-02")
async def test_nobody_cancels_a_run_that_is_not_theirs(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["a", asyncio.Event()]))
        started = await it.start(here, "go")
        for caller in (it.caller(it.cast.bob), it.caller(it.cast.mallory, it.cast.thorn, Role.ADMIN)):
            with pytest.raises(Problem, match="not_found"):
                await it.cancel(here, started.run_id, caller=caller)
        with pytest.raises(Problem, match="not_found"):
            await it.cancel(here, RunId(ids.new()))
        assert (
            await it.cancel(here, started.run_id, caller=it.caller(it.cast.bob, role=Role.ADMIN))
        ).status == "cancelled"
