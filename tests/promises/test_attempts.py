"""Every refused credential is in a log with its reason: the owner's where it was proven, the platform's where not."""

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base.principal import OrgId, Role
from ringfence.controls import audit
from ringfence.controls.audit import Action, refusals
from ringfence.controls.identity import api_keys, expired_session
from ringfence.controls.keystore import FileKeystore, current
from ringfence.controls.keystore.carried import Mark, MoveState
from ringfence.controls.tenancy import DatabaseError, OrgScope, PartnerScope, PlatformScope, Statement, nothing
from tests.house import House, house
from tests.visiting import click, visit
from tests.world import Stage

LOG_IN = "/api/v1/embed/auth"
REFRESH = "/api/v1/embed/refresh"
LOG_OUT = "/api/v1/embed/logout"
ME = "/api/v1/me"
SETTINGS = "/api/v1/partner/settings"


async def entered(home: House, stage: Stage) -> None:
    """What was refused until now becomes entries, as it does once its minute is over."""
    await home.kernel.identity.attempts.flush()
    with stage.admin() as admin:
        admin.execute("update app.refused_count set minute = minute - interval '2 minutes'")
        admin.execute("update app.refused_login set minute = minute - interval '2 minutes'")
    await home.kernel.reads.enter()


async def refused(home: House, scope: OrgScope | PartnerScope | None = None) -> Counter[tuple[str, str]]:
    """How often each (actor, reason) was refused, by the log of that scope; without one, by the platform's."""
    database = home.kernel.database
    match scope:
        case OrgScope():
            opened = database.org(scope)
        case PartnerScope():
            opened = database.partner(scope)
        case None:
            opened = database.platform()
    counts = Counter[tuple[str, str]]()
    async with opened as tx:
        for entry in await audit.recent(tx, 200):
            if entry.action not in {Action.AUTH_REFUSED, Action.API_KEY_REFUSED}:
                continue
            assert entry.outcome == "refused"
            assert (entry.network, len(entry.address_hash or b"")) == ("loopback", 16)
            form = audit.FORMS[Action(entry.action)]
            assert set(entry.details) == set(form.details)
            assert entry.target_kind in {None, form.target}
            counts[entry.actor_kind, entry.reason or ""] += entry.details["count"]
    return counts


def rose(home: House, org_id: str) -> OrgScope:
    return OrgScope(home.partner_id, OrgId(UUID(org_id)), Role.OPERATOR)


