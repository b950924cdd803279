"""A partner's own house and its organizations, over HTTP by API key."""

from pathlib import Path

import pytest

from ringfence.base.problem import Problem
from ringfence.controls.identity import ApiKeyKind
from ringfence.features.partners import operator
from tests.house import House, house
from tests.vectors import make_bad_tokens as tokens
from tests.world import Stage

SETTINGS = "/api/v1/partner/settings"
KEYS = "/api/v1/partner/signing-keys"
ORGANIZATIONS = "/api/v1/partner/organizations"
NOBODY = "0192f3a4-0000-7000-8000-000000000000"


async def test_settings_change_what_is_given_and_keep_the_rest(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        given = {"default_retention_period": 30, "allowed_origins": ["https://app.northwind.example"]}
        await home.api("PATCH", SETTINGS, {**given, "security_contact": "security@northwind.example"})
        await home.api("PATCH", SETTINGS, {"default_region": "us"})
        found = (await home.api("GET", SETTINGS)).body
        assert given.items() <= found.items()
        assert (found["name"], found["default_region"]) == ("Northwind", "us")
        assert found["security_contact"] == "security@northwind.example"
        await home.api("PATCH", SETTINGS, {"security_contact": None})
        assert (await home.api("GET", SETTINGS)).body["security_contact"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"status": "active"},
        {"default_retention_period": 91},
        {"default_retention_period": "30"},
        {"allowed_origins": ["https://a.example/path"]},
        {"allowed_origins": ["http://a.example"]},
        {"name": "two\nlines"},
    ],
)
async def test_settings_that_nobody_may_set_are_422(stage: Stage, tmp_path: Path, change: dict[str, object]):
    async with house(stage, tmp_path) as home:
        answer = await home.api("PATCH", SETTINGS, change)
        assert (answer.status, answer.code) == (422, "invalid_request")
        assert answer.body["errors"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"jwks_url": "https://northwind.example/jwks.json"}, "unusable_key"),
        ({"jwks_url": "https://northwind.example/jwks.json", "public_key_pem": None}, "unusable_key"),
        ({"algorithm": "HS256"}, "unusable_key"),
        ({"kid": None}, "invalid_request"),
        ({"algorithm": "RS256"}, "unusable_key"),
        ({"public_key_pem": "no key"}, "unusable_key"),
        ({"public_key_pem": None}, "unusable_key"),
    ],
)
async def test_a_signing_key_that_we_do_not_take_is_422(
    stage: Stage, tmp_path: Path, change: dict[str, object], code: str
):
    async with house(stage, tmp_path) as home:
        body = {"kid": "new", "algorithm": "ES256", "public_key_pem": tokens.public_pem("ec"), **change}
        answer = await home.api("POST", KEYS, body)
        assert (answer.status, answer.code) == (422, code)


