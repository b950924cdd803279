"""The Anthropic Messages wire: what goes over it and the parts of its answers that we read."""

import re
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from . import carried, switches, untrusted
from .decoding import reader
from .openai_wire import readable
from .protocol import AssistantTurn, ModelRequest, ToolCall, ToolSpec, ToolTurn, Turn, UserTurn
from .provider import Wire

_VERSION: Final = "2023-06-01"
"""Gateways know it; the next one, 2026-10-21, refuses what we never send and is the same wire otherwise."""
_MAX_TOKENS: Final = 16_384
"""The wire must be told; each model of 2025 and later writes as much, and reasoning counts in."""
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9_-]")
_LEFT_OUT: Final = "(The beginning of this conversation is left out.)"


class UsageWire(msgspec.Struct, gc=False):
    """Tokens so far; those that went through the provider's cache are counted apart."""

    input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens: int | None = None


class BlockWire(msgspec.Struct):
    """A block's beginning, or a piece of it."""

    type: str = ""
    id: str = ""
    name: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    input: Any = None
    stop_reason: str | None = None


class MessageWire(msgspec.Struct):
    """The message that begins, or a whole one."""

    usage: UsageWire | None = None
    content: list[BlockWire] | None = None
    stop_reason: str | None = None


class EventWire(msgspec.Struct):
    """One event of a stream; `type` says which members it has."""

    type: str = ""
    index: int | None = None
    message: MessageWire | None = None
    content_block: BlockWire | None = None
    delta: BlockWire | None = None
    usage: UsageWire | None = None
    error: Any = None


EVENTS: Final = frozenset(
    {
        "content_block_delta",
        "content_block_start",
        "content_block_stop",
        "error",
        "message_delta",
        "message_start",
        "message_stop",
    }
)
read_event = reader(EventWire, EVENTS)
decode_message = msgspec.json.Decoder(MessageWire).decode
_encode = msgspec.json.Encoder().encode


def wire(base_url: str, api_key: SecretStr | None) -> Wire:
    """The wire to one server; a key is left out where there is none."""
    from .anthropic_answer import Assembly  # noqa: PLC0415 - it reads what this module declares

    key = {} if api_key is None else {"x-api-key": api_key.get_secret_value()}
    return Wire(
        url=lambda _model: f"{base_url.rstrip('/')}/messages",
        headers=lambda: {"anthropic-version": _VERSION, **key},
        encode=encode_request,
        assemble=lambda request, max_chars: Assembly(request.model, max_chars=max_chars),
    )


def encode_request(request: ModelRequest) -> bytes:
    """Gives the body of a streaming request; without a temperature, which models of 2026 refuse."""
    body: dict[str, Any] = {
        "model": request.model.partition(":")[2],
        "max_tokens": request.max_output_tokens or _MAX_TOKENS,
        "messages": _messages(request),
        "stream": True,
        **switches.members("anthropic"),
    }
    if instructions := untrusted.explained(request):
        body["system"] = instructions
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    return _encode(body)


def _messages(request: ModelRequest) -> list[dict[str, Any]]:
    """Turns that alternate and begin with the user's, as the wire wants them."""
    messages: list[dict[str, Any]] = []
    for turn in request.messages:
        role, blocks = _blocks(request, turn)
        if not blocks:
            continue
        if not messages and role == "assistant":
            messages.append({"role": "user", "content": [_text(_LEFT_OUT)]})
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    return messages


def _blocks(request: ModelRequest, turn: Turn) -> tuple[str, list[dict[str, Any]]]:
    match turn:
        case UserTurn():
            text = untrusted.said(turn, request.boundary)
            return "user", [_text(text)] if text.strip() else []
        case ToolTurn(call_id=call_id, is_error=is_error):
            said = untrusted.enclosed(turn, request.boundary)
            result = {"type": "tool_result", "tool_use_id": _id(call_id), "content": said}
            return "user", [result | ({"is_error": True} if is_error else {})]
        case AssistantTurn():
            return "assistant", _said(request, turn)


def _said(request: ModelRequest, turn: AssistantTurn) -> list[dict[str, Any]]:
    calls = iter(turn.calls)
    blocks: list[dict[str, Any]] = []
    for item in carried.order(request, turn):
        if item == carried.CALL:
            blocks.append(_call(next(calls)))
        elif item != carried.TEXT:
            blocks.append(item)
        elif turn.text.strip():  # A text of white space alone is refused.
            blocks.append(_text(turn.text))
    return blocks


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = msgspec.Raw(readable(call.arguments_json).encode())
    return {"type": "tool_use", "id": _id(call.call_id), "name": call.name, "input": arguments}


def _id(call_id: str) -> str:
    """Gives the id in the characters that the wire takes: another provider's may hold others."""
    return _NOT_IN_ID.sub(lambda found: f"_{ord(found[0]):x}_", call_id) or "call"


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
