"""The tools that every agent has, and how a tool call is performed: validated, bounded, answering in words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

import msgspec

from ringfence.base import clock
from ringfence.controls import guard

from .declaration import ToolDeclaration
from .events import Source
from .hold import Hold
from .models import ToolCall

RESULT_CHARS = 16_000
TIME_LIMIT_S = 30.0
_ARGUMENTS_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered, already through the guard; an error is text for the model to read, too."""

    text: str
    is_error: bool
    sources: tuple[Source, ...] = ()
    """The passages of files that the text is made of."""


class CurrentTimeArguments(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of `current_time`, as its JSON Schema declares them."""

    zone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


Perform = Callable[[str, str], Awaitable[ToolResult]]
"""Takes the arguments as JSON and the idempotency key; msgspec.ValidationError says that the arguments are wrong."""


class HttpTools(Protocol):
    """What performs calls over HTTP for the users of runs: runs.http_tool, over controls.egress."""

    async def perform(
        self, declaration: ToolDeclaration, call: ToolCall, *, hold: Hold, idempotency_key: str
    ) -> ToolResult:
        """Gives the answer as it came, an error result for whatever kept it from coming."""
        ...


async def perform(
    call: ToolCall,
    *,
    idempotency_key: str,
    registry: dict[str, Perform] | None = None,
    within_s: float = TIME_LIMIT_S,
) -> ToolResult:
    """Gives the tool's answer, or says in words what went wrong: unknown tool, bad arguments, too slow."""
    tool = (_BUILTINS if registry is None else registry).get(call.name)
    if tool is None:
        return _refuse("There is no such tool.")
    if len(call.arguments_json) > _ARGUMENTS_CHARS:
        return _refuse("The arguments are too long.")
    try:
        async with asyncio.timeout(within_s):
            result = await tool(call.arguments_json, idempotency_key)
    except msgspec.ValidationError as error:
        return _refuse(f"The arguments are not as declared: {error}")
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _refuse("The arguments are not JSON.")
    except TimeoutError:
        return _refuse(f"The tool did not answer within {within_s:g} seconds.")
    return ToolResult(_bounded(result.text), result.is_error, result.sources)


async def perform_http(
    http: HttpTools | None, declaration: ToolDeclaration, call: ToolCall, *, hold: Hold, idempotency_key: str
) -> ToolResult:
    """Gives the answer of a tool of kind http, or says in words what went wrong; bounded and clean like any other."""
    if http is None:
        return _refuse("Tools over HTTP are not available here.")
    result = await http.perform(declaration, call, hold=hold, idempotency_key=idempotency_key)
    return ToolResult(_bounded(result.text), result.is_error)


def find(name: str) -> ToolDeclaration | None:
    """Gives the declaration of a built-in tool."""
    return next((declaration for declaration in BUILTINS if declaration.name == name), None)


async def _current_time(arguments_json: str, _idempotency_key: str) -> ToolResult:
    name = msgspec.json.decode(arguments_json, type=CurrentTimeArguments).zone
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown name, path out of the database, a directory of it
        return _refuse(f"There is no time zone named {name!r}; use an IANA name such as Europe/Copenhagen.")
    moment = clock.now().astimezone(zone)
    text = moment.isoformat(timespec="seconds")
    return ToolResult(msgspec.json.encode({"zone": name, "time": text, "offset": text[19:]}).decode(), is_error=False)


def _refuse(text: str) -> ToolResult:
    return ToolResult(_bounded(text), is_error=True)


def _bounded(text: str) -> str:
    if len(text) > RESULT_CHARS:
        text = text[:RESULT_CHARS] + "\n[cut here: the result was too long]"
    return guard.inbound(text, origin=guard.Origin.TOOL)


BUILTINS = (
    ToolDeclaration(
        name="current_time",
        description="Gives the current date and time in a time zone.",
        parameters={
            "type": "object",
            "properties": {
                "zone": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 64,
                    "description": "IANA name of the zone, such as Europe/Copenhagen",
                }
            },
            "required": ["zone"],
            "additionalProperties": False,
        },
    ),
)
_BUILTINS: dict[str, Perform] = {"current_time": _current_time}
