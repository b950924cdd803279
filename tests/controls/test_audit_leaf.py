"""A leaf is the canonical JSON of its entry, whatever the entry holds."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.base import canonical_json, ids
from ringfence.base.crypto import sha256
from ringfence.base.merkle import leaf_hash
from ringfence.controls.audit import leaf
from ringfence.evidence import verify

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
MAYBE = st.none() | WORDS
COLUMNS = st.tuples(
    WORDS, WORDS, WORDS, MAYBE, WORDS, MAYBE, MAYBE, WORDS, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, st.just("{}")
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS | st.floats(allow_nan=False)
VALUES = st.recursive(SCALARS.filter(lambda value: value not in {float("inf"), float("-inf")}), st.lists, max_leaves=5)
DETAILS = st.dictionaries(WORDS, VALUES, max_size=5)


def columns(**changed):
    """One entry's columns as Postgres writes them, with some of them another."""
    entry = {
        "id": str(ids.new()),
        "at": "2026-11-22T15:00:00.123456Z",
        "actor_kind": "system",
        "actor_id": None,
        "action": "run.started",
        "target_kind": None,
        "target_id": None,
        "outcome": "success",
        "reason": None,
        "permission": None,
        "request_id": None,
        "address_hash": None,
        "network": None,
        "details": "{}",
    }
    assert changed.keys() <= entry.keys()
    return tuple((entry | changed).values())


def written(log: str, index: int, entry: tuple, details: object) -> bytes:
    """The form of docs/audit-format.md, by the slow encoder."""
    kind, target_id = entry[5], entry[6]
    return canonical_json.encode(
        {
            "v": 1,
            "log": log,
            "index": index,
            "id": entry[0],
            "at": entry[1],
            "actor": {"kind": entry[2], "id": entry[3]},
            "action": entry[4],
            "target": None if kind is None and target_id is None else {"kind": kind, "id": target_id},
            "outcome": entry[7],
            "reason": entry[8],
            "permission": entry[9],
            "request_id": entry[10],
            "address_hash": entry[11],
            "network": entry[12],
            "details": details,
        }
    )


@pytest.mark.promise("AUD-04")
@given(COLUMNS, DETAILS, st.integers(0, 2**53 - 1))
def test_the_fast_encoder_writes_what_the_slow_one_writes(entry: tuple, details: dict, index: int):
    entry = (*entry[:-1], json.dumps(details, ensure_ascii=False))
    assert leaf.leaf_data("org/x", index, entry) == written("org/x", index, entry, details)


@pytest.mark.promise("AUD-04")
def test_a_leaf_is_made_of_details_in_any_order_and_with_any_blanks():
    one = columns(id="a", details='{"b": ["x"], "a": 1}')
    other = columns(id="a", details='{"a":1,"b":["x"]}')
    assert leaf.leaf_data("org/x", 3, one) == leaf.leaf_data("org/x", 3, other)
    assert leaf.hash_of("org/x", 3, one) == leaf_hash(leaf.leaf_data("org/x", 3, one))


@pytest.mark.promise("AUD-02")
@pytest.mark.parametrize(
    "details", ['{"n": 9007199254740993}', '{"n": 1e999}', "[1]", '"text"', "7", '{"a":' * 5000 + "1" + "}" * 5000]
)
def test_what_has_no_canonical_form_has_a_leaf_all_the_same(details: str):
    """Raw SQL can write it into the column: it must not stop the sealer for everybody."""
    found = msgspec.json.decode(leaf.leaf_data("org/x", 0, columns(details=details)))
    assert found["details"] == {"opaque": sha256(details.encode()).hex()}


@pytest.mark.promise("AUD-02")
@pytest.mark.parametrize(
    "changed",
    [
        {"details": json.dumps({"text": "x" * 100_000})},
        {"details": json.dumps({"texts": ["x" * 100] * 1_000})},
        {"reason": "x" * 70_000},
        {"reason": "\x01" * 20_000},
        {
            "actor_kind": "\x01" * 500,
            **dict.fromkeys(("action", "target_kind", "reason", "permission"), "\x01" * 9_999),
        },
        {"details": '{"a":' + "[" * 480 + "]" * 480 + "}"},
    ],
)
def test_no_leaf_is_longer_or_deeper_than_a_verifier_reads(changed: dict[str, Any]):
    data = leaf.leaf_data("org/1", 7, columns(**changed))
    assert len(data) <= leaf.MOST_BYTES
    assert verify.canonical(json.loads(data)) == data
    assert sha256(next(iter(changed.values())).encode()).hex().encode() in data or "actor_kind" in changed
    assert leaf.leaf_data("org/1", 7, columns(**{**changed, "outcome": "refused"})) != data


def test_each_column_and_the_place_change_the_leaf():
    entry = columns(reason="r")
    plain = leaf.hash_of("org/x", 0, entry)
    assert plain != leaf.hash_of("org/x", 1, entry)
    assert plain != leaf.hash_of("org/y", 0, entry)
    for place, value in enumerate(entry):
        changed: Any = (*entry[:place], '{"a":1}' if place == len(entry) - 1 else f"{value}x", *entry[place + 1 :])
        assert leaf.hash_of("org/x", 0, changed) != plain, place
