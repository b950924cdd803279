"""Every wire but the chat one (test_models_openai): the same story against each local server."""

import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from pydantic import SecretStr

from ringfence.base.outbound import Bounds, Outbound
from ringfence.features.runs.models import (
    Access,
    AnswerLimits,
    AssistantTurn,
    Carried,
    Finish,
    FinishReason,
    ModelConfig,
    ModelError,
    ModelRequest,
    Models,
    RetryPolicy,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolTurn,
    Usage,
    UserTurn,
)
from tests.fakes import anthropic_server, gemini_server, model_server, responses_server

SERVERS = {
    "anthropic": anthropic_server,
    "google": gemini_server,
    "openai-responses": responses_server,
    "xai": model_server,
}
OWN = ["anthropic", "google", "openai-responses"]
CLOCK = ToolSpec("current_time", "Gives the time.", {"type": "object", "properties": {"zone": {"type": "string"}}})
SHORT = {"first_byte_s": 0.5, "idle_s": 0.5}


class Pauses(list[float]):
    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


class World:
    def __init__(self, models, server, pauses, provider):
        self.models, self.server, self.pauses, self.provider = models, server, pauses, provider

    async def ask(self, model, *turns, **more):
        turns = turns or (UserTurn("Hello"),)
        request = ModelRequest(f"{self.provider}:{model}", "Be kind.", turns, tools=(CLOCK,), boundary="b0", **more)
        async with aclosing(self.models.get(request.model).stream(request)) as deltas:
            return [delta async for delta in deltas]


@asynccontextmanager
async def world(provider, **bounds):
    pauses, outbound = Pauses(), Outbound()
    limits = AnswerLimits(bounds=replace(Bounds(total_s=60), **bounds), retry=RetryPolicy(sleep=pauses.sleep))
    async with SERVERS[provider].serve() as server:
        access = Access(SecretStr("sk-planted"), server.base_url)
        config = ModelConfig(**{"openai" if provider == "openai-responses" else provider: access})
        try:
            yield World(Models(config, outbound, limits=limits), server, pauses, provider)
        finally:
            await outbound.close()


async def answer_of(provider, model):
    async with world(provider) as it:
        return await it.ask(model)


def text_of(deltas) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def calls_of(deltas) -> tuple[ToolCall, ...]:
    return tuple(delta for delta in deltas if isinstance(delta, ToolCall))


def said(deltas) -> AssistantTurn:
    carried = "".join(delta.data for delta in deltas if isinstance(delta, Carried))
    return AssistantTurn(text_of(deltas), calls_of(deltas), carried)


