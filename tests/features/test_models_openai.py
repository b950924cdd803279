import asyncio
import json
import math
import sys
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from pydantic import SecretStr

from ringfence.base.outbound import Bounds, Outbound
from ringfence.features.runs.models import (
    Access,
    AnswerLimits,
    AssistantTurn,
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
from tests.fakes import model_server

BOUNDS = Bounds(total_s=30)
SHORT = {"first_byte_s": 0.5, "idle_s": 0.5}


class Pauses(list[float]):
    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@asynccontextmanager
async def world(**bounds):
    pauses, outbound = Pauses(), Outbound()
    limits = AnswerLimits(bounds=replace(BOUNDS, **bounds), retry=RetryPolicy(sleep=pauses.sleep))
    async with model_server.serve() as server:
        config = ModelConfig(openai=Access(SecretStr("sk-planted"), server.base_url))
        try:
            yield Models(config, outbound, limits=limits), server, pauses
        finally:
            await outbound.close()


def question(model: str) -> ModelRequest:
    return ModelRequest(model=f"openai:{model}", instructions="Be kind.", messages=(UserTurn("Hello"),))


async def ask(models: Models, request: ModelRequest):
    async with aclosing(models.get(request.model).stream(request)) as deltas:
        return [delta async for delta in deltas]


async def answer_of(model: str):
    async with world() as (models, _, _):
        return await ask(models, question(model))


async def error_of(model: str, **bounds) -> ModelError:
    async with world(**bounds) as (models, _, _):
        with pytest.raises(ModelError) as caught:
            await ask(models, question(model))
        return caught.value


def text_of(deltas) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


@pytest.mark.promise("AGT-02")
async def test_an_answer_streams_piece_by_piece():
    deltas = await answer_of("fake-20")
    assert [type(delta) for delta in deltas] == [TextDelta] * 20 + [Usage, Finish]
    assert text_of(deltas).endswith("zq19 zqend")
    assert deltas[-2:] == [Usage(10, 20), Finish(FinishReason.STOP)]


@pytest.mark.parametrize(
    ("model", "text", "ends"),
    [
        ("json", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("crlf", "one two three", [Finish(FinishReason.STOP)]),
        ("no-usage", "one two three", [Finish(FinishReason.STOP)]),
        ("no-done", "one two three", [Usage(10, 3), Finish(FinishReason.STOP)]),
        ("unknown-finish", "one two three", [Usage(10, 3), Finish(FinishReason.OTHER)]),
        ("length", "one two three", [Usage(10, 3), Finish(FinishReason.LENGTH)]),
        ("content-filter", "one", [Usage(10, 1), Finish(FinishReason.CONTENT_FILTER)]),
        ("refusal", "I will not.", [Usage(10, 3), Finish(FinishReason.REFUSAL)]),
    ],
)
async def test_an_unusual_answer_is_read(model, text, ends):
    deltas = await answer_of(model)
    assert text_of(deltas) == text
    assert deltas[-len(ends) :] == ends


@pytest.mark.parametrize(
    ("model", "arguments"),
    [("tool-current_time", '{"zone": "Europe/Copenhagen"}'), ("bad-json-arguments", '{"zone": "Euro')],
)
async def test_a_tool_call_is_put_together_from_its_fragments(model, arguments):
    call = ToolCall("call_a", "current_time", arguments)
    assert await answer_of(model) == [call, Usage(10, 5), Finish(FinishReason.TOOL_CALLS)]


async def test_parallel_tool_calls_are_kept_apart():
    first, second, *_ = await answer_of("tools-parallel")
    assert first == ToolCall("call_a", "current_time", '{"zone": "UTC"}')
    assert second == ToolCall("call_b", "current_time", '{"zone":"Asia/Tokyo"}')


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("hang", "model_timeout"),
        ("hang-mid", "model_timeout"),
        ("garbage", "model_bad_answer"),
        ("html", "model_bad_answer"),
        ("json-empty", "model_bad_answer"),
        ("cut", "model_cut_off"),
        ("half-event", "model_cut_off"),
        ("400-huge", "model_rejected"),
        ("cut-before", "model_unavailable"),
        ("huge", "model_too_large"),
        ("huge-event", "model_too_large"),
        ("429", "model_rate_limited"),
        ("500", "model_unavailable"),
        ("401", "model_rejected"),
        ("404", "model_rejected"),
        ("redirect", "model_rejected"),
        ("error-in-stream", "model_unavailable"),
        ("error-at-once", "model_unavailable"),
    ],
)
async def test_a_failing_provider_is_a_clear_code_without_its_words(model, code):
    error = await error_of(model, **(SHORT if model.startswith("hang") else {}))
    assert error.code == code
    assert error.as_problem().status == 502
    assert "planted" not in error.detail + error.cause


