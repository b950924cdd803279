"""PRV-01 and PRV-03 (in part) over HTTP: what is erased is gone with its key, and what is restricted rests."""

from pathlib import Path
from uuid import UUID

import pytest
from psycopg import sql

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls import audit
from ringfence.controls.identity import AccessEnded, destruction
from ringfence.controls.keystore import Destroyed, KeyOwner
from ringfence.controls.tenancy import OrgScope, PartnerScope
from ringfence.controls.tenancy.gate import ClaimedRun
from tests.house import Answer, House, house
from tests.world import Stage

ORGANIZATIONS = "/api/v1/partner/organizations"


def org_of(answer: Answer) -> OrgId:
    return OrgId(UUID(answer.body["organization"]["id"]))


def user_of(answer: Answer) -> UserId:
    return UserId(UUID(answer.body["user"]["id"]))


def left(stage: Stage, column: str, value: UUID) -> set[str]:
    """The tables that still hold a row of this organization or user."""
    found = sql.SQL("select 1 from app.{} where {} = %s limit 1")
    with stage.admin() as admin:
        tables = admin.execute(
            "select table_name from information_schema.columns where table_schema = 'app' and column_name = %s",
            [column],
        ).fetchall()
        statements = {name: found.format(sql.Identifier(name), sql.Identifier(column)) for (name,) in tables}
        return {name for name, statement in statements.items() if admin.execute(statement, [value]).fetchone()}


@pytest.mark.promise("PRV-01")
async def test_an_erased_organization_is_gone_with_its_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in(name="Alice")
        org_id = org_of(alice)
        certificate = await home.api("DELETE", f"{ORGANIZATIONS}/{org_id}")
        assert (certificate.status, certificate.body["id"]) == (200, str(org_id))
        assert certificate.body["key_destroyed"] is True
        assert certificate.body["rows"]["users"] == certificate.body["rows"]["sessions"] == 1
        assert left(stage, "org_id", org_id) == {"key_destruction", "erased_organization"}
        for owner in (KeyOwner.organization(org_id), KeyOwner.user(org_id, user_of(alice))):
            with pytest.raises(Destroyed):
                home.kernel.keystore.unwrap(owner)


@pytest.mark.promise("PRV-01")
async def test_erasing_twice_is_404_and_its_sessions_are_out(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice, mallory = await home.log_in(), await home.session("mallory", "thorn")
        path = f"{ORGANIZATIONS}/{org_of(alice)}"
        assert [(await home.api("DELETE", path)).status for _ in range(2)] == [200, 404]
        await home.settle()
        assert (await home.client.as_(alice.body["session_token"])("GET", "/api/v1/me")).status == 401
        gone = await home.client("POST", "/api/v1/embed/refresh", {"refresh_token": alice.body["refresh_token"]})
        assert gone.code == "invalid_refresh_token"
        assert (await mallory("GET", "/api/v1/me")).status == 200


@pytest.mark.promise("PRV-01")
async def test_an_erased_user_is_gone_and_the_others_stay(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice, bob = await home.log_in(), await home.session("bob")
        path = f"{ORGANIZATIONS}/{org_of(alice)}/users/{user_of(alice)}"
        certificate = await home.api("DELETE", path)
        assert (certificate.status, certificate.body["rows"]["refresh_tokens"]) == (200, 1)
        assert left(stage, "user_id", user_of(alice)) == {"key_destruction"}
        with pytest.raises(Destroyed):
            home.kernel.keystore.unwrap(KeyOwner.user(org_of(alice), user_of(alice)))
        assert (await home.api("DELETE", path)).status == 404
        assert (await bob("GET", "/api/v1/me")).status == 200


@pytest.mark.promise("PRV-01")
async def test_an_erased_user_who_comes_back_is_another_user(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        before = await home.log_in(name="Alice")
        await home.api("DELETE", f"{ORGANIZATIONS}/{org_of(before)}/users/{user_of(before)}")
        after = await home.log_in()
        assert (after.status, after.body["user"]["display_name"]) == (200, None)
        assert user_of(after) != user_of(before)


@pytest.mark.promise("PRV-01", "CRY-03")
@pytest.mark.shreds("crash")
async def test_an_erasure_cut_short_is_finished_by_the_job(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        org_id = org_of(await home.log_in())
        scope = OrgScope(home.partner_id, org_id, Role.PARTNER)
        await home.kernel.database.write(scope, destruction.request(org_id))
        assert await destruction.finish(home.kernel.database, home.kernel.keystore, system_id=ids.new()) == 1
        assert await destruction.finish(home.kernel.database, home.kernel.keystore, system_id=ids.new()) == 0
        with pytest.raises(Destroyed):
            home.kernel.keystore.unwrap(KeyOwner.organization(org_id))


@pytest.mark.promise("PRV-01")
async def test_the_partners_log_remembers_an_erasure_by_ids_alone(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        org_id = org_of(await home.log_in())
        await home.api("DELETE", f"{ORGANIZATIONS}/{org_id}")
        async with home.kernel.database.partner(PartnerScope(home.partner_id)) as tx:
            erased = next(entry for entry in await audit.recent(tx, 10) if entry.action == "organization.erased")
        assert (erased.target_id, erased.details) == (org_id, {"users": 1, "conversations": 0, "runs": 0})


async def resumed(home: House, answer: Answer) -> str:
    claimed = ClaimedRun(org_of(answer), ids.new(), home.partner_id, user_of(answer), 1)  # pyright: ignore[reportArgumentType] - a run's id
    try:
        return (await home.kernel.identity.resume(claimed)).role.value
    except AccessEnded as ended:
        return ended.reason


@pytest.mark.promise("PRV-03")
async def test_a_restricted_users_data_is_kept_and_its_runs_do_not_go_on(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in(name="Alice", role="admin")
        path = f"{ORGANIZATIONS}/{org_of(alice)}/users/{user_of(alice)}"
        assert await resumed(home, alice) == "admin"
        await home.api("PATCH", path, {"status": "restricted"})
        assert await resumed(home, alice) == "user_restricted"
        assert (await home.api("GET", path)).body["display_name"] == "Alice"
        await home.api("PATCH", path, {"status": "active"})
        assert await resumed(home, alice) == "admin"
        await home.api("DELETE", path)
        assert await resumed(home, alice) == "user_erased"
