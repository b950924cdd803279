"""A run that cannot answer ends with a code that says why, and keeps what was said."""

import asyncio
from pathlib import Path

import pytest

from ringfence.features.runs.models import ModelError, ModelErrorCode, TextDelta, ToolCall, ToolTurn
from tests.running import Script, read, shown, theatre
from tests.world import Stage

CLOCK = ToolCall("c1", "current_time", '{"zone": "UTC"}')


@pytest.mark.promise("AGT-05")
async def test_a_model_that_breaks_off_fails_the_run_and_its_words_stay(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        broken = ModelError(ModelErrorCode.CUT_OFF, "The model's answer broke off before its end.")
        here = it.process(Script(["half an ", "answer", broken]))
        started = await it.start(here, "go")
        events = await read(it.stream(here, started.run_id))
        assert shown(events) == "half an answer"
        assert events[-1][2] == {"code": "model_cut_off", "detail": "The model's answer broke off before its end."}
        assert (await it.run(started.run_id)).failure_code == "model_cut_off"


async def test_a_model_that_nobody_configured_fails_the_run(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        started = await it.start(here, "go", agent=await it.make_agent("openai:gpt-4o"))
        assert (await it.final(started.run_id)).failure_code == "model_not_configured"


async def test_an_empty_answer_is_no_answer(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        started = await it.start(it.process(Script([])), "go")
        assert (await it.final(started.run_id)).failure_code == "model_empty_answer"


@pytest.mark.promise("AGT-01")
@pytest.mark.parametrize(("limits", "code"), [({"max_steps": 3}, "step_limit"), ({"max_tokens": 40}, "token_limit")])
async def test_a_run_stays_within_its_agents_limits(stage: Stage, tmp_path: Path, limits: dict[str, int], code: str):
    async with theatre(stage, tmp_path) as it:
        model = Script(*[[CLOCK]] * 5)
        started = await it.start(it.process(model), "go", agent=await it.make_agent(limits=limits))
        assert (await it.final(started.run_id)).failure_code == code
        assert len(model.asked) == 3


async def test_a_run_that_takes_too_long_expires(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["so far", asyncio.Event()]))
        started = await it.start(here, "go", agent=await it.make_agent(limits={"max_seconds": 1}))
        run = await it.final(started.run_id)
        assert (run.status, run.failure_code) == ("expired", "run_timeout")
        assert shown(await read(it.stream(here, started.run_id))) == "so far"


@pytest.mark.promise("AGT-01")
async def test_a_tool_that_the_agent_does_not_have_is_not_performed(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        model = Script([ToolCall("c1", "delete_everything", "{}"), ToolCall("c1", "current_time", "[")], ["well"])
        started = await it.start(it.process(model), "go")
        assert (await it.final(started.run_id)).status == "completed"
        answers = [event for event in await it.stored(started.run_id) if event.kind == "tool.completed"]
        assert b"There is no such tool." in answers[0].data
        assert b"The arguments are not" in answers[1].data
        assert [turn.call_id for turn in model.asked[1].messages if isinstance(turn, ToolTurn)] == ["c1", "c1~1"]


@pytest.mark.promise("AIS-02")
async def test_hidden_characters_of_the_model_reach_neither_reader_nor_row(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script([TextDelta("vis\u200bible"), TextDelta("\U000e0041")]))
        started = await it.start(here, "go\u202e on")
        assert shown(await read(it.stream(here, started.run_id))) == "visible"
        assert await it.messages(started.conversation_id) == [("user", "go on"), ("assistant", "visible")]


@pytest.mark.promise("AGT-05")
async def test_each_model_request_is_an_event_with_its_tokens(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        started = await it.start(it.process(Script([CLOCK], ["noon"])), "go")
        run = await it.final(started.run_id)
        assert await it.kinds(started.run_id) == [
            "run.started", "model.completed", "tool.called", "tool.completed",
            "message.delta", "message.completed", "model.completed", "run.completed",
        ]  # fmt: skip
        assert (run.input_tokens, run.output_tokens) == (20, 10)
