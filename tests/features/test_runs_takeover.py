"""Another process goes on where one stopped: nothing finished is done again, and nobody writes who lost the lease."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import pytest

from ringfence.base.principal import RunId
from ringfence.controls.tenancy import scope_of
from ringfence.features.runs import tools
from ringfence.features.runs.events import MessageCompleted
from ringfence.features.runs.hold import Hold, RunLost
from ringfence.features.runs.journal import Journal
from ringfence.features.runs.live import LiveRun
from ringfence.features.runs.models import ToolCall, ToolTurn
from ringfence.features.runs.records import Records
from tests.running import PATIENCE_S, Counted, Script, Theatre, read, shown, theatre, until
from tests.world import Stage

CLOCK = ToolCall("c1", "current_time", '{"zone": "UTC"}')
SECOND = ToolCall("c2", "current_time", '{"zone": "Asia/Tokyo"}')


def once_only(name: str) -> tools.ToolDeclaration | None:
    found = tools.find(name)
    return found and replace(found, idempotent=False)


async def begin(it: Theatre, tool: Counted, *answers: list, find: Callable = tools.find):
    """A run whose process dies while `tool` is stuck; gives the run and its heir."""
    dying = it.process(Script(*answers), registry={"current_time": tool}, find=find)
    started = await it.start(dying, "what time is it")
    await until(lambda: len(tool.keys) == sum(isinstance(piece, ToolCall) for piece in answers[0]))
    await it.kill(dying)
    return started


@pytest.mark.promise("AGT-03")
async def test_a_finished_tool_call_is_not_made_again(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        tool, model = Counted(stuck_on="c2"), Script(["noon"])
        started = await begin(it, tool, ["let me see", CLOCK, SECOND])
        heir = it.process(model, registry={"current_time": tool})
        await it.final(started.run_id, claiming=heir)
        assert [key.rpartition(".")[2] for key in tool.keys] == ["c1", "c2", "c2"]
        assert tool.keys[1] == tool.keys[2]
        answers = [turn.text for turn in model.asked[0].messages if isinstance(turn, ToolTurn)]
        assert answers == ["12:00", "12:00"]
        assert shown(await read(it.stream(heir, started.run_id))) == "let me see\nnoon"


async def test_an_interrupted_call_of_a_tool_that_must_not_repeat_waits_for_a_person(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        tool = Counted(stuck_on="c1")
        started = await begin(it, tool, [CLOCK], find=once_only)
        heir = it.process(Script(), registry={"current_time": tool}, find=once_only)
        assert (await it.final(started.run_id, claiming=heir)).status == "waiting"
        assert len(tool.keys) == 1
        assert (await read(it.stream(heir, started.run_id)))[-1][1] == "run.waiting"
        assert await heir.executor.claim() == 0
        assert (await it.cancel(heir, started.run_id)).status == "cancelled"


async def test_a_call_that_had_not_begun_is_made(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        tool = Counted(stuck_on="c1")
        first = it.process(Script([CLOCK, SECOND]), registry={"current_time": tool}, find=once_only)
        started = await it.start(first, "go")
        await until(lambda: tool.keys)
        assert [kind for kind in await it.kinds(started.run_id) if kind == "tool.called"] == ["tool.called"]


async def test_a_writer_whose_lease_was_taken_over_writes_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        stale = it.process(Script(["what the stale one said", go, " and more"]))
        heir = it.process(Script(["what the heir said"]))
        started = await it.start(stale, "go")
        it.lapse(stale)  # stopped, as by SIGSTOP: no heartbeat for a whole lease
        await it.final(started.run_id, claiming=heir)
        go.set()
        await asyncio.gather(*stale.executor.tasks)
        assert await it.messages(started.conversation_id) == [("user", "go"), ("assistant", "what the heir said")]
        assert shown(await read(it.stream(heir, started.run_id))) == "what the heir said"


async def test_a_journal_behind_an_older_attempt_is_refused(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script([asyncio.Event()]))
        started = await it.start(here, "go")
        holder, scope = here.engine.holder, scope_of(it.caller())
        records = Records.of(it.kernel.vault, org_id=it.cast.rose, user_id=it.cast.alice, run_id=started.run_id)
        for held_by, attempt in ((holder, 0), (holder, 2), (it.cast.alice, 1)):
            hold = Hold(scope, started.run_id, started.conversation_id, it.cast.alice, held_by, attempt)
            journal = Journal(it.database, hold, records=records, live=LiveRun(2), next_seq=2)
            with pytest.raises(RunLost):
                await journal.append(MessageCompleted("forged"))
        assert await it.kinds(started.run_id) == ["run.started"]


def leased_until(it: Theatre, run_id: RunId) -> datetime:
    with it.stage.admin() as admin:
        row = admin.execute("select until from app.run_lease where run_id = %s", [run_id]).fetchone()
    assert row is not None
    return row[0]


async def test_heartbeats_keep_a_run(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        here, other = it.process(Script(["a", go])), it.process()
        await here.engine.start()
        started = await it.start(here, "go")
        for _ in range(2):
            before = leased_until(it, started.run_id)
            await until(lambda before=before: leased_until(it, started.run_id) > before)
            assert await other.executor.claim() == 0
        go.set()
        assert (await it.final(started.run_id)).status == "completed"


async def test_a_process_that_is_told_to_go_hands_its_runs_over(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        going, heir = it.process(Script(["half of it", asyncio.Event()])), it.process(Script(["all of it"]))
        started = await it.start(going, "go")
        reading = asyncio.create_task(read(it.stream(going, started.run_id)))
        await it.said(going, started.run_id, "half of it")
        await going.engine.drain(within_s=PATIENCE_S)
        before = await reading
        assert await heir.executor.claim() == 1
        assert (await it.kinds(started.run_id))[:2] == ["run.started", "message.delta"]
        await it.final(started.run_id)
        rest = await read(it.stream(heir, started.run_id, it.position(before)))
        assert shown([*before, *rest]) == "all of it"


async def test_a_run_that_is_interrupted_too_often_fails(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        dying, heir = it.process(Script([asyncio.Event()])), it.process(Script())
        started = await it.start(dying, "go")
        with it.stage.admin() as admin:
            admin.execute("update app.run_lease set attempt = 20 where run_id = %s", [started.run_id])
        await it.kill(dying)
        run = await it.final(started.run_id, claiming=heir)
        assert (run.status, run.failure_code) == ("failed", "attempts_exhausted")


@pytest.mark.promise("AGT-01", "PRV-03", "ACC-03")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("update app.organization set generative_ai = false", "ai_disabled"),
        ("update app.organization set status = 'restricted'", "organization_restricted"),
        ("update app.app_user set status = 'restricted'", "user_restricted"),
    ],
)
async def test_whoever_takes_over_asks_again_whether_the_user_may(
    stage: Stage, tmp_path: Path, change: LiteralString, code: str
):
    async with theatre(stage, tmp_path) as it:
        dying, heir = it.process(Script([asyncio.Event()])), it.process(Script())
        started = await it.start(dying, "go")
        await it.kill(dying)
        with it.stage.admin() as admin:
            admin.execute(change)
        run = await it.final(started.run_id, claiming=heir)
        assert (run.status, run.failure_code) == ("failed", code)
        assert (await read(it.stream(heir, started.run_id)))[-1][2]["code"] == code


async def test_a_fault_of_ours_ends_the_run_instead_of_repeating_it_for_ever(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["said", ZeroDivisionError()]))
        started = await it.start(here, "go")
        run = await it.final(started.run_id)
        assert (run.status, run.failure_code) == ("failed", "internal_error")


async def test_a_journal_that_was_tampered_with_ends_its_run(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        dying, heir = it.process(Script([asyncio.Event()])), it.process(Script())
        started = await it.start(dying, "go")
        await it.kill(dying)
        with it.stage.admin() as admin:
            admin.execute("update app.run_event set payload = '\\x00' where run_id = %s", [started.run_id])
        run = await it.final(started.run_id, claiming=heir)
        assert (run.status, run.failure_code) == ("failed", "internal_error")


@pytest.mark.promise("AGT-05")
async def test_a_deleted_conversation_stops_what_runs_in_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["a", 0.4, "b", asyncio.Event()]))
        started = await it.start(here, "go")
        reading = asyncio.create_task(read(it.stream(here, started.run_id)))
        await it.said(here, started.run_id, "a")
        await it.delete(started.conversation_id)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*here.executor.tasks)
        assert (await reading)[-1][1] != "run.completed"
        assert it.count("run_event", "run_id", started.run_id) == 0
