"""A tool over HTTP as it may be declared: each fault has its pointer, and what is stored is what is shown."""

from pathlib import Path
from typing import Any, get_args

import pytest

from ringfence.features.agents import tool as declared
from ringfence.features.runs import declaration
from tests.features.test_agents_api import AGENTS, CONCIERGE
from tests.house import House, house
from tests.world import Stage

REFUND: dict[str, Any] = {
    "name": "refund",
    "description": "Refunds an order.",
    "kind": "http",
    "method": "POST",
    "url": "https://api.northwind.example/orders/{order}/refunds?org={org.external_id}",
    "headers": {"X-User": "{user.external_id}", "Authorization": "Bearer partners-own"},
    "body": {"source": "agent", "for": {"user": "{user.external_id}"}},
    "parameters": {
        "type": "object",
        "properties": {"order": {"type": "string"}, "amount": {"type": "number", "minimum": 1}},
        "required": ["order", "amount"],
        "additionalProperties": False,
    },
    "effect": "pay",
    "args": {"order": "target_id:order", "amount": "amount"},
    "title": {"en": "Refund {amount} for {order}", "da": "Refundér {amount} for {order}"},
}
SCHEMA: dict[str, Any] = REFUND["parameters"]


async def declare(home: House, **changes: Any) -> Any:
    tool = {name: value for name, value in (REFUND | changes).items() if value is not ...}
    return await home.api("POST", AGENTS, CONCIERGE | {"tools": [tool]})


@pytest.mark.promise("AGT-06")
async def test_a_declaration_is_shown_as_it_is_stored_with_its_defaults_written_out(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await declare(home)
        assert answer.status == 201, answer.body
        shown = (await home.api("GET", f"{AGENTS}/{answer.body['id']}")).body["tools"][0]
        assert shown == REFUND | {
            "output_trust": "third_party",
            "approval": "policy",
            "approvers": "user",
            "approval_ttl_seconds": 3600,
            "idempotent": False,
            "limits": {"timeout_seconds": 30, "body_bytes": 1_000_000},
        }


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "http://api.northwind.example/{order}"}, "/url"),
        ({"url": "https://{order}.northwind.example/"}, "/url"),
        ({"url": "https://{user.external_id}.northwind.example/"}, "/url"),
        ({"url": "https://a.example/{amount}"}, "/url"),
        ({"url": "https://a.example/{missing}"}, "/url"),
        ({"url": "https://a.example/?order={order}"}, "/url"),
        ({"url": "https://a.example/?q={order}"}, "/url"),
        ({"url": "https://a.example/?AMOUNT=1"}, "/url"),
        ({"url": "https://a.example/?amoun%74=1"}, "/url"),
        ({"url": "https://a.example/{"}, "/url"),
        ({"url": "https://a.example/{user.email}"}, "/url"),
        ({"headers": {"Host": "a"}}, "/headers/Host"),
        ({"headers": {"cookie": "a"}}, "/headers/cookie"),
        ({"headers": {"Idempotency-Key": "a"}}, "/headers/Idempotency-Key"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "/headers/Transfer-Encoding"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers/x-a"),
        ({"headers": {"X-A": "{order}"}}, "/headers/X-A"),
        ({"body": {"Amount": 1}}, "/body"),
        ({"body": {"x": "{order}"}}, "/body"),
        ({"body": {"x": "y" * 20_000}}, "/body"),
        ({"method": "GET"}, "/body"),
        ({"parameters": SCHEMA | {"type": "array"}}, "/parameters/type"),
        ({"parameters": SCHEMA | {"additionalProperties": True}}, "/parameters/additionalProperties"),
        ({"parameters": SCHEMA | {"patternProperties": {".": {}}}}, "/parameters/patternProperties"),
        ({"parameters": {"$ref": "https://evil.example/schema"}}, "/parameters/$ref"),
        ({"parameters": SCHEMA | {"$schema": "https://evil.example/"}}, "/parameters/$schema"),
        ({"parameters": SCHEMA | {"required": "order"}}, "/parameters/required"),
        ({"parameters": SCHEMA | {"properties": {"user.external_id": {}}}}, "/parameters/properties"),
        ({"title": "Refund {everything}"}, "/title"),
        ({"args": {"other": "plain"}}, "/args"),
    ],
)
async def test_a_declaration_that_could_be_bent_is_refused_with_its_place(
    stage: Stage, tmp_path: Path, changes: dict[str, Any], pointer: str
):
    async with house(stage, tmp_path) as home:
        answer = await declare(home, **changes)
        assert (answer.status, answer.code) == (422, "invalid_tool")
        assert f"/tools/0{pointer}" in [error["pointer"] for error in answer.body["errors"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"effect": ...},
        {"effect": "harm"},
        {"method": "TRACE"},
        {"headers": {"X-A": "a\r\nX-B: c"}},
        {"headers": {"X A": "a"}},
        {"headers": {"X-A": "æ"}},
        {"limits": {"timeout_seconds": 61}},
        {"limits": {"body_bytes": 1_000_001}},
        {"approval_ttl_seconds": 899},
        {"args": {"order": "harm"}},
        {"title": {}},
        {"unknown": 1},
    ],
)
async def test_a_declaration_of_another_shape_is_refused(stage: Stage, tmp_path: Path, changes: dict[str, Any]):
    async with house(stage, tmp_path) as home:
        answer = await declare(home, **changes)
        assert (answer.status, answer.code) == (422, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://a.example/{secret:KEY}/{order}"},
        {"headers": {"Authorization": "Bearer {secret:KEY}"}},
        {"body": {"deep": [{"key": "{secret:KEY}"}]}},
    ],
)
async def test_secrets_are_said_to_come_later(stage: Stage, tmp_path: Path, changes: dict[str, Any]):
    async with house(stage, tmp_path) as home:
        answer = await declare(home, **changes)
        assert (answer.status, answer.code) == (422, "not_available_yet")
        assert answer.body["errors"][0]["pointer"] == f"/tools/0/{next(iter(changes))}"


async def test_reading_is_idempotent_unless_it_is_said_not_to_be(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for changes, expected in (({"effect": "read"}, True), ({"effect": "read", "idempotent": False}, False)):
            assert (await declare(home, **changes)).body["tools"][0]["idempotent"] is expected


def test_both_slices_know_the_same_effects():
    assert get_args(declared.Effect) == get_args(declaration.Effect)
