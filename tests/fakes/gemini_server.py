"""A model server on loopback that speaks Gemini's streamGenerateContent; the model's name decides how it behaves.

The names are those of tests.fakes.anthropic_server, and
  gemini-3-tool     thinks, signs its call, and wants the signature back with the answer
  prompt-blocked, safety, malformed-call, malformed-then-ok, bad-key, quota (with a RetryInfo), list (an array)
What the real server refuses is refused: see `_check`.
"""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.fakes import wire_server
from tests.fakes.wire_server import ENDINGS, Refused, Reply, Request, State, event, only, refusal, require

PREFIX = "/v1beta"
SIGNATURE = "c2lnbmVkLWNhbGw="
FOREIGN = "skip_thought_signature_validator"
_PATH = re.compile(r"/v1beta/models/([^/:]+):streamGenerateContent\?alt=sse$")
_NAMED = re.compile(r"(?:fake|slow)-(\d+)(?:-(\d+))?$")
_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_STATUSES |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
_BODY = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "store"}
_FUNCTION = {"name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema"}
_DATA = {"text", "functionCall", "functionResponse", "inlineData"}


def serve(port: int = 0) -> AbstractAsyncContextManager[State]:
    """Gives a running server's state; it ends with the block."""
    return wire_server.serve(answer, prefix=PREFIX, port=port)


def answer(request: Request, asked_before: int) -> Reply:
    """What the server answers."""
    found = _PATH.match(request.path)
    if found is None:
        return _refusal(404)
    if not request.headers.get("x-goog-api-key"):
        return _refusal(403)
    try:
        _check(request.body, found[1])
    except Refused as refused:
        return refusal(400, {"error": {"code": 400, "message": str(refused), "status": "INVALID_ARGUMENT"}})
    return _reply(request.body, found[1], asked_before)


def _check(body: dict[str, Any], model: str) -> None:
    only(body, _BODY, "Invalid JSON payload received")
    only(body.get("generationConfig", {}), {"maxOutputTokens", "temperature", "candidateCount"}, "generation_config")
    for tool in body.get("tools", []):
        for function in tool.get("functionDeclarations", []):
            only(function, _FUNCTION, "function_declarations")
    contents: list[dict[str, Any]] = body.get("contents") or []
    require(contents, "contents are required")
    require(contents[-1]["role"] != "model", "Please ensure that the last turn is the user's")
    calls: list[dict[str, Any]] = []
    before = None
    for content in contents:
        role, parts = content.get("role", "user"), content.get("parts") or []
        require(role in {"user", "model"}, "Please use a valid role: user, model.")
        require(parts, "contents.parts must not be empty")
        for part in parts:
            require(len(_DATA & set(part)) == 1, "required oneof field 'data' must have one initialized field")
            require(part.get("text") != "" or "thoughtSignature" in part, "contents.parts.text must not be empty")
        answers = [part["functionResponse"] for part in parts if "functionResponse" in part]
        require(len(answers) == len(calls), "the number of function response parts is not that of function call parts")
        require([one["name"] for one in answers] == [one["name"] for one in calls], "function response names differ")
        require([one.get("id") for one in answers] == [one.get("id") for one in calls], "function ids differ")
        require(all(isinstance(one["response"], dict) for one in answers), "response: must be a Struct")
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        require(not calls or before == "user", "a function call turn comes after a user turn or a function response")
        if calls and model.startswith("gemini-3"):
            first = next(part for part in parts if "functionCall" in part)
            require(
                first.get("thoughtSignature") in {SIGNATURE, FOREIGN}, "Function call is missing a thought_signature"
            )
        before = role
    require(not calls, "function calls without responses")


