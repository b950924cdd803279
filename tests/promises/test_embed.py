"""EMB-01 to EMB-06 over HTTP: whom a partner vouches for gets in once, is who it says, and is out when cut off."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock
from ringfence.controls import audit
from ringfence.controls.identity import ApiKeyKind
from ringfence.controls.tenancy import PartnerScope
from ringfence.features.partners import operator
from tests.house import Answer, Client, House, house, make_kernel, serving
from tests.vectors import make_bad_tokens as tokens
from tests.world import Stage

LOG_IN = "/api/v1/embed/auth"
REFRESH = "/api/v1/embed/refresh"
LOG_OUT = "/api/v1/embed/logout"
ME = "/api/v1/me"


async def refreshed(home: House, token: str) -> Answer:
    return await home.client("POST", REFRESH, {"refresh_token": token})


async def out_within_five_seconds(client: Client, code: str) -> None:
    answer = await client.refused_soon(ME)
    assert (answer.status, answer.code) == (401, code)


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("name", ["rsa", "ec", "ed25519"])
async def test_each_algorithm_logs_a_user_in(stage: Stage, tmp_path: Path, name: str):
    async with house(stage, tmp_path) as home:
        if name != "ed25519":
            await home.add_key(name)
        alice = home.client.as_((await home.log_in(key=name)).body["session_token"])
        me = await alice("GET", ME)
        assert (me.status, me.body["organization"]["external_id"], me.body["user"]["role"]) == (200, "rose", "member")


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("tokens", [1, pytest.param(10, marks=pytest.mark.long)])
async def test_a_token_raced_a_hundred_times_buys_one_session(stage: Stage, tmp_path: Path, tokens: int):
    async with house(stage, tmp_path) as home:
        for token in [home.token() for _ in range(tokens)]:
            answers = await asyncio.gather(*(home.client("POST", LOG_IN, {"token": token}) for _ in range(100)))
            assert sorted(answer.status for answer in answers) == [200] + [401] * 99
        with stage.admin() as admin:
            found = admin.execute(
                "select count(*) from app.session s join app.directory d using (org_id) where d.partner_id = %s",
                [home.partner_id],
            ).fetchone()
        assert found == (tokens,)


@pytest.mark.promise("EMB-01")
async def test_two_spellings_of_one_jti_are_one_token(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await home.log_in(jti="once")).status == 200
        assert (await home.log_in("bob", jti="once")).code == "invalid_token"


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"org": "nowhere"}, "unknown_organization"),
        ({"role": "owner"}, "role_refused"),
        ({"aud": "http://elsewhere.test"}, "wrong_audience"),
        ({"iss": "https://unknown.example"}, "unknown_key"),
        ({"exp": 4_000_000_000}, "lives_too_long"),
    ],
)
async def test_a_token_that_does_not_hold_is_401_and_says_why_in_development(
    stage: Stage, tmp_path: Path, claims: dict[str, Any], reason: str
):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in(**claims)
        assert (answer.status, answer.code) == (401, "invalid_token")
        assert reason in answer.body["detail"]


@pytest.mark.promise("EMB-01")
async def test_another_partners_key_signs_nobody_in(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path / "one") as home:
        southwind = await operator.create_partner(
            home.kernel, "Southwind", issuer="https://southwind.example", kind=ApiKeyKind.LIVE
        )
        answer = await home.log_in(iss="https://southwind.example")
        assert (answer.status, southwind.id != home.partner_id) == (401, True)


@pytest.mark.promise("EMB-01")
async def test_an_organization_is_made_at_first_sight_only_where_the_partner_wants_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await home.log_in(org="new")).status == 401
        assert (await home.api("PATCH", "/api/v1/partner/settings", {"creates_organizations": True})).status == 200
        answers = await asyncio.gather(*(home.log_in(f"u{n}", "new", org_name="New & Co") for n in range(8)))
        assert [answer.status for answer in answers] == [200] * 8
        assert {answer.body["organization"]["name"] for answer in answers} == {"New & Co"}
        assert len({answer.body["organization"]["id"] for answer in answers}) == 1


@pytest.mark.promise("EMB-02")
async def test_a_user_is_a_shadow_with_a_synthetic_address(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("alice@rose.example")
        org_id = answer.body["organization"]["id"]
        path = f"/api/v1/partner/organizations/{org_id}/users/{answer.body['user']['id']}"
        user = (await home.api("GET", path)).body
        assert user["external_id"] == "alice@rose.example"
        assert "alice" not in user["address"]
        assert user["address"].endswith(f"@{home.partner_id}.embed.ringfence.test")


@pytest.mark.promise("EMB-02")
async def test_one_subject_is_one_user_however_many_log_in_at_once(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answers = await asyncio.gather(*(home.log_in("bob") for _ in range(10)))
        assert len({answer.body["user"]["id"] for answer in answers}) == 1
        elsewhere = await home.log_in("bob", "thorn")
        assert elsewhere.body["user"]["id"] != answers[0].body["user"]["id"]


@pytest.mark.promise("EMB-03")
async def test_claims_rectify_name_email_role_and_organization_at_once(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.session(name="Alice", email="a@rose.example")
        await home.log_in(name="Alice B.", email="b@rose.example", role="admin", org_name="Rose Ltd")
        me = (await alice("GET", ME)).body
        assert me["user"] | {"id": ""} == {
            "id": "", "display_name": "Alice B.", "email": "b@rose.example", "role": "admin",
            "locale": None,
        }  # fmt: skip
        assert me["organization"]["name"] == "Rose Ltd"


@pytest.mark.promise("EMB-03")
async def test_claims_left_out_change_nothing(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await home.log_in(name="Alice", email="a@rose.example", org_name="Rose Ltd")
        body = (await home.log_in()).body
        assert (body["user"]["display_name"], body["user"]["email"]) == ("Alice", "a@rose.example")
        assert body["organization"]["name"] == "Rose Ltd"


@pytest.mark.promise("EMB-03", "EMB-05")
async def test_a_lowered_role_ends_the_sessions_that_held_the_higher_one(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        before = await home.log_in(role="admin")
        after = await home.session(role="viewer")
        await out_within_five_seconds(home.client.as_(before.body["session_token"]), "session_revoked")
        assert (await refreshed(home, before.body["refresh_token"])).code == "session_ended"
        assert (await after("GET", ME)).body["user"]["role"] == "viewer"


@pytest.mark.promise("EMB-04")
async def test_a_session_lasts_an_hour(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in()
        assert answer.body["expires_in"] == 3600
        clock.travel(timedelta(hours=1, seconds=1))
        try:
            await home.settle()
            late = await home.client.as_(answer.body["session_token"])("GET", ME)
        finally:
            clock.travel(timedelta())
        assert (late.status, late.code) == (401, "session_expired")


@pytest.mark.promise("EMB-04")
async def test_a_refresh_token_raced_fifty_times_has_one_child_and_logs_nobody_out(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        parent = (await home.log_in()).body["refresh_token"]
        answers = await asyncio.gather(*(refreshed(home, parent) for _ in range(50)))
        assert {answer.status for answer in answers} == {200}
        children = {answer.body["refresh_token"] for answer in answers}
        assert len(children) == 1
        assert (await refreshed(home, children.pop())).status == 200


@pytest.mark.promise("EMB-04")
async def test_a_stolen_refresh_token_ends_the_family(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        stolen = (await home.log_in()).body["refresh_token"]
        child = (await refreshed(home, stolen)).body["refresh_token"]
        newest = (await refreshed(home, child)).body
        assert (await refreshed(home, stolen)).code == "refresh_reused"
        assert (await refreshed(home, newest["refresh_token"])).code == "session_ended"
        await out_within_five_seconds(home.client.as_(newest["session_token"]), "session_revoked")


@pytest.mark.promise("EMB-04")
async def test_a_parent_that_comes_back_late_is_a_theft(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        parent = (await home.log_in()).body["refresh_token"]
        child = (await refreshed(home, parent)).body["refresh_token"]
        with stage.admin() as admin:
            admin.execute("update app.refresh_token set used_at = used_at - interval '11 s' where used_at is not null")
        assert (await refreshed(home, parent)).code == "refresh_reused"
        assert (await refreshed(home, child)).code == "session_ended"


@pytest.mark.promise("EMB-04", "EMB-05")
async def test_no_refresh_goes_past_twelve_hours(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in()
        with stage.admin() as admin:
            admin.execute("update app.session set expires_at = now() + interval '10 minutes'")
        renewed = await refreshed(home, answer.body["refresh_token"])
        assert 590 <= renewed.body["expires_in"] <= 600
        with stage.admin() as admin:
            admin.execute("update app.session set expires_at = now()")
        assert (await refreshed(home, renewed.body["refresh_token"])).code == "session_expired"


@pytest.mark.promise("EMB-04")
async def test_logging_out_ends_the_session_everywhere(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in()
        gone = await home.client("POST", LOG_OUT, {"refresh_token": answer.body["refresh_token"]})
        assert gone.status == 204
        await out_within_five_seconds(home.client.as_(answer.body["session_token"]), "session_revoked")
        assert (await refreshed(home, answer.body["refresh_token"])).code == "session_ended"


async def cut_user(home: House, answer: Answer, status: str) -> None:
    path = f"/api/v1/partner/organizations/{answer.body['organization']['id']}/users/{answer.body['user']['id']}"
    assert (await home.api("PATCH", path, {"status": status})).status == 200


async def cut_organization(home: House, answer: Answer, status: str) -> None:
    path = f"/api/v1/partner/organizations/{answer.body['organization']['id']}"
    assert (await home.api("PATCH", path, {"status": status})).status == 200


async def cut_partner(home: House, _answer: Answer, status: str) -> None:
    act = operator.restrict_partner if status == "restricted" else operator.resume_partner
    await act(home.kernel, home.partner_id)


CUTS = {"user": cut_user, "organization": cut_organization, "partner": cut_partner}


@pytest.mark.promise("EMB-05", "PRV-03")
@pytest.mark.parametrize("what", CUTS)
async def test_whoever_is_cut_off_is_out_within_five_seconds_in_every_process(stage: Stage, tmp_path: Path, what: str):
    async with house(stage, tmp_path) as home, stage.open() as other:
        kernel = make_kernel(other, home.kernel.keystore)  # pyright: ignore[reportArgumentType] - the file one
        async with serving(kernel) as elsewhere:
            answer = await home.log_in()
            session = elsewhere.as_(answer.body["session_token"])
            assert (await session("GET", ME)).status == 200
            await CUTS[what](home, answer, "restricted")
            await out_within_five_seconds(session, "session_revoked")
            assert (await home.log_in()).code == f"{what}_restricted"
            assert (await refreshed(home, answer.body["refresh_token"])).code == f"{what}_restricted"


@pytest.mark.promise("EMB-05", "PRV-03")
@pytest.mark.parametrize("what", CUTS)
async def test_whoever_is_let_back_in_logs_in_anew_and_old_sessions_stay_out(stage: Stage, tmp_path: Path, what: str):
    async with house(stage, tmp_path) as home:
        old = await home.log_in()
        await CUTS[what](home, old, "restricted")
        await CUTS[what](home, old, "active")
        assert (await refreshed(home, old.body["refresh_token"])).code == "session_revoked"
        await home.settle()
        assert (await home.client.as_(old.body["session_token"])("GET", ME)).code == "session_revoked"
        assert (await (await home.session())("GET", ME)).status == 200


@pytest.mark.promise("EMB-05")
async def test_revoking_a_signing_key_ends_what_it_vouched_for_and_nothing_else(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await home.add_key("ec")
        by_old, by_new = await home.log_in(), await home.log_in(key="ec")
        keys = (await home.api("GET", "/api/v1/partner/signing-keys")).body["items"]
        old = next(key["id"] for key in keys if key["kid"] == "ed25519")
        assert (await home.api("DELETE", f"/api/v1/partner/signing-keys/{old}")).status == 204
        await out_within_five_seconds(home.client.as_(by_old.body["session_token"]), "session_revoked")
        assert (await refreshed(home, by_old.body["refresh_token"])).code == "session_revoked"
        assert (await home.log_in()).code == "invalid_token"
        assert (await refreshed(home, by_new.body["refresh_token"])).status == 200


@pytest.mark.promise("EMB-05")
async def test_rotating_a_signing_key_overlaps_and_ends_no_session(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        before = await home.log_in()
        old = (await home.api("GET", "/api/v1/partner/signing-keys")).body["items"][0]["id"]
        body = {"kid": "ec", "algorithm": "ES256", "public_key_pem": tokens.public_pem("ec"), "replaces": old}
        assert (await home.api("POST", "/api/v1/partner/signing-keys", body)).status == 201
        assert [(await home.log_in(key=key)).status for key in ("ed25519", "ec")] == [200, 200]
        with stage.admin() as admin:
            admin.execute("update app.signing_key set expires_at = now() where kid = 'ed25519'")
        assert (await home.log_in()).status == 401
        assert (await refreshed(home, before.body["refresh_token"])).status == 200


@pytest.mark.promise("EMB-06")
async def test_each_log_in_good_or_bad_is_in_the_log_with_its_reason(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        good = await home.log_in(jti="j")
        await home.log_in(jti="j")
        await home.log_in(org="nowhere")
        assert good.status == 200
        async with home.kernel.database.partner(PartnerScope(home.partner_id)) as tx:
            refused = [entry for entry in await audit.recent(tx, 50) if entry.action == "auth.exchange"]
        assert {(entry.outcome, entry.reason) for entry in refused} == {
            ("refused", "replayed"), ("refused", "unknown_organization"),
        }  # fmt: skip
        assert all(entry.address_hash for entry in refused)
        scope = home.scope(good)
        async with home.kernel.database.org(scope) as tx:
            assert ("auth.exchange", "success") in {(e.action, e.outcome) for e in await audit.recent(tx, 50)}


@pytest.mark.promise("EMB-06")
async def test_refreshes_and_log_outs_are_in_the_organizations_log(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in()
        child = (await refreshed(home, answer.body["refresh_token"])).body["refresh_token"]
        await home.client("POST", LOG_OUT, {"refresh_token": child})
        await refreshed(home, child)
        scope = home.scope(answer)
        async with home.kernel.database.org(scope) as tx:
            seen = [(entry.action, entry.outcome, entry.reason) for entry in await audit.recent(tx, 50)]
        assert ("auth.refresh", "success", None) in seen
        assert ("auth.logout", "success", None) in seen
        assert ("auth.refresh", "refused", "session_ended") in seen
