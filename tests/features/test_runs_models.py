"""Runs that ask real wires, and what a run does when a model fails."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ringfence.base.outbound import Outbound
from ringfence.features.runs.models import Access, AssistantTurn, ModelConfig, ModelError, ModelErrorCode, Models
from ringfence.features.runs.progress import replay
from tests.fakes import anthropic_server, gemini_server, model_server, responses_server
from tests.running import Script, read, shown, theatre
from tests.world import Stage

AWAY = ModelError(ModelErrorCode.UNAVAILABLE, "Away.", is_retryable=True)


class Several:
    """Models by their names."""

    def __init__(self, **scripts: Script) -> None:
        self.scripts = scripts

    def get(self, name: str) -> Script:
        if name not in self.scripts:
            raise ModelError(ModelErrorCode.NOT_CONFIGURED, f"{name} needs a key.")
        return self.scripts[name]


def named(**scripts: Script) -> Several:
    return Several(**{name.replace("_", ":", 1).replace("_", "-"): script for name, script in scripts.items()})


@asynccontextmanager
async def vendors(**servers: Any) -> AsyncIterator[Models]:
    outbound = Outbound()
    access = {name: Access(SecretStr("sk-planted"), server.base_url) for name, server in servers.items()}
    try:
        yield Models(ModelConfig(**access), outbound)
    finally:
        await outbound.close()


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("setting", "fakes", "model"),
    [
        ("anthropic", anthropic_server, "anthropic:thinking"),
        ("google", gemini_server, "google:gemini-3-tool"),
        ("openai", responses_server, "openai-responses:o3-tool"),
        ("xai", model_server, "xai:tool-current_time"),
    ],
)
async def test_a_run_calls_a_tool_over_every_wire(stage: Stage, tmp_path: Path, setting: str, fakes: Any, model: str):
    async with theatre(stage, tmp_path) as it, fakes.serve() as fake, vendors(**{setting: fake}) as models:
        here = it.process(models)
        started = await it.start(here, "Time?", agent=await it.make_agent(model))
        events = await read(it.stream(here, started.run_id))
        assert events[-1][1] == "run.completed"
        assert "The tool said: <tool-result-" in shown(events)
        done = [data for _, kind, data in events if kind == "model.completed"]
        assert [one["model"] for one in done] == [model, model]
        assert all(one["output_tokens"] for one in done)
        told = json.dumps(events)
        assert "planted" not in told
        assert "carried" not in told


@pytest.mark.promise("AGT-02", "AGT-03")
async def test_a_process_that_takes_over_gives_a_model_its_reasoning_back(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it, anthropic_server.serve() as fake, vendors(anthropic=fake) as models:
        here = it.process(models)
        started = await it.start(here, "Time?", agent=await it.make_agent("anthropic:thinking"))
        await it.final(started.run_id)
        turns = replay(await it.stored(started.run_id)).turns
        assert isinstance(turns[0], AssistantTurn)
        assert anthropic_server.SIGNATURE in turns[0].carried


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    "failure",
    [
        AWAY,
        ModelError(ModelErrorCode.RATE_LIMITED, "", status=429),
        ModelError(ModelErrorCode.TIMEOUT, ""),
        ModelError(ModelErrorCode.BAD_ANSWER, ""),
        ModelError(ModelErrorCode.REJECTED, "", status=401),
        ModelError(ModelErrorCode.REJECTED, "", status=404),
        None,
    ],
)
async def test_where_a_provider_fails_the_next_model_answers_at_its_own_price(
    stage: Stage, tmp_path: Path, failure: ModelError | None
):
    async with theatre(stage, tmp_path) as it:
        second = Script(["Hello."])
        first = {} if failure is None else {"openai_gpt_5": Script([failure])}
        here = it.process(named(**first, openai_gpt_5_mini=second))
        started = await it.start(here, "go", agent=await it.make_agent("openai:gpt-5", "openai:gpt-5-mini"))
        events = await read(it.stream(here, started.run_id))
        assert shown(events) == "Hello."
        told = {kind: data for _, kind, data in events}
        assert told["model.failed"] == {
            "model": "openai:gpt-5", "step": 1, "code": failure.code if failure else "model_not_configured",
        }  # fmt: skip
        assert (told["model.completed"]["model"], told["model.completed"]["step"]) == ("openai:gpt-5-mini", 1)
        row = await it.run(started.run_id)
        assert (row.model, row.cost_micros) == ("openai:gpt-5-mini", 13)  # 10 read at 0.25, 5 written at 2 a million
        assert second.asked[0].model == "openai:gpt-5-mini"


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        (["Half an ans", ModelError(ModelErrorCode.CUT_OFF, "Cut.")], "model_cut_off"),
        ([ModelError(ModelErrorCode.REJECTED, "", status=400)], "model_rejected"),
        ([ModelError(ModelErrorCode.TOO_LARGE, "")], "model_too_large"),
    ],
)
async def test_what_was_said_or_refused_for_itself_is_not_asked_elsewhere(
    stage: Stage, tmp_path: Path, pieces: list[Any], code: str
):
    async with theatre(stage, tmp_path) as it:
        second = Script(["Another answer."])
        here = it.process(named(a_a=Script(pieces), a_b=second))
        started = await it.start(here, "go", agent=await it.make_agent("a:a", "a:b"))
        assert (await it.final(started.run_id)).failure_code == code
        assert second.asked == []
        assert "Another" not in str(await it.messages(started.conversation_id))


@pytest.mark.promise("AGT-02")
async def test_where_every_model_fails_the_last_one_says_why(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limited = ModelError(ModelErrorCode.RATE_LIMITED, "Too often.", status=429)
        here = it.process(named(a_a=Script([AWAY]), a_b=Script([limited])))
        started = await it.start(here, "go", agent=await it.make_agent("a:a", "a:b"))
        row = await it.final(started.run_id)
        assert (row.failure_code, row.model) == ("model_rate_limited", "a:a")
        assert (await it.kinds(started.run_id)) == ["run.started", "model.failed", "run.failed"]


async def test_a_model_that_declines_is_not_called_silent(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it, anthropic_server.serve() as fake, vendors(anthropic=fake) as models:
        started = await it.start(it.process(models), "go", agent=await it.make_agent("anthropic:refusal"))
        assert (await it.final(started.run_id)).failure_code == "model_refused"
