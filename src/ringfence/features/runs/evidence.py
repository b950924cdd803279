"""What a person reads beside the arguments: titles from the declaration, and where each value comes from.

Made by our code from the arguments alone: nothing here is the model's description of what it does. Keeps AIS-04.
Proved in tests/features/test_runs_evidence.py.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ringfence.base import canonical_json

from .events import Evidence
from .exact import leaves
from .models import ToolTurn, Turn, UserTurn

LEAVES: Final = 50
VALUE_CHARS: Final = 200
TITLE_VALUE_CHARS: Final = 80
_PLACE: Final = re.compile(r"\{(\w+)\}")
_SPACES: Final = re.compile(r"\s+")


def evidence(args: Mapping[str, Any], turns: Iterable[Turn]) -> tuple[Evidence, ...]:
    """Where each value was first seen in these turns, oldest first: in a user's words, a tool's answer, or nowhere.

    Found only as a whole: 13 is not seen in 130, nor ann@x.example in joann@x.example. Cases and spaces do not count.
    """
    said = [(turn, _folded(turn.text)) for turn in turns if isinstance(turn, UserTurn | ToolTurn)]
    found = list(leaves(dict(args)))[:LEAVES]
    return tuple(_first_seen(path, _text(value), said) for path, value in found)


def titles(templates: Mapping[str, str], args: Mapping[str, Any]) -> dict[str, str]:
    """The declared titles by language, filled in; one that names a value which is not there falls away."""
    filled = ((language, _filled(template, args)) for language, template in templates.items())
    return {language: title for language, title in filled if title is not None}


def _first_seen(path: str, value: str, said: list[tuple[UserTurn | ToolTurn, str]]) -> Evidence:
    shown = _bounded(value, VALUE_CHARS)
    wanted = _folded(value)
    # Neither the middle of a word or an address, nor a part of a longer number.
    pattern = re.compile(rf"(?<![\w@+])(?<!\w[.,-]){re.escape(wanted)}(?![\w@])(?![.,-]\w)") if wanted.strip() else None
    for turn, text in said:
        if pattern is not None and pattern.search(text):
            if isinstance(turn, ToolTurn):
                return Evidence(path, shown, "tool", turn.name)
            return Evidence(path, shown, "user")
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
