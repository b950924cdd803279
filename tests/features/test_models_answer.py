import json

import pytest

from ringfence.features.runs.models import Finish, FinishReason, ModelError, TextDelta, ToolCall, Usage
from ringfence.features.runs.models.openai_answer import Assembly


def assemble(*choices, usage=None, max_chars: int = 1_000):
    assembly, deltas = Assembly(max_chars=max_chars), []
    for choice in choices:
        assembly.take(json.dumps({"choices": [choice], "usage": usage}).encode(), deltas)
    return [*deltas, *assembly.end()]


def fragment(index=None, call_id=None, name=None, arguments=None, finish=None):
    call = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return {"delta": {"tool_calls": [call]}, "finish_reason": finish}


def test_calls_without_an_index_are_told_apart_by_their_ids():
    deltas = assemble(fragment(None, "a", "one", "{}"), fragment(None, "b", "two", '{"x":1}', "stop"))
    assert deltas[:2] == [ToolCall("a", "one", "{}"), ToolCall("b", "two", '{"x":1}')]
    assert deltas[-1] == Finish(FinishReason.TOOL_CALLS)


def test_two_calls_at_one_index_are_told_apart_by_their_ids():
    deltas = assemble(fragment(0, "a", "one", "{}"), fragment(0, "b", "two", "{}", "tool_calls"))
    assert [call.call_id for call in deltas if isinstance(call, ToolCall)] == ["a", "b"]


def test_a_call_without_an_id_gets_one():
    assert assemble(fragment(0, None, "one", None, "stop"))[0] == ToolCall("call_0", "one", "{}")


def test_a_call_cut_by_the_length_limit_is_not_made():
    assert assemble(fragment(0, "a", "pay", '{"sum": 1', "length")) == [Finish(FinishReason.LENGTH)]


def test_a_second_choice_is_not_mixed_in():
    deltas = assemble({"index": 1, "delta": {"content": "other"}}, {"delta": {"content": "x"}, "finish_reason": "stop"})
    assert deltas == [TextDelta("x"), Finish(FinishReason.STOP)]


def test_usage_without_numbers_counts_as_nothing():
    usage = {"prompt_tokens": None, "completion_tokens": -5}
    assert assemble({"finish_reason": "stop"}, usage=usage) == [Usage(0, 0), Finish(FinishReason.STOP)]


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"delta": {"content": "x" * 11}, "finish_reason": "stop"}, "model_too_large"),
        (fragment(0, "a", "one", "x" * 11, "stop"), "model_too_large"),
        (fragment(0, "a", None, "{}", "stop"), "model_bad_answer"),
        ({"delta": {"content": 7}}, "model_bad_answer"),
        ({"delta": {"content": "x"}}, "model_cut_off"),
    ],
)
def test_what_is_no_answer_is_a_clear_code(choice, code):
    with pytest.raises(ModelError) as caught:
        assemble(choice, max_chars=10)
    assert caught.value.code == code


def test_more_calls_than_anyone_needs_are_refused():
    with pytest.raises(ModelError, match="model_too_large"):
        assemble(*(fragment(index, f"c{index}", "one", "{}") for index in range(65)))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "rate_limit_exceeded"}, "model_rate_limited"),
        ({"code": 429}, "model_rate_limited"),
        ({"type": "invalid_request_error"}, "model_rejected"),
        ({"code": "context_length_exceeded"}, "model_rejected"),
        ("overloaded", "model_unavailable"),
        ({"code": ["odd"]}, "model_unavailable"),
    ],
)
def test_an_error_in_the_stream_is_told_apart(error, code):
    with pytest.raises(ModelError) as caught:
        Assembly(max_chars=9).take(json.dumps({"error": error}).encode(), [])
    assert caught.value.code == code
    assert "overloaded" not in caught.value.cause
