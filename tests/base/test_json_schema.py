"""Other people's schemas: what is refused before it is believed, and what a value is told."""

from typing import Any

import pytest

from ringfence.base.json_schema import Fault, SchemaRefused, check, fault


def doubling(levels: int) -> dict[str, Any]:
    """Each definition names the next one twice: 2 to the power of `levels` parts."""
    steps: dict[str, Any] = {
        f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}, {"$ref": f"#/$defs/d{at + 1}"}]} for at in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": steps | {f"d{levels}": {}}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


CHAIN = {"$defs": {f"d{at}": {"not": {"$ref": f"#/$defs/d{at + 1}"}} for at in range(40, -1, -1)} | {"d41": {}}}


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "objekt"}, "/type"),
        ({"properties": {"a": {"pattern": "("}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"pattern": "(?=x)y"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"pattern": r"(x)\1"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"pattern": "((a{100}){100}){100}"}}}, "/properties/a/pattern"),
        ({"$ref": "https://evil.example/schema"}, "/$ref"),
        ({"properties": {"a/b": {"$ref": "file:///etc/passwd"}}}, "/properties/a~1b/$ref"),
        ({"$ref": "other.json#/a"}, "/$ref"),
        ({"$ref": "#/a%2fb"}, "/$ref"),
        ({"$ref": "#/$defs/missing"}, "/$ref"),
        ({"$ref": "#/$defs/a/b", "$defs": {"a": "text"}}, "/$ref"),
        ({"$ref": "#/properties/a", "properties": {"a": {"$ref": "#/properties/a"}}}, "/$ref/$ref"),
        ({"$id": "https://evil.example/"}, "/$id"),
        ({"$defs": {"a": {"$anchor": "a"}}}, "/$defs/a/$anchor"),
        ({"$defs": {"a": {"$dynamicRef": "#a"}}}, "/$defs/a/$dynamicRef"),
        ({"$defs": {"a": {"$schema": "http://json-schema.org/draft-07/schema#"}}}, "/$defs/a/$schema"),
        ({"$schema": "https://evil.example/draft"}, "/$schema"),
        ({"$schema": 7}, "/$schema"),
        ({"description": "x" * 40_000}, ""),
        ({"a": {1, 2}, "b": object()}, ""),
        (CHAIN, ""),
        ({"enum": list(range(3_000))}, ""),
    ],
)
def test_a_schema_that_could_mislead_or_hold_us_up_is_refused(schema: dict[str, Any], pointer: str):
    with pytest.raises(SchemaRefused) as refused:
        check(schema)
    assert refused.value.pointer == pointer
    assert refused.value.detail.endswith(".")


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize("schema", [doubling(60), doubling(10), nested(40)])
def test_a_schema_that_unfolds_without_end_is_refused_before_it_is_compiled(schema: dict[str, Any]):
    with pytest.raises(SchemaRefused):
        check(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {
            "properties": {"a": {"$ref": "#/$defs/q"}, "b": {"$ref": "#/$defs/q"}},
            "$defs": {"q": {"pattern": "^(a+)+$"}},
        },
        {"properties": {"$ref": {"type": "string"}, "a": {"enum": [1, "x", None]}, "b": True}},
        {"$ref": "#/$defs/x~1y", "$defs": {"x/y": True}},
    ],
)
def test_an_ordinary_schema_is_taken(schema: dict[str, Any]):
    check(schema)


def test_a_value_is_told_its_first_fault_without_its_own_words():
    schema = {"properties": {"a": {"type": "object", "properties": {"b/c": {"type": "integer", "maximum": 9}}}}}
    assert fault(schema, {"a": {"b/c": 9}}) is None
    assert fault(schema, {"a": {"b/c": "secret"}}) == Fault("/a/b~1c", 'the value is not of type "integer"')


def test_a_value_that_meets_a_broken_schema_is_not_believed():
    with pytest.raises(SchemaRefused):
        fault({"type": "objekt"}, {})


def test_a_pattern_takes_no_longer_than_its_text():
    found = fault({"pattern": "^(a+)+$"}, "a" * 19_000 + "!")
    assert found is not None
    assert "match" in found.detail


def test_many_items_against_many_alternatives_are_one_fault():
    schema = {"items": {"anyOf": [{"const": str(at)} for at in range(900)]}}
    found = fault(schema, [1] * 300)
    assert found is not None
    assert found.pointer == "/0"


SLOW = "[ab]*a[ab]{%d}[cd]"
"""A pattern that remembers as many places as it is told to, for each character."""


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": SLOW % 4_000},
        {"anyOf": [{"pattern": SLOW % (300 + at)} for at in range(50)]},
        {"anyOf": [{"$ref": "#/$defs/p"}] * 50, "$defs": {"p": {"pattern": SLOW % 300}}},
        {"properties": {f"p{at}": {"pattern": f"[^a]{{500}}{at}"} for at in range(900)}},
        {"patternProperties": {f"[^a]{{500}}{at}": True for at in range(300)}},
    ],
)
def test_patterns_that_are_large_together_are_refused(schema: dict[str, Any]):
    with pytest.raises(SchemaRefused):
        check(schema)


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": SLOW % 1_000}, "ab" * 49_500),
        ({"propertyNames": {"pattern": "^a$"}}, {"a" * 20_001: 1}),
        ({"items": {"anyOf": [{"const": at} for at in range(900)]}}, [899] * 24_000),
    ],
)
def test_a_value_that_would_hold_up_everybody_else_is_not_looked_at(schema: dict[str, Any], value: object):
    check(schema)
    assert fault(schema, value) == Fault("", "The value is too large for its schema.")


def test_ordinary_patterns_have_room_beside_each_other():
    uuid = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    schema = {"properties": {f"p{at}": {"pattern": uuid} for at in range(30)}}
    check(schema)
    assert fault(schema, {"p7": "x", "text": "x" * 19_000}) == Fault("/p7", f'the value does not match "{uuid}"')