def _reply(body: dict[str, Any], model: str, asked_before: int) -> Reply:
    named = _NAMED.match(model)
    if model.removesuffix("-then-ok").isdigit() and not (model.endswith("-then-ok") and asked_before):
        return _refusal(int(model[:3]))
    if model == "bad-key":
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return _refusal(400, info)
    if model == "quota":
        return _refusal(429, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7.5s"})
    if model in {"json", "list"}:
        whole = _response([{"text": "one two three"}], finish="STOP", usage=_usage(3))
        return refusal(200, whole if model == "json" else [whole])
    if model == "json-empty":
        return refusal(200, {})
    if named:
        return Reply(_answer(int(named[1])), gap_s=int(named[2] or 0) / 1000)
    if model == "malformed-then-ok" and asked_before:
        return Reply(_answer(20))
    results = [part["functionResponse"] for part in body["contents"][-1]["parts"] if "functionResponse" in part]
    if results:
        said = " and ".join(str(next(iter(result["response"].values()))) for result in results)
        return Reply(_parts([{"text": f"The tool said: {said}"}]))
    return Reply(_STORIES.get(model, lambda: _answer(20))(), ending=ENDINGS.get(model, "end"))


def _refusal(status: int, *details: dict[str, str]) -> Reply:
    words = "planted-provider-words AIza-planted"
    error = {"code": status, "message": words, "status": _STATUSES[status], "details": list(details)}
    return refusal(status, {"error": error})


def _usage(written: int, **more: int) -> dict[str, Any]:
    return {"promptTokenCount": 10, "candidatesTokenCount": written, "totalTokenCount": 10 + written, **more}


def _response(
    parts: list[dict[str, Any]], *, finish: str | None = None, usage: dict[str, Any] | None = None
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    candidate |= {"finishReason": finish} if finish else {}
    counted = {"usageMetadata": usage} if usage else {}
    return {"candidates": [candidate], **counted, "modelVersion": "fake", "responseId": "r-fake"}


def _parts(*each: list[dict[str, Any]], finish: str = "STOP", usage: dict[str, Any] | None = None) -> list[bytes]:
    """One event for each list of parts; the last one carries finish and usage."""
    last = len(each) - 1
    return [
        event(_response(parts, finish=finish if at == last else None, usage=usage or _usage(min(at, 2) + 1)))
        for at, parts in enumerate(each)
    ]


def _answer(count: int) -> list[bytes]:
    pieces = [f"zq{i} " if i < count - 1 else f"zq{i} zqend" for i in range(count)]
    return _parts(*([{"text": piece}] for piece in pieces), usage=_usage(count))


def _call(zone: str, call_id: str | None = None, **more: object) -> dict[str, Any]:
    named = {"name": "current_time", "args": {"zone": zone}} | ({"id": call_id} if call_id else {})
    return {"functionCall": named, **more}


_THREE = _parts([{"text": "one "}], [{"text": "two "}], [{"text": "three"}])
_ERROR = event({"error": {"code": 503, "message": "planted-provider-words", "status": "UNAVAILABLE"}})
_STORIES: dict[str, Callable[[], list[bytes]]] = {
    "tool-current_time": lambda: _parts([_call("Europe/Copenhagen", "fc_a")], usage=_usage(5)),
    "tools-parallel": lambda: _parts(
        [{"text": "Both. "}], [_call("UTC", "fc_a"), _call("Asia/Tokyo", "fc_b")], usage=_usage(5)
    ),
    "gemini-3-tool": lambda: _parts(
        [{"text": "planted-thought", "thought": True}],
        [{"text": "Let me look. "}],
        [_call("UTC", "fc_a", thoughtSignature=SIGNATURE), _call("Asia/Tokyo", "fc_b")],
        usage=_usage(5, thoughtsTokenCount=7),
    ),
    "without-ids": lambda: _parts([_call("UTC"), _call("Asia/Tokyo")]),
    "undocumented": lambda: [
        event({"weather": {"sky": 1}}),
        *_parts([{"crystal": {"ball": 1}}], [{"text": "one two three", "haze": 1}]),
    ],
    "no-usage": lambda: [event(_response([{"text": "one two three"}], finish="STOP"))],
    "cached": lambda: _parts([{"text": "one"}], usage=_usage(3, cachedContentTokenCount=8, thoughtsTokenCount=7)),
    "unknown-finish": lambda: _parts([{"text": "one"}], finish="TIRED"),
    "length": lambda: _parts([{"text": "one"}], finish="MAX_TOKENS"),
    "safety": lambda: _parts([{"text": "one"}], [], finish="SAFETY"),
    "prompt-blocked": lambda: [event({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": _usage(0)})],
    "malformed-call": lambda: _parts([], finish="MALFORMED_FUNCTION_CALL"),
    "malformed-then-ok": lambda: _parts([], finish="MALFORMED_FUNCTION_CALL"),
    "hang-mid": lambda: _THREE[:2],
    "cut": lambda: _THREE[:2],
    "half-event": lambda: [*_THREE[:2], _THREE[2][:40]],
    "garbage": lambda: [b"data: {[}\x00\xff nonsense\n\n"] * 20,
    "huge": lambda: _parts(*[[{"text": "x" * 10_000}]] * 1_000),
    "error-in-stream": lambda: [*_THREE[:1], _ERROR],
    "overloaded": lambda: [_ERROR],
}

if __name__ == "__main__":
    wire_server.run(answer, PREFIX)