def answers(deltas, text: str = "noon") -> list[ToolTurn]:
    return [ToolTurn(call.call_id, call.name, text) for call in calls_of(deltas)]


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", list(SERVERS))
async def test_an_answer_streams_piece_by_piece(provider):
    deltas = await answer_of(provider, "fake-20")
    assert [type(delta) for delta in deltas] == [TextDelta] * 20 + [Usage, Finish]
    assert text_of(deltas).endswith("zq19 zqend")
    assert deltas[-2:] == [Usage(10, 20), Finish(FinishReason.STOP)]


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", list(SERVERS))
async def test_a_tool_call_comes_whole_and_its_answer_goes_back_as_words_of_others(provider):
    async with world(provider) as it:
        called = await it.ask("tool-current_time")
        (call,) = calls_of(called)
        assert (call.name, json.loads(call.arguments_json)) == ("current_time", {"zone": "Europe/Copenhagen"})
        assert called[-1] == Finish(FinishReason.TOOL_CALLS)
        told = text_of(await it.ask("tool-current_time", UserTurn("Time?"), said(called), *answers(called)))
        assert "<tool-result-b0 " in told
        assert "noon" in told
        assert "was written by others" in json.dumps(it.server.requests[-1].body)


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", OWN)
async def test_parallel_calls_are_kept_apart_and_answered_together(provider):
    async with world(provider) as it:
        called = await it.ask("tools-parallel")
        first, second = calls_of(called)
        assert [json.loads(call.arguments_json)["zone"] for call in (first, second)] == ["UTC", "Asia/Tokyo"]
        assert first.call_id != second.call_id
        told = text_of(await it.ask("tools-parallel", UserTurn("Time?"), said(called), *answers(called)))
        assert told.count("noon") == 2


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("provider", "model"), [("anthropic", "thinking"), ("google", "gemini-3-tool"), ("openai-responses", "o3-tool")]
)
async def test_sealed_reasoning_goes_back_to_its_model_in_place_and_is_never_shown(provider, model):
    async with world(provider) as it:
        called = await it.ask(model)
        turn = said(called)
        assert turn.text == "Let me look. "
        assert turn.carried
        told = await it.ask(model, UserTurn("Time?"), turn, *answers(called))
        assert "noon" in text_of(told)
        assert "planted-thought" not in text_of([*called, *told])
        spoilt = AssistantTurn(turn.text, turn.calls, turn.carried.replace("c2ln", "AAAA").replace("gAAAA", "gBBBB"))
        with pytest.raises(ModelError, match="model_rejected"):
            await it.ask(model, UserTurn("Time?"), spoilt, *answers(called))


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", list(SERVERS))
async def test_another_models_turn_is_taken_over_without_its_seal(provider):
    """After a fall-back: ids and reasoning of one provider mean nothing to the next."""
    foreign = AssistantTurn("", (ToolCall("call 1~2", "current_time", '{"zone": "Eu'),), '{"model":"x:y","items":[{}]}')
    turns = (UserTurn("Time?"), foreign, ToolTurn("call 1~2", "current_time", "noon", is_error=True))
    async with world(provider) as it:
        assert text_of(await it.ask("fake-2", *turns)).endswith("zqend")
        if provider == "google":
            assert "noon" in text_of(await it.ask("gemini-3-tool", *turns))


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", list(SERVERS))
async def test_any_history_is_one_that_the_wire_takes(provider):
    turns = (
        AssistantTurn("Cut history begins here."), AssistantTurn("Twice."), UserTurn("One"), UserTurn("Two"),
        AssistantTurn(""), AssistantTurn("Three  "), UserTurn("Four"),
    )  # fmt: skip
    async with world(provider) as it:
        assert text_of(await it.ask("fake-2", *turns, max_output_tokens=1)) == "zq0 zq1 zqend"


