import asyncio
import json

import pytest

from ringfence.features.runs import tools
from ringfence.features.runs.models import ToolCall


async def call(arguments: str, name: str = "current_time") -> tools.ToolResult:
    return await tools.perform(ToolCall("call_a", name, arguments), idempotency_key="run:call_a")


async def test_the_clock_gives_the_time_in_a_zone():
    result = await call('{"zone": "Asia/Kolkata"}')
    answer = json.loads(result.text)
    assert not result.is_error
    assert (answer["zone"], answer["offset"]) == ("Asia/Kolkata", "+05:30")
    assert answer["time"].endswith("+05:30")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "../../etc/passwd", "/etc/passwd", "UTC\\u0000", " "])
async def test_an_unknown_zone_is_said_in_words(zone):
    result = await call(f'{{"zone": "{zone}"}}')
    assert result.is_error
    assert "There is no time zone named" in result.text


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"zone": 1}',
        '{"zone": ""}',
        '{"zone": "UTC", "also": 1}',
        '{"zone": "%s"}' % ("x" * 65),
        "\ud800",
    ],
)
async def test_wrong_arguments_are_said_in_words(arguments):
    result = await call(arguments)
    assert result.is_error
    assert result.text.startswith("The arguments are not")


async def test_arguments_without_end_are_refused():
    assert (await call(" " * 200_000)).is_error


async def test_an_unknown_tool_is_said_in_words():
    assert await call("{}", "delete_everything") == tools.ToolResult("There is no such tool.", is_error=True)
    assert tools.find("delete_everything") is None


@pytest.mark.promise("AGT-06")
async def test_a_slow_tool_is_stopped():
    async def slow(_arguments: str, _key: str) -> tools.ToolResult:
        await asyncio.sleep(60)
        raise AssertionError

    one = ToolCall("call_a", "slow", "{}")
    result = await tools.perform(one, idempotency_key="k", registry={"slow": slow}, within_s=0.01)
    assert result.is_error
    assert "did not answer" in result.text


@pytest.mark.promise("AGT-06")
async def test_a_long_answer_with_hidden_characters_is_cut_and_cleaned():
    async def loud(_arguments: str, key: str) -> tools.ToolResult:
        return tools.ToolResult(key + "\u202e" + "x" * 1_000_000, is_error=False)

    result = await tools.perform(ToolCall("c", "loud", "{}"), idempotency_key="key", registry={"loud": loud})
    assert result.text.startswith("keyxxx")
    assert len(result.text) < tools.RESULT_CHARS + 100


def test_what_the_model_is_told_is_what_is_accepted():
    declaration = tools.find("current_time")
    assert declaration is not None
    assert list(declaration.parameters["properties"]) == list(tools.CurrentTimeArguments.__struct_fields__)
    assert (declaration.effect, declaration.idempotent) == ("read", True)
    assert declaration.as_spec().name == "current_time"
