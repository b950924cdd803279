"""Keeps KEY-01. Numbers as base62 of a fixed width: letters and digits alone, so that a double click marks a whole key.

Proved in tests/controls/test_api_keys.py.
"""

from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
_BASE: Final = len(_DIGITS)


def encode(number: int, width: int) -> str:
    """The number in exactly `width` digits, zeros in front; ValueError where it does not fit."""
    if not 0 <= number < _BASE**width:
        raise ValueError(f"the number does not fit into {width} digits")
    digits: list[str] = []
    for _ in range(width):
        number, digit = divmod(number, _BASE)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def decode(text: str) -> int:
    """The number; KeyError for a character that is no digit."""
    number = 0
    for digit in text:
        number = number * _BASE + _VALUES[digit]
    return number
