"""The Gemini wire, streamGenerateContent: what goes over it and the parts of its answers that we read."""

import re
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from . import carried, switches, untrusted
from .openai_wire import readable
from .protocol import (
    AssistantTurn,
    ModelError,
    ModelErrorCode,
    ModelRequest,
    ToolCall,
    ToolSpec,
    ToolTurn,
    Turn,
    UserTurn,
)
from .provider import Wire

CALL_SIGNATURE: Final = "call_signature"
TEXT_SIGNATURE: Final = "text_signature"
_MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_GENERATION: Final = re.compile(r"gemini-(\d+)")
_SIGNS_CALLS: Final = 3
"""The first generation that refuses a call of the running turn without its signature."""
_FOREIGN_SIGNATURE: Final = "skip_thought_signature_validator"
"""What the wire's documentation gives for calls that another model made."""
_LEFT_OUT: Final = "(The beginning of this conversation is left out.)"


class CallWire(msgspec.Struct):
    """A whole tool call; the arguments are an object."""

    id: str | None = None
    name: str | None = None
    args: msgspec.Raw = msgspec.Raw(b"null")


class PartWire(msgspec.Struct, rename="camel"):
    """A piece of text, a thought, or a call."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: CallWire | None = None


class ContentWire(msgspec.Struct):
    """The parts of one event."""

    parts: list[PartWire] | None = None


class CandidateWire(msgspec.Struct, rename="camel"):
    """One answer; we ask for one."""

    content: ContentWire | None = None
    finish_reason: str | None = None
    index: int | None = None


class FeedbackWire(msgspec.Struct, rename="camel"):
    """What the provider thinks of the question."""

    block_reason: str | None = None


class UsageWire(msgspec.Struct, rename="camel", gc=False):
    """Tokens so far; thoughts are not among the candidates', cached ones are among the prompt's."""

    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None


class ResponseWire(msgspec.Struct, rename="camel"):
    """One event of a stream, or a whole answer."""

    candidates: list[CandidateWire] | None = None
    prompt_feedback: FeedbackWire | None = None
    usage_metadata: UsageWire | None = None
    error: Any = None


decode_response = msgspec.json.Decoder(ResponseWire).decode
decode_list = msgspec.json.Decoder(list[ResponseWire]).decode
_encode = msgspec.json.Encoder().encode


def wire(base_url: str, api_key: SecretStr | None) -> Wire:
    """The wire to one server; the key goes in a header, never in the address."""
    from .gemini_answer import Assembly  # noqa: PLC0415 - it reads what this module declares

    base_url = base_url.rstrip("/")
    return Wire(
        url=lambda model: f"{base_url}/models/{_named(model)}:streamGenerateContent?alt=sse",
        headers=lambda: {} if api_key is None else {"x-goog-api-key": api_key.get_secret_value()},
        encode=encode_request,
        assemble=lambda request, max_chars: Assembly(request.model, max_chars=max_chars),
    )


def encode_request(request: ModelRequest) -> bytes:
    """Gives the body of a request; that it streams is said in the address."""
    body: dict[str, Any] = {"contents": _contents(request), **switches.members("google")}
    if instructions := untrusted.explained(request):
        body["systemInstruction"] = {"parts": [{"text": instructions}]}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
    config: dict[str, Any] = {"maxOutputTokens": request.max_output_tokens, "temperature": request.temperature}
    if config := {name: value for name, value in config.items() if value is not None}:
        body["generationConfig"] = config
    return _encode(body)


def _named(model: str) -> str:
    """Gives the model for the address; what would lead elsewhere is no model."""
    name = model.removeprefix("models/")
    if _MODEL.fullmatch(name) is None:
        detail = "The model provider does not know this model."
        raise ModelError(ModelErrorCode.REJECTED, detail, status=404, cause="a name that is none")
    return name


def _contents(request: ModelRequest) -> list[dict[str, Any]]:
    """Turns that alternate and begin with the user's; answers of tools together, right behind their calls."""
    contents: list[dict[str, Any]] = []
    for turn in request.messages:
        role, parts = _parts(request, turn)
        if not parts:
            continue
        if not contents and role == "model":
            contents.append({"role": "user", "parts": [{"text": _LEFT_OUT}]})
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": role, "parts": parts})
    return contents


def _parts(request: ModelRequest, turn: Turn) -> tuple[str, list[dict[str, Any]]]:
    match turn:
        case UserTurn():
            text = untrusted.said(turn, request.boundary)
            return "user", [{"text": text}] if text else []
        case ToolTurn(call_id=call_id, name=name, is_error=is_error):
            said = {"error" if is_error else "output": untrusted.enclosed(turn, request.boundary)}
            return "user", [{"functionResponse": {"id": call_id, "name": name, "response": said}}]
        case AssistantTurn():
            return "model", _said(request, turn)


def _said(request: ModelRequest, turn: AssistantTurn) -> list[dict[str, Any]]:
    calls = iter(turn.calls)
    parts: list[dict[str, Any]] = []
    signature = None if turn.carried and _is_own(request, turn) else _foreign(request)
    for item in carried.order(request, turn):
        if item == carried.CALL:
            parts.append(_call(next(calls)) | ({"thoughtSignature": signature} if signature else {}))
            signature = None  # Only the first of parallel calls is signed.
        elif item == carried.TEXT:
            parts += [{"text": turn.text}] if turn.text else []
        elif CALL_SIGNATURE in item:
            signature = item[CALL_SIGNATURE]
        else:
            parts.append({"text": "", "thoughtSignature": item[TEXT_SIGNATURE]})
    return parts


def _is_own(request: ModelRequest, turn: AssistantTurn) -> bool:
    return any(isinstance(item, dict) for item in carried.order(request, turn))


def _foreign(request: ModelRequest) -> str | None:
    generation = _GENERATION.search(request.model)
    return _FOREIGN_SIGNATURE if generation and int(generation[1]) >= _SIGNS_CALLS else None


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = msgspec.Raw(readable(call.arguments_json).encode())
    return {"functionCall": {"id": call.call_id, "name": call.name, "args": arguments}}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
