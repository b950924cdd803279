"""One way to write a JSON value as bytes (RFC 8785), so that a digest or a signature of it can be checked by anyone."""

import math
from json.encoder import encode_basestring
from typing import cast

_MAX_EXACT = 2**53 - 1
_FIRST_EXPONENT = 21
_LAST_FRACTION = -7

_NOT_JSON = "canonical JSON holds None, bool, int, float, str, list, tuple and dict with str keys"


def encode(value: object) -> bytes:
    """`value` in canonical form.

    ValueError for NaN, infinities, integers that a double cannot hold, lone surrogates and whatever is not JSON.
    """
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode("utf-8")  # UnicodeEncodeError, a ValueError, for a lone surrogate


def _write(value: object, parts: list[str]) -> None:
    match value:
        case None:
            parts.append("null")
        case bool():
            parts.append("true" if value else "false")
        case str():
            parts.append(encode_basestring(value))
        case int():
            parts.append(_integer(value))
        case float():
            parts.append(_number(value))
        case list() | tuple():
            _write_list(cast("list[object]", value), parts)
        case dict():
            _write_object(cast("dict[object, object]", value), parts)
        case _:
            raise ValueError(_NOT_JSON)


def _write_list(items: list[object] | tuple[object, ...], parts: list[str]) -> None:
    parts.append("[")
    for position, item in enumerate(items):
        if position:
            parts.append(",")
        _write(item, parts)
    parts.append("]")


def _write_object(members: dict[object, object], parts: list[str]) -> None:
    parts.append("{")
    for position, name in enumerate(sorted(members, key=_utf16)):
        if position:
            parts.append(",")
        _write(name, parts)
        parts.append(":")
        _write(members[name], parts)
    parts.append("}")


def _utf16(name: object) -> bytes:
    """The sort key that RFC 8785 section 3.2.3 asks for: UTF-16 code units, which differ from code points."""
    if not isinstance(name, str):
        raise ValueError(_NOT_JSON)  # noqa: TRY004 - one class of error for every value that is not JSON
    return name.encode("utf-16-be")


def _integer(value: int) -> str:
    if abs(value) > _MAX_EXACT:
        raise ValueError("an integer beyond 2**53 - 1 changes its value in other readers; send it as a string")
    return int.__repr__(value)


def _number(value: float) -> str:
    """ECMAScript's Number::toString: the same shortest digits as Python's, laid out differently."""
    if not math.isfinite(value):
        raise ValueError("JSON has no NaN and no infinity")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, point = _shortest(abs(value))
    if 0 < point <= _FIRST_EXPONENT:
        whole = digits[:point].ljust(point, "0")
        return f"{sign}{whole}.{digits[point:]}" if digits[point:] else sign + whole
    if _LAST_FRACTION < point - 1 < 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if digits[1:] else digits
    return f"{sign}{mantissa}e{point - 1:+d}"


def _shortest(value: float) -> tuple[str, int]:
    """The shortest digits that give `value` back, and where the decimal point stands in them."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    return digits.rstrip("0"), len(whole) - leading + int(exponent or "0")
