"""AUD-01 and TEN-10 (in part): each act of a partner, its users and the operator leaves its entry, in its own log."""

from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base.principal import OrgId, Role
from ringfence.controls import audit
from ringfence.controls.audit import Action
from ringfence.controls.tenancy import OrgScope, PartnerScope
from ringfence.features.partners import operator
from tests.house import House, house
from tests.world import Stage

PARTNER = "/api/v1/partner"
# Acts of runs and conversations are held by tests/features/test_runs_start.py; these are of the two logs here.
OF_THE_ORGANIZATION = {
    Action.AUTH_EXCHANGE, Action.AUTH_REFRESH, Action.AUTH_LOGOUT, Action.ACCESS_DENIED, Action.USER_CREATED,
    Action.USER_CHANGED, Action.USER_RESTRICTED, Action.USER_RESUMED, Action.USER_RECTIFIED_BY_CLAIMS,
}  # fmt: skip
OF_THE_PARTNER = {
    Action.SETTINGS_CHANGED, Action.ORGANIZATION_CREATED, Action.ORGANIZATION_CHANGED, Action.ORGANIZATION_RESTRICTED,
    Action.ORGANIZATION_RESUMED, Action.ORGANIZATION_ERASED, Action.USER_ERASED, Action.SIGNING_KEY_CREATED,
    Action.SIGNING_KEY_REVOKED, Action.API_KEY_CREATED, Action.API_KEY_ROTATED, Action.API_KEY_REVOKED,
    Action.AGENT_CREATED, Action.AGENT_VERSIONED, Action.AGENT_RETIRED, Action.PARTNER_RESTRICTED,
    Action.PARTNER_RESUMED,
}  # fmt: skip


async def of_the_partner(home: House) -> list[audit.Entry]:
    async with home.kernel.database.partner(PartnerScope(home.partner_id)) as tx:
        return await audit.recent(tx, 200)


async def of_the_organization(home: House, org_id: str) -> list[audit.Entry]:
    async with home.kernel.database.org(OrgScope(home.partner_id, OrgId(UUID(org_id)), Role.OPERATOR)) as tx:
        return await audit.recent(tx, 200)


async def manage_users(home: House) -> tuple[str, str]:
    """Everything that happens to Alice; gives her organization and her."""
    first, again = await home.log_in(name="Alice"), await home.log_in(name="Alice Rose")
    refreshed = await home.client("POST", "/api/v1/embed/refresh", {"refresh_token": first.body["refresh_token"]})
    await home.client("POST", "/api/v1/embed/logout", {"refresh_token": refreshed.body["refresh_token"]})
    assert (await home.client.as_(again.body["session_token"])("GET", f"{PARTNER}/settings")).status == 403
    org_id, user_id = again.body["organization"]["id"], again.body["user"]["id"]
    path = f"{PARTNER}/organizations/{org_id}/users/{user_id}"
    for change in ({"display_name": "Al"}, {"status": "restricted"}, {"status": "active"}):
        assert (await home.api("PATCH", path, change)).status == 200
    return org_id, user_id


async def manage_things(home: House) -> None:
    """Everything that the partner's back end can change, but users."""
    org_id = await home.add_org("briar")
    agent = {"name": "Concierge", "instructions": "Be brief.", "model": "scripted:fast"}
    agent_id = (await home.api("POST", f"{PARTNER}/agents", agent)).body["id"]
    key_id = (await home.api("POST", f"{PARTNER}/api-keys", {"name": "ci"})).body["id"]
    rotated = (await home.api("POST", f"{PARTNER}/api-keys/{key_id}/rotate", {})).body["id"]
    signing_key = await home.add_key("ec")
    for method, path, body in (
        ("PATCH", "settings", {"creates_organizations": True}),
        ("PATCH", f"organizations/{org_id}", {"name": "Briar & Co"}),
        ("PATCH", f"organizations/{org_id}", {"status": "restricted"}),
        ("PATCH", f"organizations/{org_id}", {"status": "active"}),
        ("PATCH", f"agents/{agent_id}", {"instructions": "Be very brief."}),
        ("DELETE", f"agents/{agent_id}", None),
        ("DELETE", f"api-keys/{rotated}", None),
        ("DELETE", f"signing-keys/{signing_key}", None),
        ("DELETE", f"organizations/{org_id}", None),
    ):
        assert (await home.api(method, f"{PARTNER}/{path}", body)).status in {200, 204}, path


@pytest.mark.promise("AUD-01")
async def test_each_act_is_in_the_log_of_whose_it_is_with_actor_time_and_request(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        org_id, user_id = await manage_users(home)
        in_rose = await of_the_organization(home, org_id)
        await manage_things(home)
        assert (await home.api("DELETE", f"{PARTNER}/organizations/{org_id}/users/{user_id}")).status == 200
        await operator.restrict_partner(home.kernel, home.partner_id)
        await operator.resume_partner(home.kernel, home.partner_id)
        in_northwind = await of_the_partner(home)
        assert {entry.action for entry in in_rose} >= OF_THE_ORGANIZATION
        assert {entry.action for entry in in_northwind} >= OF_THE_PARTNER
        by_key = [entry for entry in (*in_rose, *in_northwind) if entry.actor_kind == "api_key"]
        assert all(entry.actor_id and entry.request_id and entry.address_hash for entry in by_key)


@pytest.mark.promise("TEN-10")
async def test_what_the_operator_does_to_a_partner_is_in_its_log(stage: Stage, tmp_path: Path):
    # The command itself is in the platform's: tests/promises/test_recorded_operators.py.
    async with house(stage, tmp_path) as home:
        await operator.restrict_partner(home.kernel, home.partner_id)
        of_northwind = (await of_the_partner(home))[0]
        assert (of_northwind.action, of_northwind.actor_kind) == (Action.PARTNER_RESTRICTED, "operator")


@pytest.mark.promise("AUD-01", "EMB-06")
async def test_an_organization_that_claims_make_or_rename_says_so_in_its_own_log(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await home.api("PATCH", f"{PARTNER}/settings", {"creates_organizations": True})).status == 200
        made = await home.log_in("alice", "briar", org_name="Briar")
        for name in ("Briar", "Briar & Co", "Briar & Co"):
            assert (await home.log_in("alice", "briar", org_name=name)).status == 200
        org_id = made.body["organization"]["id"]
        own = [entry for entry in await of_the_organization(home, org_id) if entry.target_id == UUID(org_id)]
        assert [(entry.action, entry.actor_kind, entry.actor_id, entry.details) for entry in reversed(own)] == [
            (Action.ORGANIZATION_CREATED, "partner", home.partner_id, {"source": "claims"}),
            (Action.ORGANIZATION_CHANGED, "partner", home.partner_id, {"fields": ["name"]}),
        ]


@pytest.mark.promise("AUD-01")
async def test_a_user_who_is_given_another_role_has_an_entry_that_says_which(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        body = (await home.log_in(role="viewer")).body
        org_id, user_id = body["organization"]["id"], body["user"]["id"]
        path = f"{PARTNER}/organizations/{org_id}/users/{user_id}"
        for change in ({"role": "admin"}, {"display_name": "Al"}):
            assert (await home.api("PATCH", path, change)).status == 200
        told = [one.details for one in await of_the_organization(home, org_id) if one.action == Action.USER_CHANGED]
        assert told == [{"fields": ["display_name"]}, {"fields": ["role"], "role": "admin"}]