async def test_an_endless_stream_ends_by_size():
    assert (await error_of("huge", body_bytes=100_000)).code == "model_too_large"


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("model", ["429-then-ok", "500-then-ok"])
async def test_a_provider_that_recovers_is_asked_again(model):
    async with world() as (models, server, pauses):
        assert text_of(await ask(models, question(model))).endswith("zqend")
        assert (server.stats.calls, len(pauses)) == (2, 1)


@pytest.mark.promise("AGT-02")
async def test_a_provider_that_never_recovers_is_asked_four_times_and_its_wait_is_bounded():
    async with world(total_s=600) as (models, server, pauses):
        with pytest.raises(ModelError):
            await ask(models, question("429"))
        assert server.stats.calls == 4
        assert all(20 <= pause <= 28 for pause in pauses)


async def test_waiting_does_not_go_beyond_the_deadline():
    async with world(total_s=10) as (models, server, pauses):
        with pytest.raises(ModelError):
            await ask(models, question("429"))
        assert (server.stats.calls, pauses) == (1, [])


@pytest.mark.parametrize("model", ["hang-mid", "401"])
async def test_what_was_shown_or_refused_is_not_asked_again(model):
    async with world(**SHORT) as (models, server, _):
        with pytest.raises(ModelError):
            await ask(models, question(model))
        assert server.stats.calls == 1


async def test_hanging_up_stops_the_provider():
    async with world() as (models, server, _):
        request = question("slow-1000-10")
        async with aclosing(models.get(request.model).stream(request)) as deltas:
            assert await anext(deltas)
        async with asyncio.timeout(60):
            await server.abort_seen.wait()


async def test_connections_are_used_again():
    async with world() as (models, server, _):
        for _ in range(5):
            await ask(models, question("fake-20"))
        assert server.connections == 1
        assert server.stats.finished == 5


@pytest.mark.promise("AGT-09")
async def test_a_request_asks_the_provider_to_keep_nothing():
    async with world() as (models, server, _):
        await ask(models, question("fake-1"))
        assert server.requests[0].body["store"] is False
        assert server.requests[0].body["stream_options"] == {"include_usage": True}
        assert b"Authorization: Bearer sk-planted" in server.requests[0].headers


async def test_a_history_with_tool_calls_is_sent_in_the_providers_words():
    call = ToolCall("call_a", "current_time", "{broken")
    turns = (UserTurn("Time?"), AssistantTurn("", (call,)), ToolTurn("call_a", "current_time", "noon"))
    tools = (ToolSpec("current_time", "Gives the time.", {"type": "object"}),)
    request = ModelRequest("openai:tool-x", "", turns, tools, max_output_tokens=9, temperature=0.5)
    async with world() as (models, server, _):
        assert text_of(await ask(models, request)) == "The tool said: noon"
    body = server.requests[0].body
    function = {"name": "current_time", "arguments": "{}"}
    sent = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_a", "type": "function", "function": function}],
    }
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "tool"]
    assert body["messages"][1] == sent
    assert (body["max_tokens"], body["temperature"], body["tools"][0]["type"]) == (9, 0.5, "function")


async def test_a_request_with_a_million_characters_arrives():
    async with world() as (models, server, _):
        request = ModelRequest("openai:fake-1", "", (UserTurn("ø" * 1_000_000),))
        await ask(models, request)
    assert math.isclose(len(json.dumps(server.requests[0].body, ensure_ascii=False)), 1_000_000, rel_tol=0.01)


async def test_the_fake_serves_as_a_process_of_its_own():
    command = (sys.executable, "-m", "tests.fakes.model_server", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    base_url = (await process.stdout.readline()).decode().strip()
    outbound = Outbound()
    models = Models(ModelConfig(openai=Access(base_url=base_url)), outbound)
    assert text_of(await ask(models, question("slow-3-1"))) == "zq0 zq1 zq2 zqend"
    await outbound.close()
    process.kill()
    await process.wait()
