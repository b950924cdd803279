"""A model server on loopback that speaks OpenAI's Responses wire; the model's name decides how it behaves.

The names are those of tests.fakes.anthropic_server, and
  o3-tool           reasons, calls the tool, and wants its sealed reasoning back with the answer
  failed, error-event, context-too-long, content-filter, other-incomplete
What the real server refuses is refused: see `_check`.
"""

import itertools
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.fakes import wire_server
from tests.fakes.wire_server import ENDINGS, Refused, Reply, Request, State, event, only, refusal, require

PREFIX = "/v1"
SEALED = "gAAAA-sealed-reasoning"
_NAMED = re.compile(r"(?:fake|slow)-(\d+)(?:-(\d+))?$")
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 500: "server_error"}
_BODY = {"model", "input", "instructions", "stream", "store", "include", "tools", "tool_choice", "temperature"}
_BODY |= {"max_output_tokens", "parallel_tool_calls", "reasoning"}
_SHORTEST = 16


def serve(port: int = 0) -> AbstractAsyncContextManager[State]:
    """Gives a running server's state; it ends with the block."""
    return wire_server.serve(answer, prefix=PREFIX, port=port)


def answer(request: Request, asked_before: int) -> Reply:
    """What the server answers."""
    if not request.path.endswith("/responses"):
        return _refusal(404)
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return _refusal(401)
    try:
        _check(request.body)
    except Refused as refused:
        error = {"message": str(refused), "type": "invalid_request_error", "param": None, "code": None}
        return refusal(400, {"error": error})
    return _reply(request.body, asked_before)


def _check(body: dict[str, Any]) -> None:
    only(body, _BODY, "Unknown parameter")
    require(body.get("max_output_tokens", _SHORTEST) >= _SHORTEST, "max_output_tokens: integer below minimum value")
    is_reasoning = body["model"].startswith("o3")
    sealed = "reasoning.encrypted_content" in body.get("include", [])
    require(is_reasoning or not sealed, "Encrypted content is not supported with this model.")
    for tool in body.get("tools", []):
        require(tool.get("type") == "function" and tool.get("name"), "Missing required parameter: 'tools[0].name'.")
    items = body["input"]
    items = [{"role": "user", "content": items}] if isinstance(items, str) else items
    require(items, "input: must not be empty")
    calls: set[str] = set()
    answered: set[str] = set()
    for item, following in itertools.zip_longest(items, items[1:]):
        kind = item.get("type", "message")
        if kind == "message":
            require(item["role"] in {"user", "assistant", "system", "developer"}, "Invalid value for role")
        elif kind == "function_call":
            require(isinstance(item["arguments"], str), "arguments: expected a string")
            calls.add(item["call_id"])
        elif kind == "function_call_output":
            require(item["call_id"] in calls, "No tool call found for function call output")
            require(isinstance(item["output"], str), "output: expected a string")
            answered.add(item["call_id"])
        elif kind == "reasoning":
            require(item.get("encrypted_content") == SEALED, f"Item with id '{item['id']}' not found.")
            require("summary" in item, "Missing required parameter: 'summary'")
            require(following, "reasoning was provided without its required following item.")
        else:
            raise Refused(f"Invalid value: '{kind}'")
    require(calls == answered, "No tool output found for function call")


def _reply(body: dict[str, Any], asked_before: int) -> Reply:
    model, named = body["model"], _NAMED.match(body["model"])
    if model.removesuffix("-then-ok").isdigit() and not (model.endswith("-then-ok") and asked_before):
        return _refusal(int(model[:3]))
    if model == "json":
        return refusal(200, _response(output=[_message("one two three")], usage=_usage(3)))
    if model == "json-empty":
        return refusal(200, {"object": "response"})
    if named:
        return Reply(_answer(int(named[1])), gap_s=int(named[2] or 0) / 1000)
    items = body["input"] if isinstance(body["input"], list) else []
    results = [item["output"] for item in items if item.get("type") == "function_call_output"]
    if results:
        if model == "o3-tool" and "reasoning" not in [item.get("type") for item in items]:
            return refusal(400, {"error": {"type": "invalid_request_error", "message": "reasoning is missing"}})
        return Reply(_stream(_text(0, f"The tool said: {' and '.join(results)}")))
    return Reply(_STORIES.get(model, lambda: _answer(20))(), ending=ENDINGS.get(model, "end"))


def _refusal(status: int) -> Reply:
    error = {"message": "planted-provider-words sk-planted", "type": "error", "code": _CODES[status], "param": None}
    return refusal(status, {"error": error}, **({"Retry_After": "7"} if status == 429 else {}))


def _usage(written: int, *, reasoning: int = 0, cached: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": 10 + written,
    }


def _response(**members: Any) -> dict[str, Any]:
    return {
        "id": "resp_fake", "object": "response", "created_at": 1_700_000_000, "model": "fake", "status": "completed",
        "output": [], "error": None, "incomplete_details": None, "parallel_tool_calls": True, "tools": [],
        "tool_choice": "auto", "usage": None, **members,
    }  # fmt: skip


