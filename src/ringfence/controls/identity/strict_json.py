"""Keeps EMB-01. Reads JSON (RFC 8259) that others sent, with one meaning only: no repeated name, no depth, no NaN.

Proved in tests/controls/test_partner_token.py and tests/controls/test_jwks.py.
"""

import json
import math
import re
from typing import Final, NoReturn, cast

_MAX_DEPTH: Final = 8
# One without its end reaches to the end of the text: looked for from each quote anew, it would cost a square.
_JSON_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

JsonObject = dict[str, object]


class BadJson(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """The bytes are no JSON object in our sense; the text continues a sentence that begins with their name."""

    def __init__(self, text: str, *, is_duplicate: bool = False) -> None:
        super().__init__(text)
        self.is_duplicate = is_duplicate


def read_object(raw: bytes) -> JsonObject:
    """The object; BadJson for anything else."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJson("is not UTF-8") from None
    if _depth(text) > _MAX_DEPTH:
        raise BadJson(f"is nested more than {_MAX_DEPTH} levels deep")
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except ValueError:
        raise BadJson("is not JSON (RFC 8259) with finite numbers") from None
    if not isinstance(value, dict):
        raise BadJson("must be a JSON object")
    return cast("JsonObject", value)


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings; counted before parsing, so that no parser recurses on it."""
    deepest = depth = 0
    for character in _JSON_STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson("has a name twice in one object (RFC 8725 section 2.4)", is_duplicate=True)
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
