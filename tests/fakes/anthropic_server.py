"""A model server on loopback that speaks Anthropic's Messages wire; the model's name decides how it behaves.

  fake-N            N pieces at once                     slow-N-MS         N pieces, MS milliseconds before each
  tool-current_time calls the tool, then answers         tools-parallel    two calls, one after the other
  thinking          thinks, says a word, calls the tool, and wants its thoughts back with the answer
  bad-json-arguments  a call whose arguments are cut     undocumented      events and blocks that nobody documents
  no-usage, unknown-finish, length, refusal, context, cached, json, json-empty, huge
  hang-mid, cut, half-event, garbage                     401, 404, 413, 429, 500, 529
  error-in-stream, overloaded                            429-then-ok, 529-then-ok   fails the first time
What the real server refuses is refused: see `_check`.
"""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.fakes import wire_server
from tests.fakes.wire_server import ENDINGS, Refused, Reply, Request, State, event, only, refusal, require

PREFIX = "/v1"
SIGNATURE = "c2lnbmVkLXRob3VnaHQ="
_TYPES = {
    401: "authentication_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_NAMED = re.compile(r"(?:fake|slow)-(\d+)(?:-(\d+))?$")
_BODY = {"model", "max_tokens", "messages", "system", "stream", "tools", "tool_choice", "temperature", "metadata"}
_ID = re.compile(r"[A-Za-z0-9_-]+")


def serve(port: int = 0) -> AbstractAsyncContextManager[State]:
    """Gives a running server's state; it ends with the block."""
    return wire_server.serve(answer, prefix=PREFIX, port=port)


def answer(request: Request, asked_before: int) -> Reply:
    """What the server answers."""
    if not request.path.split("?")[0].endswith("/messages"):
        return _refusal(404)
    # Keys come in either header: the vendor's client of today sends the second, everybody else's the first.
    if not (request.headers.get("x-api-key") or request.headers.get("authorization", "").startswith("Bearer ")):
        return _refusal(401)
    try:
        _check(request)
    except Refused as refused:
        error = {"type": "invalid_request_error", "message": str(refused)}
        return refusal(400, {"type": "error", "error": error})
    return _reply(request.body, asked_before)


def _check(request: Request) -> None:
    body = request.body
    version = request.headers.get("anthropic-version")
    require(version in {"2023-06-01", "2026-10-21"}, "anthropic-version: header is required")
    require(version == "2023-06-01" or "temperature" not in body, "temperature: Extra inputs are not permitted")
    only(body, _BODY, "body")
    require(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "max_tokens: Field required")
    require("metadata" not in body, "this test wants no metadata")
    for tool in body.get("tools", []):
        only(tool, {"name", "description", "input_schema", "type"}, "tools")
        require(tool["input_schema"].get("type") == "object", "tools: input_schema.type: Field required")
    messages = body["messages"]
    require(messages and messages[0]["role"] == "user", "messages: first message must use the user role")
    require(messages[-1]["role"] == "user", "This model does not support assistant message prefill")
    waiting: list[str] = []
    for message in messages:
        waiting = _check_message(message, waiting)
    require(not waiting, "messages: tool_use ids were found without tool_result blocks immediately after")


def _check_message(message: dict[str, Any], waiting: list[str]) -> list[str]:
    """The ids of the calls that the next message must answer."""
    require(message["role"] in {"user", "assistant"}, "messages: unexpected role")
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    require(blocks, "messages: all messages must have non-empty content")
    kinds = [block["type"] for block in blocks]
    answers = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    require(answers == waiting or sorted(answers) == sorted(waiting), "messages: unexpected `tool_use_id`")
    require(kinds[: len(answers)] == ["tool_result"] * len(answers), "messages: tool_result blocks must come first")
    for block in blocks:
        if block["type"] == "text":
            require(block["text"].strip(), "messages: text content blocks must contain non-whitespace text")
        if block["type"] == "tool_use":
            require(_ID.fullmatch(block["id"]), "tool_use.id: String should match pattern")
            require(isinstance(block["input"], dict), "tool_use.input: Input should be a valid dictionary")
        if block["type"] == "thinking":
            require(block["signature"] == SIGNATURE, "messages: Invalid `signature` in `thinking` block")
    calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    require(len(set(calls)) == len(calls), "messages: `tool_use` ids must be unique")
    return calls


def _reply(body: dict[str, Any], asked_before: int) -> Reply:
    model, named = body["model"], _NAMED.match(body["model"])
    if model.removesuffix("-then-ok").isdigit() and not (model.endswith("-then-ok") and asked_before):
        return _refusal(int(model[:3]))
    if model == "json":
        return refusal(200, _WHOLE)
    if model == "json-empty":
        return refusal(200, {"type": "message"})
    if named:
        return Reply(_answer(int(named[1])), gap_s=int(named[2] or 0) / 1000)
    last = body["messages"][-1]["content"]
    results = [block for block in last if block["type"] == "tool_result"] if isinstance(last, list) else []
    if results:
        if model == "thinking":
            thought = [block["type"] for block in body["messages"][-2]["content"]]
            if thought != ["thinking", "redacted_thinking", "text", "tool_use"]:
                return refusal(400, {"type": "error", "error": {"type": "invalid_request_error"}})
        said = " and ".join(result["content"] for result in results)
        return Reply(_message(_text(0, f"The tool said: {said}"), reason="end_turn"))
    return Reply(_STORIES.get(model, lambda: _answer(20))(), ending=ENDINGS.get(model, "end"))


def _refusal(status: int) -> Reply:
    body = {"type": "error", "error": {"type": _TYPES[status], "message": "planted-provider-words sk-planted"}}
    return refusal(status, body, **({"Retry_After": "7"} if status in {429, 529} else {}))


def _named(data: dict[str, Any]) -> bytes:
    return event(data, name=data["type"])


def _start(usage: dict[str, int] | None) -> bytes:
    members = {"id": "msg_fake", "type": "message", "role": "assistant", "model": "fake", "content": []}
    members |= {"stop_reason": None, "stop_sequence": None} | ({} if usage is None else {"usage": usage})
    return _named({"type": "message_start", "message": members})


def _block(index: int, opened: dict[str, Any], *pieces: dict[str, Any]) -> list[bytes]:
    deltas = [_named({"type": "content_block_delta", "index": index, "delta": piece}) for piece in pieces]
    begin = _named({"type": "content_block_start", "index": index, "content_block": opened})
    return [begin, *deltas, _named({"type": "content_block_stop", "index": index})]


def _text(index: int, *pieces: str) -> list[bytes]:
    return _block(index, {"type": "text", "text": ""}, *({"type": "text_delta", "text": piece} for piece in pieces))


def _call(index: int, call_id: str, *pieces: str) -> list[bytes]:
    opened = {"type": "tool_use", "id": call_id, "name": "current_time", "input": {}}
    return _block(index, opened, *({"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces)))


def _message(*blocks: list[bytes], reason: str, read: dict[str, int] | None = None, written: int = 3) -> list[bytes]:
    ends = {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}}
    return [
        _start(read or {"input_tokens": 10, "output_tokens": 1}),
        _named({"type": "ping"}),
        *(piece for block in blocks for piece in block),
        _named(ends | {"usage": {"output_tokens": written}}),
        _named({"type": "message_stop"}),
    ]


def _answer(count: int) -> list[bytes]:
    pieces = [f"zq{i} " if i < count - 1 else f"zq{i} zqend" for i in range(count)]
    return _message(_text(0, *pieces), reason="end_turn", written=count)


def _thinking() -> list[bytes]:
    thought = _block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "planted-thought: "},
        {"type": "thinking_delta", "thinking": "which zone?"},
        {"type": "signature_delta", "signature": SIGNATURE},
    )
    sealed = _block(1, {"type": "redacted_thinking", "data": "c2VhbGVk"})
    return _message(
        thought, sealed, _text(2, "Let me look. "), _call(3, "toolu_a", '{"zone": "UTC"}'), reason="tool_use"
    )


def _undocumented() -> list[bytes]:
    begin, *rest = _message(
        _block(0, {"type": "crystal_ball", "ball": 7}, {"type": "haze_delta", "haze": 1}),
        _text(1, "one two three"),
        reason="end_turn",
    )
    return [begin, _named({"type": "weather", "delta": "sunny", "index": "x"}), *rest]


def _without_usage() -> list[bytes]:
    ends = _named({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
    return [_start(None), *_text(0, "one ", "two ", "three"), ends, _named({"type": "message_stop"})]


_CACHED = {"input_tokens": 4, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 1}
_OVERLOADED = _named({"type": "error", "error": {"type": "overloaded_error", "message": "planted-provider-words"}})
_THREE = _message(_text(0, "one ", "two ", "three"), reason="end_turn")
_STORIES: dict[str, Callable[[], list[bytes]]] = {
    "tool-current_time": lambda: _message(
        _call(0, "toolu_a", '{"zone"', ': "Europe/Copenhagen"}'), reason="tool_use", written=5
    ),
    "tools-parallel": lambda: _message(
        _text(0, "Both. "),
        _call(1, "toolu_a", '{"zone": "UTC"}'),
        _call(2, "toolu_b", '{"zone":"Asia/Tokyo"}'),
        reason="tool_use",
    ),
    "thinking": _thinking,
    "bad-json-arguments": lambda: _message(_call(0, "toolu_a", '{"zone": "Euro'), reason="tool_use"),
    "undocumented": _undocumented,
    "no-usage": _without_usage,
    "cached": lambda: _message(_text(0, "one"), reason="end_turn", read=_CACHED),
    "unknown-finish": lambda: _message(_text(0, "one"), reason="tired"),
    "length": lambda: _message(_text(0, "one"), _call(1, "toolu_a", '{"zone": "Eu'), reason="max_tokens"),
    "context": lambda: _message(_text(0, "one"), reason="model_context_window_exceeded"),
    "refusal": lambda: _message(reason="refusal"),
    "hang-mid": lambda: _THREE[:5],
    "cut": lambda: _THREE[:5],
    "half-event": lambda: [*_THREE[:5], _THREE[-2][:40]],
    "garbage": lambda: [b"data: {[}\x00\xff nonsense\n\n"] * 20,
    "huge": lambda: _message(_text(0, *["x" * 10_000] * 1_000), reason="end_turn"),
    "error-in-stream": lambda: [*_THREE[:4], _OVERLOADED],
    "overloaded": lambda: [_OVERLOADED],
}
_WHOLE = {
    "id": "msg_fake",
    "type": "message",
    "role": "assistant",
    "model": "fake",
    "content": [{"type": "text", "text": "one two three"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 3},
}

if __name__ == "__main__":
    wire_server.run(answer, PREFIX)
