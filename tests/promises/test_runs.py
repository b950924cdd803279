"""Runs are durable, their streams resumable, their history open to those it belongs to, and to nobody else."""

import asyncio
from pathlib import Path

import pytest

from ringfence.features.runs import journal
from ringfence.features.runs.events import START, parse_last_event_id
from ringfence.features.runs.models import ToolCall
from tests.running import Counted, Script, frames, read, shown, theatre
from tests.world import Stage

CLOCK = ToolCall("c1", "current_time", '{"zone": "UTC"}')


@pytest.mark.promise("AGT-03", "AGT-04")
async def test_wherever_a_crash_cuts_the_stream_the_reader_ends_with_what_is_stored(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Cut behind each frame of a stream that a crash interrupted, resumed on another process."""
    monkeypatch.setattr(journal, "FLUSH_CHARS", 6)
    async with theatre(stage, tmp_path) as it:
        dying = it.process(Script([*(x for n in range(6) for x in (f"word{n} ", 0.01)), asyncio.Event()]))
        started = await it.start(dying, "go")
        seen = b""
        async for chunk in it.stream(dying, started.run_id).chunks():
            seen += chunk
            if b"word5" in chunk:
                break
        await it.kill(dying)
        heir = it.process(Script(["other ", "words"]))
        await it.final(started.run_id, claiming=heir)
        before = frames(seen)
        for cut in range(len(before) + 1):
            at = parse_last_event_id(before[cut - 1][0]) if cut else START
            rest = await read(it.stream(heir, started.run_id, at))
            assert shown([*before[:cut], *rest]) == "other words"


@pytest.mark.promise("AGT-03")
async def test_a_run_outlives_its_process_and_repeats_no_finished_tool_call(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        tool = Counted()
        dying = it.process(Script([CLOCK], ["never heard", asyncio.Event()]), registry={"current_time": tool})
        started = await it.start(dying, "what time is it")
        await it.said(dying, started.run_id, "never heard")
        await it.kill(dying)
        heir = it.process(Script(["noon"]), registry={"current_time": tool})
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert len(tool.keys) == 1
        assert await it.messages(started.conversation_id) == [("user", "what time is it"), ("assistant", "noon")]


@pytest.mark.promise("AGT-03")
async def test_a_database_that_goes_away_in_mid_run_loses_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["before ", 0.4, "meanwhile ", 0.6, "after"]), lease_s=30)
        started = await it.start(here, "go")
        reading = asyncio.create_task(read(it.stream(here, started.run_id)))
        await it.said(here, started.run_id, "before ")
        await it.heard(here, started.run_id)
        with it.away():
            await asyncio.sleep(1.5)
        assert shown(await reading) == "before meanwhile after"
        assert (await it.final(started.run_id)).status == "completed"


@pytest.mark.promise("AGT-05")
async def test_each_request_call_error_token_and_cost_is_an_event(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["let me see", CLOCK], ["noon"]))
        started = await it.start(here, "go")
        events = await read(it.stream(here, started.run_id))
        told = {kind: data for _, kind, data in events}
        assert told["tool.called"]["args"] == {"zone": "UTC"}
        assert told["tool.completed"]["is_error"] is False
        assert [(data["input_tokens"], data["step"]) for _, kind, data in events if kind == "model.completed"] == [
            (10, 1),
            (10, 2),
        ]
        assert told["run.completed"] == {"input_tokens": 20, "output_tokens": 10, "cost_micros": 0}


@pytest.mark.promise("TEN-07")
async def test_a_stream_of_another_organization_holds_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["planted", asyncio.Event()]))
        started = await it.start(here, "go")
        await it.said(here, started.run_id, "planted")
        for stranger in (it.caller(it.cast.mallory, it.cast.thorn), it.caller(it.cast.bob)):
            assert here.engine.live.find(it.cast.thorn, started.run_id) is None
            scope_stream = it.stream(it.process(), started.run_id, caller=stranger)
            assert await read(scope_stream) == []


@pytest.mark.promise("AGT-05")
async def test_what_is_said_in_a_run_lies_sealed_in_the_database(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["the canary sings", CLOCK], ["again"]))
        started = await it.start(here, "a canary asks")
        await it.final(started.run_id)
        with it.stage.admin() as admin:
            rows = admin.execute("select payload from app.run_event union all select text from app.message").fetchall()
        assert len(rows) > 5
        assert not any(b"canary" in bytes(row[0]) for row in rows)