@pytest.mark.promise("EMB-06", "AUD-01")
async def test_what_nobody_proved_is_in_the_platforms_log_and_names_no_victim(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = (await home.log_in()).body
        wrong = {
            "bad_signature": ("POST", LOG_IN, {"token": home.token()[:-8] + "AAAAAAAA"}, None),
            "invalid_refresh_token": ("POST", REFRESH, {"refresh_token": answer["refresh_token"][:-4] + "AAAA"}, None),
            "wrong_api_key": ("GET", SETTINGS, None, _other_secret(home.api.bearer or "")),
            "invalid_credential": ("GET", ME, None, answer["session_token"][:-4] + "AAAA"),
        }
        for method, path, body, credential in wrong.values():
            client = home.client if credential is None else home.client.as_(credential)
            for _ in range(2):
                assert (await client(method, path, body)).status == 401
        assert (await home.client("POST", LOG_OUT, {"refresh_token": "rfr_nonsense"})).status == 401
        await entered(home, stage)
        found = await refused(home)
        for reason in wrong:
            assert found["unknown", reason] == (3 if reason == "invalid_refresh_token" else 2), (reason, found)
        assert await refused(home, rose(home, answer["organization"]["id"])) == {}
        assert await refused(home, PartnerScope(home.partner_id)) == {}


@pytest.mark.promise("EMB-06", "AUD-01")
async def test_a_session_that_is_over_is_refused_in_its_organizations_log(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = (await home.log_in()).body
        alice = home.client.as_(answer["session_token"])
        assert (await alice("GET", ME)).status == 200
        past = expired_session(home.kernel.keystore, answer["session_token"], audience=home.kernel.audience)
        late = home.client.as_(past)
        assert [(await late("GET", ME)).code for _ in range(3)] == ["session_expired"] * 3
        assert (await home.client("POST", LOG_OUT, {"refresh_token": answer["refresh_token"]})).status == 204
        await home.kernel.invalidation.poll()
        assert (await alice("GET", ME)).code == "session_revoked"
        await entered(home, stage)
        found = await refused(home, rose(home, answer["organization"]["id"]))
        assert found == {("user", "session_expired"): 3, ("user", "session_revoked"): 1}


@pytest.mark.promise("EMB-06", "KEY-02")
async def test_a_revoked_key_that_is_used_is_refused_in_its_partners_log(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = (await home.api("POST", "/api/v1/partner/api-keys", {})).body
        client = home.client.as_(made["key"])
        assert (await home.api("DELETE", f"/api/v1/partner/api-keys/{made['id']}")).status == 204
        await client.refused_soon(SETTINGS)
        assert (await client("GET", SETTINGS)).code == "key_revoked"
        await entered(home, stage)
        assert await refused(home, PartnerScope(home.partner_id)) == {("api_key", "key_revoked"): 2}


@pytest.mark.promise("EMB-06", "RAT-01")
async def test_an_attempt_that_a_limit_refused_unread_is_in_the_log_too(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, limits="auth=2/60") as home:
        answers = [(await home.client("POST", LOG_IN, {"token": "x.y.z"})).status for _ in range(6)]
        assert answers == [401, 401, 429, 429, 429, 429]
        await entered(home, stage)
        assert (await refused(home))["unknown", "rate_limited"] == 4


@pytest.mark.promise("EMB-06", "AUD-01")
async def test_a_visit_that_is_over_and_a_link_never_made_are_refused_with_their_reasons(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = (await home.log_in(role="admin")).body
        org_id = answer["organization"]["id"]
        visitor = await visit(home, home.client.as_(answer["session_token"]))
        assert (await visitor.get()).status == 200
        with stage.admin() as admin:
            admin.execute("update app.audit_visit set expires_at = now() where org_id = %s", [org_id])
        assert (await visitor.get()).status == 401
        assert (await click(home.client, "/audit?ticket=rfv_nonsense")).status == 401
        await entered(home, stage)
        assert (await refused(home, rose(home, org_id)))["user", "visit_expired"] == 1
        assert (await refused(home))["unknown", "invalid_link"] == 1


@pytest.mark.promise("EMB-06", "AUD-01")
async def test_two_users_refused_alike_from_one_address_are_told_apart_and_hold_up_no_count(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        answers = [(await home.log_in(subject, role="admin")).body for subject in ("ada", "alice")]
        org_id = answers[0]["organization"]["id"]
        visitors = [await visit(home, home.client.as_(answer["session_token"])) for answer in answers]
        with stage.admin() as admin:
            admin.execute("update app.audit_visit set expires_at = now() where org_id = %s", [org_id])
        for visitor in (*visitors, visitors[0]):
            assert (await visitor.get()).status == 401
        await entered(home, stage)
        async with home.kernel.database.org(rose(home, org_id)) as tx:
            told = [one for one in await audit.recent(tx, 50) if one.action == Action.AUTH_REFUSED]
        counts = Counter({one.actor_id: 0 for one in told})
        for one in told:
            counts[one.actor_id] += one.details["count"]
        assert counts == {UUID(answers[0]["user"]["id"]): 2, UUID(answers[1]["user"]["id"]): 1}


@pytest.mark.promise("EMB-06")
async def test_another_scheme_of_authorization_is_an_attempt_too(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await entered(home, stage)
        before = await refused(home)
        for scheme in ("Basic YWRhOnJvc2U=", "Bearer", "token"):
            assert (await home.client.as_(None)("GET", ME, Authorization=scheme)).status == 401
        assert (await home.client.as_(None)("GET", ME)).status == 401
        await entered(home, stage)
        assert await refused(home) - before == {("unknown", "invalid_credential"): 3}


@pytest.mark.promise("EMB-06")
async def test_what_the_release_before_counted_is_entered_and_what_is_older_stays(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        before = Statement(
            "insert into app.refused_login (minute, reason, address_hash) values "
            "(date_trunc('minute', now()), 'left_over', '\\x00'), (now() - interval '3 days', 'long_ago', '\\x00')",
            nothing,
        )
        await home.kernel.database.write(PlatformScope(), before())
        with stage.admin() as admin:
            admin.execute("update app.refused_login set minute = minute - interval '2 minutes'")
            await home.kernel.reads.enter()
            entered = "select reason from app.audit_queue where action = 'auth.refused' and reason = any(%s)"
            assert admin.execute(entered, [["left_over", "long_ago"]]).fetchall() == [("left_over",)]
            assert admin.execute("select reason from app.refused_login").fetchall() == [("long_ago",)]


@pytest.mark.promise("EMB-06", "CRY-02")
async def test_a_log_in_that_fails_for_our_own_sake_is_no_refusal(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await home.log_in()
        assert isinstance(home.kernel.keystore, FileKeystore)
        directory = home.kernel.keystore.files()[0]
        current.put_mark(directory, 1, Mark(MoveState.LEAVING, "0" * 32, "openbao:https://bao.test"))
        answer = await home.client("POST", LOG_IN, {"token": home.token("somebody-new")})
        assert (answer.status, answer.code) == (503, "keystore_moving")
        await entered(home, stage)
        assert await refused(home, PartnerScope(home.partner_id)) == {}


@pytest.mark.promise("EMB-06", "AUD-03")
async def test_a_flood_from_everywhere_is_counted_without_telling_addresses_apart(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(stage, tmp_path) as home:
        attempts = audit.Attempts(home.kernel.database, home.kernel.addresses)
        monkeypatch.setattr(refusals, "MOST", 2)
        for number in range(10):
            attempts.note("invalid_credential", f"192.0.2.{number}")
        assert await attempts.flush() == 3
        with stage.admin() as admin:
            counts = admin.execute("select count from app.refused_count order by count").fetchall()
        assert counts == [(1,), (1,), (8,)]
        with pytest.raises(audit.Unrecordable):
            attempts.note("token of alice@rose.example", None)


@pytest.mark.promise("EMB-06", "AUD-02")
async def test_no_tenant_counts_refusals_and_nobody_takes_one_back(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await home.kernel.identity.attempts.write("bad_signature", "127.0.0.1")
        scope = PartnerScope(home.partner_id)
        for attempt in (
            "select gate.count_refusals('[]')",
            "delete from app.refused_count",
            "update app.refused_count set count = 0",
        ):
            with pytest.raises(DatabaseError, match="42501"):
                await home.kernel.database.write(scope, Statement(attempt, nothing)())


def _other_secret(key: str) -> str:
    """Another key of the same id, with a checksum that is right."""
    known = api_keys.parse(key)
    assert known is not None
    return api_keys.spelled(known.kind, known.id, bytes(32)).text.reveal().decode()
