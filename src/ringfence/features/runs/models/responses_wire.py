"""The OpenAI Responses wire: what goes over it and the parts of its answers that we read."""

import re
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from . import carried, switches, untrusted
from .decoding import reader
from .openai_chat import bearer
from .openai_wire import readable
from .protocol import AssistantTurn, ModelRequest, ToolCall, ToolSpec, ToolTurn, Turn, UserTurn
from .provider import Wire

_REASONS: Final = re.compile(r"(?:o\d|codex|gpt-[5-9](?!.*chat))")
"""Models that reason: others refuse to be asked for their sealed reasoning."""
_SEALED: Final = "reasoning.encrypted_content"
_SHORTEST: Final = 16
"""The fewest tokens that the wire lets an answer be cut to."""


class UsageWire(msgspec.Struct, gc=False):
    """Tokens counted by the provider; cached and reasoning ones are in."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class IncompleteWire(msgspec.Struct):
    """Why an answer stopped before its end."""

    reason: str | None = None


class ResponseWire(msgspec.Struct):
    """The answer as its last event tells it, or a whole one."""

    status: str | None = None
    output: list[dict[str, Any]] | None = None
    usage: UsageWire | None = None
    incomplete_details: IncompleteWire | None = None
    error: Any = None


class EventWire(msgspec.Struct):
    """One event of a stream; `type` says which members it has."""

    type: str = ""
    delta: str | None = None
    item: dict[str, Any] | None = None
    response: ResponseWire | None = None
    code: str | int | None = None
    error: Any = None


EVENTS: Final = frozenset(
    {
        "error",
        "response.completed",
        "response.failed",
        "response.incomplete",
        "response.output_item.done",
        "response.output_text.delta",
        "response.refusal.delta",
    }
)
read_event = reader(EventWire, EVENTS)
decode_response = msgspec.json.Decoder(ResponseWire).decode
_encode = msgspec.json.Encoder().encode


def wire(base_url: str, api_key: SecretStr | None) -> Wire:
    """The wire to one server; a request's model name after the colon is passed on as it is."""
    from .responses_answer import Assembly  # noqa: PLC0415 - it reads what this module declares

    return Wire(
        url=lambda _model: f"{base_url.rstrip('/')}/responses",
        headers=lambda: bearer(api_key),
        encode=encode_request,
        assemble=lambda request, max_chars: Assembly(request.model, max_chars=max_chars),
    )


def encode_request(request: ModelRequest) -> bytes:
    """Gives the body of a streaming request that the provider is asked not to keep."""
    model = request.model.partition(":")[2]
    body: dict[str, Any] = {
        "model": model,
        "input": [item for turn in request.messages for item in _items(request, turn)],
        "stream": True,
        **switches.members("openai-responses"),
    }
    if _REASONS.match(model):
        body["include"] = [_SEALED]  # What is not stored there must come back from here.
    if instructions := untrusted.explained(request):
        body["instructions"] = instructions
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.max_output_tokens is not None:
        body["max_output_tokens"] = max(_SHORTEST, request.max_output_tokens)
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return _encode(body)


def _items(request: ModelRequest, turn: Turn) -> list[dict[str, Any]]:
    match turn:
        case UserTurn():
            return [{"role": "user", "content": untrusted.said(turn, request.boundary)}]
        case ToolTurn(call_id=call_id):
            output = untrusted.enclosed(turn, request.boundary)
            return [{"type": "function_call_output", "call_id": call_id, "output": output}]
        case AssistantTurn():
            return _said(request, turn)


def _said(request: ModelRequest, turn: AssistantTurn) -> list[dict[str, Any]]:
    calls = iter(turn.calls)
    items: list[dict[str, Any]] = []
    for item in carried.order(request, turn):
        if item == carried.CALL:
            items.append(_call(next(calls)))
        elif item != carried.TEXT:
            items.append(item)
        elif turn.text:
            items.append({"role": "assistant", "content": turn.text})
    return items


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = readable(call.arguments_json)
    return {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": arguments}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    # Strict schemas are a dialect of their own: a partner's schema is not one.
    described = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", **described, "strict": False}