async def test_a_kid_is_taken_once_and_a_key_revoked_once(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id = await home.add_key("ec")
        body = {"kid": "ec", "algorithm": "RS256", "public_key_pem": tokens.public_pem("rsa")}
        assert (await home.api("POST", KEYS, body)).code == "kid_taken"
        assert [(await home.api("DELETE", f"{KEYS}/{key_id}")).status for _ in range(2)] == [204, 404]
        listed = {key["kid"]: key["status"] for key in (await home.api("GET", KEYS)).body["items"]}
        assert listed == {"ec": "revoked", "ed25519": "active"}


async def test_an_organization_is_made_once_renamed_and_set(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        org_id = await home.add_org("iris", region="us", settings={"retention_period": 7})
        assert (await home.api("POST", ORGANIZATIONS, {"external_id": "iris", "name": "x"})).code == "external_id_taken"
        change = {"name": "Iris & Co", "settings": {"generative_ai": False}}
        changed = (await home.api("PATCH", f"{ORGANIZATIONS}/{org_id}", change)).body
        assert (changed["name"], changed["region"], changed["external_id"]) == ("Iris & Co", "us", "iris")
        unlimited = {"monthly_micros": None, "monthly_tokens": None}
        assert changed["settings"] == {"generative_ai": False, "retention_period": 7, "spending": unlimited}
        assert (await home.api("GET", f"{ORGANIZATIONS}/{org_id}")).body == changed


@pytest.mark.promise("EMB-08", "TEN-07")
async def test_lists_page_stably_and_take_no_foreign_cursor(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for name in ("iris", "lily", "aster"):
            await home.add_org(name)
        first = (await home.api("GET", f"{ORGANIZATIONS}?limit=3")).body
        await home.add_org("late")
        rest = (await home.api("GET", f"{ORGANIZATIONS}?limit=3&cursor={first['next_cursor']}")).body
        seen = [org["external_id"] for org in first["items"] + rest["items"]]
        assert (seen, rest["next_cursor"]) == (["aster", "lily", "iris", "thorn", "rose"], None)
        assert (await home.api("GET", f"{KEYS}?cursor={first['next_cursor']}")).code == "invalid_cursor"
        southwind = home.client.as_(await another_partner(home))
        assert (await southwind("GET", f"{ORGANIZATIONS}?cursor={first['next_cursor']}")).code == "invalid_cursor"


async def another_partner(home: House) -> str:
    issuer = f"{home.issuer}/south"
    made = await operator.create_partner(home.kernel, "Southwind", issuer=issuer, kind=ApiKeyKind.LIVE)
    return made.api_key.reveal().decode()


@pytest.mark.promise("TEN-04")
async def test_another_partners_things_do_not_exist(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in()
        org_id, user_id = alice.body["organization"]["id"], alice.body["user"]["id"]
        key_id = (await home.api("GET", KEYS)).body["items"][0]["id"]
        api_key_id = (await home.api("GET", "/api/v1/partner/api-keys")).body["items"][0]["id"]
        southwind = home.client.as_(await another_partner(home))
        for method, path in [
            *((verb, f"{ORGANIZATIONS}/{org_id}") for verb in ("GET", "PATCH", "DELETE")),
            *((verb, f"{ORGANIZATIONS}/{org_id}/users/{user_id}") for verb in ("GET", "PATCH", "DELETE")),
            ("GET", f"{ORGANIZATIONS}/{org_id}/users"),
            ("DELETE", f"{KEYS}/{key_id}"),
            ("DELETE", f"/api/v1/partner/api-keys/{api_key_id}"),
            ("POST", f"/api/v1/partner/api-keys/{api_key_id}/rotate"),
            ("GET", f"{ORGANIZATIONS}/{NOBODY}"),
            ("GET", f"{ORGANIZATIONS}/not-an-id"),
        ]:
            answer = await southwind(method, path, {} if method == "PATCH" else None)
            assert (answer.status, answer.code) == (404, "not_found"), path
        assert (await home.log_in()).status == 200


@pytest.mark.promise("EMB-03")
async def test_a_partner_rectifies_a_user(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in(name="Alise", email="a@rose.example", role="admin")
        users = f"{ORGANIZATIONS}/{alice.body['organization']['id']}/users"
        path = f"{users}/{alice.body['user']['id']}"
        changed = await home.api("PATCH", path, {"display_name": "Alice", "email": None, "role": "member"})
        assert (changed.body["display_name"], changed.body["email"], changed.body["role"]) == ("Alice", None, "member")
        answer = await home.client.as_(alice.body["session_token"]).refused_soon("/api/v1/me")
        assert answer.code == "session_revoked"
        assert (await home.api("PATCH", path, {"role": "owner"})).status == 422
        assert [user["external_id"] for user in (await home.api("GET", users)).body["items"]] == ["alice"]


@pytest.mark.promise("EMB-08")
async def test_the_same_idempotency_key_makes_one_organization(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        body = {"external_id": "iris", "name": "Iris"}
        first = await home.api("POST", ORGANIZATIONS, body, Idempotency_Key="iris")
        again = await home.api("POST", ORGANIZATIONS, body, Idempotency_Key="iris")
        other = await home.api("POST", ORGANIZATIONS, {**body, "name": "x"}, Idempotency_Key="iris")
        assert (first.status, again.status, again.body) == (201, 201, first.body)
        assert (other.status, other.code) == (422, "idempotency_mismatch")


async def test_an_issuer_belongs_to_one_partner(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        with pytest.raises(Problem) as refused:
            await operator.create_partner(home.kernel, "Copy", issuer=home.issuer, kind=ApiKeyKind.LIVE)
        assert refused.value.code == "issuer_taken"