@pytest.mark.parametrize(
    ("provider", "model", "text", "ends"),
    [
        ("anthropic", "undocumented", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("anthropic", "no-usage", "one two three", [Finish(FinishReason.STOP)]),
        ("anthropic", "cached", "one", [Usage(124, 3), Finish(FinishReason.STOP)]),
        ("anthropic", "unknown-finish", "one", [Finish(FinishReason.OTHER)]),
        ("anthropic", "length", "one", [Usage(10, 3), Finish(FinishReason.LENGTH)]),
        ("anthropic", "context", "one", [Usage(10, 3), Finish(FinishReason.LENGTH)]),
        ("anthropic", "refusal", "", [Usage(10, 3), Finish(FinishReason.REFUSAL)]),
        ("anthropic", "json", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("google", "undocumented", "one two three", [Usage(10, 2), Finish(FinishReason.STOP)]),
        ("google", "no-usage", "one two three", [Finish(FinishReason.STOP)]),
        ("google", "cached", "one", [Usage(10, 10), Finish(FinishReason.STOP)]),
        ("google", "unknown-finish", "one", [Finish(FinishReason.OTHER)]),
        ("google", "length", "one", [Finish(FinishReason.LENGTH)]),
        ("google", "safety", "one", [Finish(FinishReason.CONTENT_FILTER)]),
        ("google", "prompt-blocked", "", [Usage(10, 0), Finish(FinishReason.CONTENT_FILTER)]),
        ("google", "json", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("google", "list", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("openai-responses", "undocumented", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("openai-responses", "no-usage", "one two three", [Finish(FinishReason.STOP)]),
        ("openai-responses", "cached", "one", [Usage(10, 9), Finish(FinishReason.STOP)]),
        ("openai-responses", "unknown-finish", "one", [Usage(10, 3), Finish(FinishReason.OTHER)]),
        ("openai-responses", "length", "one", [Usage(10, 3), Finish(FinishReason.LENGTH)]),
        ("openai-responses", "content-filter", "one", [Usage(10, 3), Finish(FinishReason.CONTENT_FILTER)]),
        ("openai-responses", "refusal", "I will not.", [Usage(10, 3), Finish(FinishReason.REFUSAL)]),
        ("openai-responses", "json", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
    ],
)
async def test_an_unusual_answer_is_read(provider, model, text, ends):
    deltas = await answer_of(provider, model)
    assert text_of(deltas) == text
    assert deltas[-len(ends) :] == ends
    assert not calls_of(deltas)


@pytest.mark.parametrize("provider", ["anthropic", "openai-responses"])
async def test_broken_arguments_are_handed_on_for_the_run_to_answer(provider):
    async with world(provider) as it:
        called = await it.ask("bad-json-arguments")
        assert calls_of(called)[0].arguments_json == '{"zone": "Euro'
        assert "noon" in text_of(await it.ask("bad-json-arguments", UserTurn("?"), said(called), *answers(called)))


async def test_calls_without_ids_get_some():
    async with world("google") as it:
        called = await it.ask("without-ids")
        assert len({call.call_id for call in calls_of(called)}) == 2
        assert "noon" in text_of(await it.ask("without-ids", UserTurn("?"), said(called), *answers(called)))


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("provider", OWN)
@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("hang-mid", "model_timeout"),
        ("garbage", "model_bad_answer"),
        ("json-empty", "model_bad_answer"),
        ("cut", "model_cut_off"),
        ("half-event", "model_cut_off"),
        ("huge", "model_too_large"),
        ("429", "model_rate_limited"),
        ("500", "model_unavailable"),
        ("401", "model_rejected"),
        ("404", "model_rejected"),
        ("error-in-stream", "model_unavailable"),
        ("overloaded", "model_unavailable"),
    ],
)
async def test_a_failing_provider_is_a_clear_code_without_its_words(provider, model, code):
    async with world(provider, **(SHORT if model.startswith("hang") else {})) as it:
        with pytest.raises(ModelError) as caught:
            await it.ask(model)
        assert caught.value.code == code
        assert "planted" not in caught.value.detail + caught.value.cause


@pytest.mark.parametrize(
    ("provider", "model", "code", "status"),
    [
        ("anthropic", "529", "model_unavailable", 529),
        ("anthropic", "413", "model_rejected", 413),
        ("google", "bad-key", "model_rejected", 401),
        ("google", "../../v1/files", "model_rejected", 404),
        ("google", "malformed-call", "model_bad_answer", None),
        ("openai-responses", "limited-in-stream", "model_rate_limited", 429),
        ("openai-responses", "context-too-long", "model_rejected", 400),
    ],
)
async def test_a_providers_own_way_to_fail_is_told_apart(provider, model, code, status):
    async with world(provider) as it:
        with pytest.raises(ModelError) as caught:
            await it.ask(model)
        assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("provider", "model", "asked_s"),
    [("anthropic", "529-then-ok", 7), ("anthropic", "429-then-ok", 7), ("openai-responses", "429-then-ok", 7),
     ("google", "500-then-ok", 0), ("google", "malformed-then-ok", 0)],
)  # fmt: skip
async def test_a_provider_that_recovers_is_asked_again_when_it_asks_for_it(provider, model, asked_s):
    async with world(provider) as it:
        assert text_of(await it.ask(model)).endswith("zqend")
        assert len(it.pauses) == 1
        assert it.pauses[0] >= asked_s


async def test_googles_delay_in_the_body_is_kept():
    async with world("google") as it:
        with pytest.raises(ModelError, match="model_rate_limited"):
            await it.ask("quota")
        assert all(pause >= 7.5 for pause in it.pauses)


@pytest.mark.parametrize("provider", list(SERVERS))
async def test_connections_are_used_again(provider):
    async with world(provider) as it:
        for _ in range(3):
            await it.ask("fake-20")
        assert it.server.connections == 1
