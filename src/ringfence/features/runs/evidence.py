"""What a person reads beside the arguments: titles from the declaration, and where each value comes from.

Made by our code from the arguments alone: nothing here is the model's description of what it does. Keeps AIS-04.
Proved in tests/features/test_runs_exact.py.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from ringfence.base import canonical_json

from .events import Evidence
from .exact import leaves
from .models import AssistantTurn, ToolTurn, Turn, UserTurn

LEAVES: Final = 50
VALUE_CHARS: Final = 200
TITLE_VALUE_CHARS: Final = 80
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_SPACES: Final = re.compile(r"\s+")


def evidence(args: Mapping[str, Any], turns: Iterable[Turn]) -> tuple[Evidence, ...]:
    """Where each value was first seen in these turns, oldest first: in a user's words, a tool's answer, or nowhere.

    Found only as a whole: 13 is not seen in 130, nor ann@x.example in joann@x.example. Cases and spaces do not count.
    A tool that repeats what the assistant itself had called it with is no source of that.
    """
    said = [(part, _said(part)) for turn in turns for part in _parts(turn)]
    found = list(leaves(dict(args)))[:LEAVES]
    return tuple(_first_seen(path, _text(value), said) for path, value in found)


def titles(templates: Mapping[str, str], args: Mapping[str, Any]) -> dict[str, str]:
    """The declared titles by language, filled in; one that names a value which is not there falls away."""
    filled = ((language, _filled(template, args)) for language, template in templates.items())
    return {language: title for language, title in filled if title is not None}


def _parts(turn: Turn) -> tuple[Turn, ...]:
    """A message and the files that came with it: what a file says, its user did not say."""
    if not isinstance(turn, UserTurn) or not turn.files:
        return (turn,)
    texts = ("\n".join((one.name, *(passage.text for passage in one.passages))) for one in turn.files)
    return (UserTurn(turn.text), *(ToolTurn("", "read_file", text) for text in texts))


def _said(turn: Turn) -> str:
    """What may be a source in a turn; of the assistant's words those that it called tools with."""
    if not isinstance(turn, AssistantTurn):
        return _folded(turn.text)
    return "\n".join(_folded(_text(value)) for call in turn.calls for _, value in leaves(_decoded(call.arguments_json)))


def _decoded(arguments_json: str) -> object:
    try:
        arguments = msgspec.json.decode(arguments_json)
        canonical_json.encode(arguments)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return arguments_json
    return arguments


def _first_seen(path: str, value: str, said: list[tuple[Turn, str]]) -> Evidence:
    shown = _bounded(value, VALUE_CHARS)
    wanted = _folded(value)
    # Neither the middle of a word or an address, nor a part of a longer number, nor a number without its sign.
    before = r"(?<![\w@+])(?<!\w[.,-])" + (r"(?<![-.,])" if wanted[:1].isdigit() else "")
    pattern = re.compile(rf"{before}{re.escape(wanted)}(?![\w@])(?![.,-]\w)") if wanted.strip() else None
    for turn, text in said:
        if pattern is not None and wanted in text and pattern.search(text):
            match turn:
                case UserTurn():
                    return Evidence(path, shown, "user")
                case ToolTurn(name=name):
                    return Evidence(path, shown, "tool", name)
                case AssistantTurn():
                    break
    return Evidence(path, shown, "assistant")


def _filled(template: str, args: Mapping[str, Any]) -> str | None:
    values = {name: args.get(name) for name in _PLACE.findall(template)}
    if any(value is None or isinstance(value, dict | list) for value in values.values()):
        return None
    shown = {
        name: _bounded(_SPACES.sub(" ", _text(value)).strip(), TITLE_VALUE_CHARS) for name, value in values.items()
    }
    return _PLACE.sub(lambda match: shown[match[1]], template)


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical_json.encode(value).decode()


def _folded(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()


def _bounded(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
