"""SEC-01 and SEC-02: secrets are written and never read back, and whatever is done to one leaves its entry.

Mutations and the tests that turn red: a grant of the value -> test_the_servers_own_role_cannot_read_a_value; no trigger
-> test_a_statement_past_our_code_leaves_its_entry; the input in validation errors -> test_no_refusal_repeats_a_value.
"""

import asyncio
import hashlib
import json
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls import audit
from ringfence.controls.tenancy import DatabaseError, OrgScope, Statement, gate, nothing, scalar
from ringfence.controls.vault.kept import Kept
from tests.house import House, house
from tests.world import Stage

SECRETS = "/api/v1/partner/secrets"
VALUE = "sk-planted-0123456789"


def body(org_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "organization_id": org_id, "name": "CRM_KEY", "value": VALUE, "allowed_hosts": ["api.northwind.example"],
        **changes,
    }  # fmt: skip


async def rose_of(home: House) -> str:
    listed = await home.api("GET", "/api/v1/partner/organizations")
    return next(one["id"] for one in listed.body["items"] if one["external_id"] == "rose")


async def keep(home: House, **changes: Any) -> dict[str, Any]:
    answer = await home.api("POST", SECRETS, body(await rose_of(home), **changes))
    assert answer.status in {200, 201}, answer.body
    return answer.body


async def log_of(home: House, org_id: str) -> list[audit.Entry]:
    async with home.kernel.database.org(OrgScope(home.partner_id, OrgId(UUID(org_id)), Role.OPERATOR)) as tx:
        return await audit.recent(tx, 50)


@pytest.mark.promise("SEC-01")
async def test_a_secret_is_kept_replaced_listed_and_deleted_and_never_shown(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await home.api("POST", SECRETS, body(await rose_of(home)))
        assert (made.status, made.body["replaced"], made.body["version"]) == (201, False, 1)
        again = await keep(home, value="another-value-1", allowed_hosts=["API.northwind.example:8443", "b.example:443"])
        assert (again["id"], again["replaced"], again["version"]) == (made.body["id"], True, 2)
        assert again["allowed_hosts"] == ["api.northwind.example:8443", "b.example"]
        listed = await home.api("GET", f"{SECRETS}?organization_id={again['organization_id']}")
        one = await home.api("GET", f"{SECRETS}/{again['id']}")
        shown = {name: value for name, value in again.items() if name != "replaced"}
        assert (listed.body["items"], one.body) == ([shown], shown)
        assert "value" not in shown
        assert (await home.api("DELETE", f"{SECRETS}/{again['id']}")).status == 204
        assert [(await home.api(way, f"{SECRETS}/{again['id']}")).status for way in ("GET", "DELETE")] == [404, 404]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"value": "x" * 65_537}, "invalid_request"),
    ({"value": "short"}, "invalid_request"),
    ({"value": VALUE + "\x00"}, "invalid_request"),
    ({"value": VALUE + "\x1b"}, "invalid_request"),
    ({"value": VALUE + "\ud800"}, "invalid_request"),
    ({"value": [VALUE]}, "invalid_request"),
    ({"value": {"deep": VALUE}}, "invalid_request"),
    ({"value": None, "extra": VALUE}, "invalid_request"),
    ({"name": VALUE}, "invalid_request"),
    ({"name": "A" * 65}, "invalid_request"),
    ({"name": "MODEL_MINE"}, "invalid_request"),
    ({"name": "MODEL_OPENAI", "value": VALUE + "\n"}, "invalid_value"),
    ({"organization_id": VALUE}, "invalid_request"),
    ({"allowed_hosts": []}, "invalid_request"),
    ({"allowed_hosts": ["a.example"] * 21}, "invalid_request"),
    ({"allowed_hosts": ["*.northwind.example"]}, "invalid_host"),
    ({"allowed_hosts": ["*"]}, "invalid_host"),
    ({"allowed_hosts": ["api.smørrebrød.example"]}, "invalid_host"),
    ({"allowed_hosts": ["https://api.northwind.example"]}, "invalid_host"),
    ({"allowed_hosts": ["api.northwind.example/v1"]}, "invalid_host"),
    ({"allowed_hosts": ["203.0.113.0/24"]}, "invalid_host"),
    ({"allowed_hosts": ["me@api.northwind.example"]}, "invalid_host"),
    ({"allowed_hosts": ["api.northwind.example:99999"]}, "invalid_host"),
    ({"allowed_hosts": ["api.northwind.example."]}, "invalid_host"),
    ({"allowed_hosts": ["10.0.0.1"]}, "invalid_host"),
    ({"allowed_hosts": ["localhost"]}, "invalid_host"),
    ({"allowed_hosts": ["api.northwind.example "]}, "invalid_host"),
]