def _message(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_fake", "role": "assistant", "status": "completed", "content": content}


_Event = dict[str, Any]


def _stream(*items: list[_Event], usage: dict[str, Any] | None = None, ends: _Event | None = None) -> list[bytes]:
    """The events in their order, numbered and named; the last is response.completed unless `ends` says otherwise."""
    started = _response(status="in_progress")
    done = [event["item"] for item in items for event in item if event["type"] == "response.output_item.done"]
    last = ends or {
        "type": "response.completed", "response": _response(output=done, usage=usage or _usage(3)),
    }  # fmt: skip
    events: list[_Event] = [
        {"type": "response.created", "response": started},
        {"type": "response.in_progress", "response": started},
        *(event for item in items for event in item),
        last,
    ]
    return [event(members | {"sequence_number": at}, name=members["type"]) for at, members in enumerate(events)]


def _text(index: int, *pieces: str, kind: str = "output_text") -> list[_Event]:
    at = {"item_id": "msg_fake", "output_index": index, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    return [
        _item("added", index, _message("") | {"content": [], "status": "in_progress"}),
        {"type": "response.content_part.added", **at, "part": part},
        *({"type": f"response.{kind}.delta", **at, "delta": piece, "logprobs": []} for piece in pieces),
        _item("done", index, _message("".join(pieces))),
    ]


def _item(stage: str, index: int, item: dict[str, Any]) -> _Event:
    return {"type": f"response.output_item.{stage}", "output_index": index, "item": item}


def _call(index: int, call_id: str, *pieces: str) -> list[_Event]:
    item = {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": "current_time"}
    at = {"item_id": item["id"], "output_index": index}
    return [
        _item("added", index, item | {"arguments": "", "status": "in_progress"}),
        *({"type": "response.function_call_arguments.delta", **at, "delta": piece} for piece in pieces),
        {"type": "response.function_call_arguments.done", **at, "arguments": "".join(pieces), "name": "current_time"},
        _item("done", index, item | {"arguments": "".join(pieces), "status": "completed"}),
    ]


def _reasoning(index: int) -> list[_Event]:
    item = {"type": "reasoning", "id": "rs_fake", "summary": [{"type": "summary_text", "text": "planted-thought"}]}
    told = {"item_id": "rs_fake", "output_index": index, "summary_index": 0, "delta": "planted-thought"}
    return [
        _item("added", index, item | {"summary": []}),
        {"type": "response.reasoning_summary_text.delta", **told},
        _item("done", index, item | {"encrypted_content": SEALED, "status": None}),
    ]


def _answer(count: int) -> list[bytes]:
    pieces = [f"zq{i} " if i < count - 1 else f"zq{i} zqend" for i in range(count)]
    return _stream(_text(0, *pieces), usage=_usage(count))


def _incomplete(reason: str) -> _Event:
    details = {"status": "incomplete", "incomplete_details": {"reason": reason}, "usage": _usage(3)}
    return {"type": "response.incomplete", "response": _response(**details)}


def _failed(code: str) -> _Event:
    error = {"code": code, "message": "planted-provider-words"}
    return {"type": "response.failed", "response": _response(status="failed", error=error)}


_THREE = _stream(_text(0, "one ", "two ", "three"))
_ERROR = {"type": "error", "code": "server_error", "message": "planted-provider-words", "param": None}
_STORIES: dict[str, Callable[[], list[bytes]]] = {
    "tool-current_time": lambda: _stream(_call(0, "call_a", '{"zone"', ': "Europe/Copenhagen"}'), usage=_usage(5)),
    "tools-parallel": lambda: _stream(
        _text(0, "Both. "), _call(1, "call_a", '{"zone": "UTC"}'), _call(2, "call_b", '{"zone":"Asia/Tokyo"}')
    ),
    "o3-tool": lambda: _stream(
        _reasoning(0), _text(1, "Let me look. "), _call(2, "call_a", '{"zone": "UTC"}'), usage=_usage(9, reasoning=6)
    ),
    "bad-json-arguments": lambda: _stream(_call(0, "call_a", '{"zone": "Euro')),
    "undocumented": lambda: _stream(
        [{"type": "response.weather.delta", "delta": {"sky": 1}, "item": [1]}],
        [_item("done", 0, {"type": "crystal_ball", "haze": 1})],
        _text(1, "one two three"),
    ),
    "no-usage": lambda: _stream(
        _text(0, "one two three"), ends={"type": "response.completed", "response": _response()}
    ),
    "cached": lambda: _stream(_text(0, "one"), usage=_usage(9, reasoning=6, cached=8)),
    "length": lambda: _stream(_text(0, "one"), _call(1, "call_a", '{"zo'), ends=_incomplete("max_output_tokens")),
    "content-filter": lambda: _stream(_text(0, "one"), ends=_incomplete("content_filter")),
    "unknown-finish": lambda: _stream(_text(0, "one"), ends=_incomplete("tired")),
    "refusal": lambda: _stream(_text(0, "I will not.", kind="refusal")),
    "hang-mid": lambda: _THREE[:6],
    "cut": lambda: _THREE[:6],
    "half-event": lambda: [*_THREE[:6], _THREE[-1][:60]],
    "garbage": lambda: [b"data: {[}\x00\xff nonsense\n\n"] * 20,
    "huge": lambda: _stream(_text(0, *["x" * 10_000] * 1_000)),
    "error-in-stream": lambda: _stream(_text(0, "one "), ends=_ERROR),
    "overloaded": lambda: _stream(ends=_failed("server_error")),
    "limited-in-stream": lambda: _stream(ends=_failed("rate_limit_exceeded")),
    "context-too-long": lambda: _stream(ends=_failed("context_length_exceeded")),
}

if __name__ == "__main__":
    wire_server.run(answer, PREFIX)
