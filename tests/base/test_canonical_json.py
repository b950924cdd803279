"""One value has one form (RFC 8785)."""

import json
import struct
from pathlib import Path

import pytest

from ringfence.base import canonical_json

NUMBERS = json.loads((Path(__file__).parent.parent / "vectors" / "canonical_json.json").read_text())["numbers"]


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_ecmascript_does(bits, text):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json.encode(number) == text.encode()


def test_the_example_of_the_rfc_gives_its_bytes():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": (None, True, False),
    }
    wanted = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json.encode(value) == wanted.encode()


def test_names_are_sorted_by_their_utf_16_units():
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\xf6"]
    found = json.loads(canonical_json.encode(dict.fromkeys(names, 0)))
    assert list(found) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [0, -7, 2**53 - 1, {}, [], "", [[]], {"a": {}}])
def test_what_is_written_reads_back(value):
    assert json.loads(canonical_json.encode(value)) == value


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, b"bytes", {1, 2}, "\ud800", {"\ud800": 1}, object()],
)
def test_what_is_not_json_is_refused(value):
    with pytest.raises(ValueError):
        canonical_json.encode(value)
