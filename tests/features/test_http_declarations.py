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
    "headers": {"X-User": "{user.external_id}", "Authorization": "Bearer {secret:PARTNERS_OWN}"},
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


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "https://a.example/{secret:KEY}/{order}"}, "/url"),
        ({"url": "https://a.example/{order}?key={secret:KEY}"}, "/url"),
        ({"headers": {"X-Key": "{secret:key}"}}, "/headers/X-Key"),
        ({"headers": {"X-Key": "{secret:}"}}, "/headers/X-Key"),
        ({"headers": {"X-Key": "{secret:MODEL_OPENAI}"}}, "/headers/X-Key"),
        ({"body": {"deep": [{"key": "{secret:../KEY}"}]}}, "/body"),
        ({"title": "Refund with {secret:KEY}"}, "/title"),
    ],
)
async def test_a_secret_stands_in_headers_and_body_alone(
    stage: Stage, tmp_path: Path, changes: dict[str, Any], pointer: str
):
    async with house(stage, tmp_path) as home:
        good = await declare(home, headers={"X-Key": "{secret:KEY}"}, body={"deep": [{"key": "{secret:KEY}"}]})
        assert good.status == 201, good.body
        answer = await declare(home, **changes)
        assert (answer.status, answer.code) == (422, "invalid_tool")
        assert answer.body["errors"][0]["pointer"] == f"/tools/0{pointer}"


@pytest.mark.promise("SEC-01")
async def test_a_credential_does_not_stand_in_a_declaration(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for name, value in (
            ("Authorization", "Bearer sk-planted"),
            ("authorization", "{org.external_id}:sk-planted"),
            ("X-Api-Key", "sk-planted"),
            ("X-Auth-Token", "7"),
        ):
            answer = await declare(home, headers={name: value})
            assert (answer.status, answer.code) == (422, "literal_secret")
            assert answer.body["errors"][0]["pointer"] == f"/tools/0/headers/{name}"
            assert "sk-planted" not in str(answer.body)
        for value in ("Bearer {secret:KEY}", "Bearer {user.external_id}", "{user.external_id}"):
            assert (await declare(home, headers={"Authorization": value})).status == 201


@pytest.mark.promise("SEC-01")
async def test_a_credential_of_an_older_version_is_not_shown(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(stage, tmp_path) as home:
        with monkeypatch.context() as older:
            older.setattr("ringfence.features.agents.http_rules.credentials.literal", lambda _headers: iter(()))
            made = await declare(home, headers={"X-Api-Key": "sk-planted", "X-Tenant": "rose"})
        path = f"{AGENTS}/{made.body['id']}"
        for shown in (path, AGENTS, f"{path}/versions", f"{path}/versions/1"):
            answer = await home.api("GET", shown)
            assert "sk-planted" not in str(answer.body)
            assert "'X-Api-Key': '[hidden]'" in str(answer.body)
        again = await home.api("PATCH", path, {"tools": (await home.api("GET", path)).body["tools"]})
        assert (again.status, again.code) == (422, "literal_secret")


async def test_reading_is_idempotent_unless_it_is_said_not_to_be(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for changes, expected in (({"effect": "read"}, True), ({"effect": "read", "idempotent": False}, False)):
            assert (await declare(home, **changes)).body["tools"][0]["idempotent"] is expected


def test_both_slices_know_the_same_effects():
    assert get_args(declared.Effect) == get_args(declaration.Effect)
