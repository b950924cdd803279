import json

import pytest

from ringfence.assembly import model_access
from ringfence.base.outbound import Outbound
from ringfence.features.agents.model_names import PROVIDERS
from ringfence.features.runs.models import (
    Access,
    Finish,
    FinishReason,
    ModelConfig,
    ModelError,
    ModelRequest,
    Models,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolTurn,
    Usage,
    UserTurn,
    prices,
)
from ringfence.features.runs.models.scripted import PACES_S
from ringfence.settings import Settings

MODELS = Models(ModelConfig(), Outbound())
CLOCK = (ToolSpec("current_time", "Gives the time.", {}),)


async def ask(*turns, tools=CLOCK):
    request = ModelRequest("scripted:fast", "Be kind.", turns, tools)
    return [delta async for delta in MODELS.get(request.model).stream(request)]


def text_of(deltas) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


async def test_the_same_question_gets_the_same_answer():
    assert await ask(UserTurn("Hello there")) == await ask(UserTurn("Hello there"))


async def test_it_restates_the_question_and_explains_the_fence():
    said = text_of(await ask(UserTurn("May I see the invoices of Thorn?")))
    assert "May I see the invoices of Thorn?" in said
    assert "404" in said


@pytest.mark.parametrize("words", ["x", "Grüße an Rose", "two\nlines and {braces}", "long story"])
async def test_it_repeats_exactly_what_it_is_told(words):
    deltas = await ask(UserTurn(f"repeat after me: {words}"))
    assert text_of(deltas) == words
    assert deltas[-1] == Finish(FinishReason.STOP)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("what time is it in Copenhagen", "Europe/Copenhagen"),
        ("And in Tokyo?", "Asia/Tokyo"),
        ("the clock in America/Argentina/Buenos_Aires, please", "America/Argentina/Buenos_Aires"),
        ("what time is it", "UTC"),
    ],
)
async def test_it_asks_the_clock_for_a_place(said, zone):
    call, *rest = await ask(UserTurn(said))
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments_json)) == ("current_time", {"zone": zone})
    assert rest[-1] == Finish(FinishReason.TOOL_CALLS)


async def test_it_says_what_the_clock_answered():
    clock = '{"zone": "Europe/Copenhagen", "time": "2026-11-22T02:30:00+01:00", "offset": "+01:00"}'
    deltas = await ask(UserTurn("time in Copenhagen"), ToolTurn("call_1", "current_time", clock))
    assert text_of(deltas).startswith("In Copenhagen it is 02:30 on 2026-11-22 (UTC+01:00).")


@pytest.mark.parametrize("answer", ["noon", "[1]"])
async def test_it_survives_an_answer_that_it_does_not_know(answer):
    assert answer in text_of(await ask(UserTurn("time"), ToolTurn("c", "other", answer)))
    assert answer in text_of(await ask(UserTurn("time"), ToolTurn("c", "other", answer, is_error=True)))


async def test_without_a_clock_it_calls_no_tool():
    assert text_of(await ask(UserTurn("what time is it"), tools=())).startswith("Hello!")


async def test_a_story_is_long_enough_to_stop_it():
    deltas = await ask(UserTurn("Tell me a long story"))
    assert 250 <= len([delta for delta in deltas if isinstance(delta, TextDelta)]) <= 400
    assert PACES_S["demo"] == 0.05


async def test_usage_counts_words():
    deltas = await ask(UserTurn("repeat after me: one two"))
    assert deltas[-2] == Usage(input_tokens=7, output_tokens=2)


async def test_a_conversation_without_a_message_is_answered():
    assert text_of(await ask())


@pytest.mark.parametrize("name", ["scripted:other", "openai:gpt-5", "openai:", "nobody:model", "", "gpt-5"])
def test_a_model_that_nobody_configured_is_refused_with_its_mend(name):
    with pytest.raises(ModelError) as refused:
        MODELS.get(name)
    problem = refused.value.as_problem()
    assert (problem.status, problem.code) == (422, "model_not_configured")
    assert problem.detail


@pytest.mark.promise("AGT-02")
def test_a_local_server_needs_no_key():
    assert Models(ModelConfig(openai=Access(base_url="http://127.0.0.1:11434/v1")), Outbound()).get("openai:llama")


def test_a_cost_is_known_or_said_to_be_unknown():
    usage = Usage(input_tokens=1_000, output_tokens=1)
    assert prices.cost_micros("openai:gpt-5", usage) == 1_260
    assert prices.cost_micros("openai:gpt-4o-2024-08-06", usage) == 2_510
    assert prices.cost_micros("scripted:demo", usage) == 0
    assert prices.cost_micros("openai-responses:gpt-5", usage) == 1_260
    assert prices.cost_micros("anthropic:claude-haiku-4-5-20251001", usage) == 1_005
    assert prices.cost_micros("openai:llama", usage) is None


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("OPENAI_API_KEY", ["openai:x", "openai-responses:x"]),
        ("OPENAI_BASE_URL", ["openai:x", "openai-responses:x"]),
        ("ANTHROPIC_API_KEY", ["anthropic:x"]),
        ("GOOGLE_API_KEY", ["google:x"]),
        ("GEMINI_API_KEY", ["google:x"]),
        ("XAI_API_KEY", ["xai:x"]),
    ],
)
def test_a_key_opens_its_own_providers_models_and_no_others(
    monkeypatch: pytest.MonkeyPatch, name: str, asked: list[str]
):
    for setting in ("OPENAI", "ANTHROPIC", "GOOGLE", "GEMINI", "XAI"):
        monkeypatch.delenv(f"{setting}_API_KEY", raising=False)
        monkeypatch.delenv(f"{setting}_BASE_URL", raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:1/v1")
    models = Models(model_access(Settings()), Outbound())
    for provider in PROVIDERS[1:]:
        if f"{provider}:x" in asked:
            assert models.get(f"{provider}:x")
        else:
            with pytest.raises(ModelError, match="model_not_configured"):
                models.get(f"{provider}:x")