@pytest.mark.promise("SEC-01")
async def test_what_is_no_secret_is_refused_and_no_refusal_repeats_a_value(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        rose = await rose_of(home)
        for changes, code in BAD:
            answer = await home.api("POST", SECRETS, body(rose, **changes))
            assert (answer.status, answer.code) == (422, code), (changes, answer.body)
            assert VALUE not in json.dumps(answer.body)
            assert answer.body["errors"][0]["pointer"]
        answer = await home.api("POST", SECRETS, body(rose, value="x" * 1_040_000))
        assert (answer.status, answer.code) == (413, "body_too_large")
        assert (await home.api("GET", f"{SECRETS}?organization_id={rose}")).body["items"] == []


@pytest.mark.promise("SEC-01", "TEN-01")
async def test_another_partners_organization_has_no_secrets(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        secret_id, rose = (await keep(home))["id"], await rose_of(home)
        async with house(stage, tmp_path) as other:
            answers = [
                await other.api("POST", SECRETS, body(rose)),
                await other.api("GET", f"{SECRETS}?organization_id={rose}"),
                await other.api("GET", f"{SECRETS}/{secret_id}"),
                await other.api("DELETE", f"{SECRETS}/{secret_id}"),
                await other.api("POST", SECRETS, body(str(ids.new()))),
            ]
        assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * 5


@pytest.mark.promise("SEC-01")
async def test_the_same_key_gives_the_same_answer_and_no_value_is_kept_for_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        rose, key = await rose_of(home), secrets.token_hex(8)
        first = await home.api("POST", SECRETS, body(rose, name="REPLAYED"), Idempotency_Key=key)
        again = await home.api("POST", SECRETS, body(rose, name="REPLAYED"), Idempotency_Key=key)
        other = await home.api("POST", SECRETS, body(rose, name="REPLAYED", value="another-value"), Idempotency_Key=key)
        assert (first.status, again.status, first.body) == (201, 201, again.body)
        assert (other.status, other.code) == (422, "idempotency_mismatch")


@pytest.mark.promise("SEC-01")
async def test_what_is_kept_of_a_request_can_not_be_guessed_and_older_records_still_count(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        asked, key = body(await rose_of(home), name="GUESSED"), secrets.token_hex(8)
        sent = json.dumps(asked).encode()
        first = await home.api("POST", SECRETS, sent, Idempotency_Key=key, Content_Type="application/json")
        guess = b"".join(len(part).to_bytes(4) + part for part in (b"POST", SECRETS.encode(), sent.hex().encode()))
        plain = hashlib.sha256(guess).digest()
        with stage.admin() as admin:
            mine = "where subject_id = %s"
            kept = admin.execute(f"select request_hash from app.idempotency {mine}", [first.body["id"]]).fetchone()
            assert kept is not None
            assert (len(kept[0]), plain in kept[0]) == (33, False)
            admin.execute(f"update app.idempotency set request_hash = %s {mine}", [plain, first.body["id"]])
        again = await home.api("POST", SECRETS, sent, Idempotency_Key=key, Content_Type="application/json")
        assert (again.status, again.body) == (201, first.body)


@pytest.mark.promise("SEC-01")
async def test_a_restricted_organizations_secrets_can_still_be_replaced_and_deleted(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        doomed = await home.add_org(f"restricted-{secrets.token_hex(4)}")
        assert (
            await home.api("PATCH", f"/api/v1/partner/organizations/{doomed}", {"status": "restricted"})
        ).status == 200
        made = await home.api("POST", SECRETS, body(doomed))
        assert made.status == 201
        assert (await home.api("DELETE", f"{SECRETS}/{made.body['id']}")).status == 204


@pytest.mark.promise("SEC-02")
async def test_each_act_is_in_the_organizations_log_with_actor_request_and_permission(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await keep(home)
        await keep(home, value="another-value")
        assert (await home.api("DELETE", f"{SECRETS}/{made['id']}", Request_Id=str(ids.new()))).status == 204
        log = [one for one in await log_of(home, made["organization_id"]) if one.action.startswith("secret.")]
    assert [(one.action, one.details) for one in log] == [
        ("secret.deleted", {"version": 2}), ("secret.replaced", {"version": 2}), ("secret.created", {"version": 1}),
    ]  # fmt: skip
    for one in log:
        assert (one.actor_kind, one.target_kind, one.target_id) == ("api_key", "secret", UUID(made["id"]))
        assert (one.permission, one.outcome) == ("secrets:write", "success")
        assert one.actor_id is not None
        assert one.request_id is not None
        assert one.address_hash is not None
        assert all(audit.FORMS[audit.Action(one.action)].details[name](value) for name, value in one.details.items())


_RAW = {
    "secret.created": (
        "insert into app.secret (id, name, value, allowed_hosts) values ($1, 'RAW', '', '{a.example}') returning id"
    ),
    "secret.replaced": "update app.secret set value = 'x' where id = $1 returning id",
    "secret.deleted": "delete from app.secret where id = $1 returning id",
}


@pytest.mark.promise("SEC-02")
async def test_a_statement_past_our_code_leaves_its_entry(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        rose, secret_id = await rose_of(home), ids.new()
        scope = OrgScope(home.partner_id, OrgId(UUID(rose)), Role.PARTNER)
        for action, raw in _RAW.items():
            assert await home.kernel.database.write(scope, Statement(raw, scalar)(secret_id)) == [[secret_id]]
            newest = (await log_of(home, rose))[0]
            assert (newest.action, newest.target_id, newest.actor_kind) == (action, secret_id, "unknown")


@pytest.mark.promise("SEC-02")
async def test_an_erased_organizations_secrets_are_deleted_with_their_entries(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        doomed = await home.add_org(f"doomed-{secrets.token_hex(4)}")
        made = await home.api("POST", SECRETS, body(doomed))
        assert (await home.api("DELETE", f"/api/v1/partner/organizations/{doomed}")).status == 200
        log = [one for one in await log_of(home, doomed) if one.target_id == UUID(made.body["id"])]
        assert [one.action for one in log] == ["secret.deleted", "secret.created"]


READS = [
    "select value from app.secret",
    "select * from app.secret",
    "select name from app.secret where value is not null",
    "select s::text from app.secret s",
    "update app.secret set allowed_hosts = array[encode(value, 'hex')]",
    "update app.secret set value = value",
    "delete from app.secret returning value",
    "insert into app.secret (id, name, value, allowed_hosts) select id, 'B', value, allowed_hosts from app.secret",
    "copy app.secret to stdout",
    "copy (select value from app.secret) to stdout",
    "update app.secret set name = 'RENAMED'",
    "update app.secret set use_count = 0",
    "truncate app.secret",
]


async def refused(home: House, scope: OrgScope, raw: str, *params: UUID) -> str | None:
    with pytest.raises(DatabaseError) as failure:
        await home.kernel.database.write(scope, Statement(raw, nothing)(*params))
    return failure.value.sqlstate


@pytest.mark.promise("SEC-01")
async def test_the_servers_own_role_cannot_read_a_value(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await keep(home)
        scope = OrgScope(home.partner_id, OrgId(UUID(made["organization_id"])), Role.PARTNER)
        assert {raw: await refused(home, scope, raw) for raw in READS} == dict.fromkeys(READS, "42501")
        names = Statement("select name from app.secret", scalar)()
        assert await home.kernel.database.read(scope, names) == [["CRM_KEY"]]


@pytest.mark.promise("SEC-01")
async def test_no_user_of_an_organization_keeps_secrets_not_even_by_sql(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made, user = await keep(home), UserId(UUID((await home.log_in()).body["user"]["id"]))
        for role in (Role.MEMBER, Role.ADMIN, Role.OWNER):
            scope = OrgScope(home.partner_id, OrgId(UUID(made["organization_id"])), role, user)
            for raw in _RAW.values():
                assert await refused(home, scope, raw, UUID(made["id"])) == "42501"


_TO_RESEAL = "select value from gate.secrets_to_reseal('x'::bytea, 9, '00000000-0000-7000-8000-000000000001')"
_RESEAL = Statement("select gate.reseal_secret($1, $2, $3)", scalar)


@pytest.mark.promise("SEC-01")
async def test_rotation_alone_is_given_what_is_sealed_and_puts_nothing_else_in(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made, user = await keep(home), UserId(UUID((await home.log_in()).body["user"]["id"]))
        org, secret_id = OrgId(UUID(made["organization_id"])), UUID(made["id"])
        operator = OrgScope(home.partner_id, org, Role.OPERATOR)
        [[sealed]] = await home.kernel.database.write(operator, Statement(_TO_RESEAL, scalar)())
        anew = sealed[:1] + bytes(16) + sealed[17:]
        for role, by in ((Role.MEMBER, user), (Role.OWNER, user), (Role.PARTNER, None)):
            scope = OrgScope(home.partner_id, org, role, by)
            assert await refused(home, scope, _TO_RESEAL) == "42501"
            assert await home.kernel.database.write(scope, _RESEAL(secret_id, sealed, anew)) == [[0]]
        assert await home.kernel.database.write(operator, _RESEAL(secret_id, sealed, b"something else")) == [[0]]
        assert await home.kernel.database.write(operator, _RESEAL(secret_id, sealed, anew)) == [[1]]


@pytest.mark.promise("SEC-01")
async def test_partners_sessions_and_narrow_keys_cannot_reach_secrets(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        rose, alice = await rose_of(home), await home.session(role="admin")
        narrow = await home.api("POST", "/api/v1/partner/api-keys", {"scopes": ["agents:read"]})
        for client in (alice, home.client.as_(narrow.body["key"])):
            answer = await client("POST", SECRETS, body(rose))
            assert (answer.status, answer.code) == (403, "forbidden")
            assert (await client("GET", f"{SECRETS}?organization_id={rose}")).status == 403


@pytest.mark.promise("SEC-01")
async def test_two_at_once_are_one_secret_in_two_versions(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answers = await asyncio.gather(*(keep(home, name="TWICE", value=f"value-{n}-of-two") for n in range(4)))
        assert len({one["id"] for one in answers}) == 1
        assert sorted(one["version"] for one in answers) == [1, 2, 3, 4]


@pytest.mark.promise("SEC-01")
async def test_an_organization_keeps_a_bounded_number(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(stage, tmp_path) as home:
        monkeypatch.setattr("ringfence.features.secrets.actions.MOST", 1)
        org = await home.add_org(f"full-{secrets.token_hex(4)}")
        assert (await home.api("POST", SECRETS, body(org))).status == 201
        answer = await home.api("POST", SECRETS, body(org, name="SECOND"))
        assert (answer.status, answer.code) == (409, "too_many_secrets")
        assert (await home.api("POST", SECRETS, body(org, value="replaced-value"))).status == 200


@pytest.mark.promise("SEC-01")
async def test_what_is_stored_is_sealed_under_the_organizations_key_with_name_and_hosts(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await keep(home, value=f"{VALUE}\nsecond line")
        with stage.admin() as admin, admin.cursor() as cursor:
            (record,) = cursor.execute("select value from app.secret where id = %s", [made["id"]]).fetchone() or (b"",)
        assert VALUE.encode() not in record
        assert record[:1] == b"\x02"
        scope = OrgScope(home.partner_id, OrgId(UUID(made["organization_id"])), Role.OPERATOR)
        [head] = (await home.kernel.database.read(scope, gate.secret_heads(5)))[0]
        assert (head.place, head.head, head.size) == ("app.secret.value", record[:17], len(record))
        assert VALUE not in repr(Kept("CRM_KEY", (), VALUE.encode()))
