"""The OpenAI chat-completions wire: what goes over it and the parts of its answers that we read.

Fields that we do not name are skipped while decoding, so a provider may add what it likes.
"""

from typing import Any

import msgspec

from . import switches, untrusted
from .protocol import AssistantTurn, ModelRequest, ToolCall, ToolSpec, ToolTurn, Turn, UserTurn


class FunctionWire(msgspec.Struct, gc=False):
    """Name and arguments of a tool call, or a fragment of them."""

    name: str | None = None
    arguments: str | None = None


class ToolCallWire(msgspec.Struct):
    """A tool call or a fragment of one; `index` says to which call it belongs."""

    index: int | None = None
    id: str | None = None
    function: FunctionWire | None = None


class MessageWire(msgspec.Struct):
    """A message or a piece of one."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallWire] | None = None


class ChoiceWire(msgspec.Struct):
    """One answer: `delta` in a stream, `message` in a whole answer."""

    index: int | None = None
    delta: MessageWire | None = None
    message: MessageWire | None = None
    finish_reason: str | None = None


class UsageWire(msgspec.Struct, gc=False):
    """Tokens counted by the provider."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None

    @property
    def output_tokens(self) -> int:
        """Tokens written; some providers count those of reasoning in the total alone."""
        total = (self.total_tokens or 0) - (self.prompt_tokens or 0)
        return max(0, self.completion_tokens or 0, total if self.prompt_tokens is not None else 0)


class ChunkWire(msgspec.Struct):
    """One event of a stream, or a whole answer."""

    choices: list[ChoiceWire] | None = None
    usage: UsageWire | None = None
    error: Any = None


decode_chunk = msgspec.json.Decoder(ChunkWire).decode
_is_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def encode_request(request: ModelRequest, *, length_field: str) -> bytes:
    """Gives the body of a streaming request that the provider is asked not to keep."""
    instructions = untrusted.explained(request)
    body: dict[str, Any] = {
        "model": request.model.partition(":")[2],
        "messages": [
            *([{"role": "system", "content": instructions}] if instructions else []),
            *(_message(turn, request.boundary) for turn in request.messages),
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        **switches.members(request.model.partition(":")[0]),
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.max_output_tokens is not None:
        body[length_field] = request.max_output_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return _encode(body)


def _message(turn: Turn, boundary: str) -> dict[str, Any]:
    match turn:
        case UserTurn():
            return {"role": "user", "content": untrusted.said(turn, boundary)}
        case ToolTurn(call_id=call_id):
            return {"role": "tool", "tool_call_id": call_id, "content": untrusted.enclosed(turn, boundary)}
        case AssistantTurn(text=text, calls=()):
            return {"role": "assistant", "content": text}
        case AssistantTurn(text=text, calls=calls):
            return {"role": "assistant", "content": text or None, "tool_calls": [_call(call) for call in calls]}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": readable(call.arguments_json)}
    return {"id": call.call_id, "type": "function", "function": function}


def readable(arguments_json: str) -> str:
    """Gives the arguments, or an empty object for broken ones: some servers refuse a history that holds these."""
    try:
        _is_object(arguments_json)
    except msgspec.DecodeError:
        return "{}"
    return arguments_json


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}
