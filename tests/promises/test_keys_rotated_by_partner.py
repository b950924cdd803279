"""A partner has an organization's keys rotated: in the background, once at a time, of its own organizations alone."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId
from ringfence.controls.identity import ApiKeyKind
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.vault import Rotations
from ringfence.features.edge import Kernel
from ringfence.features.partners import operator
from tests.house import house
from tests.world import Stage

ORGANIZATIONS = "/api/v1/partner/organizations"


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


def worker(kernel: Kernel) -> Rotations:
    """As the schedule of any process has it, without a place: what is sealed is test_rotations.py's."""
    means = (kernel.database, kernel.keystore, kernel.vault, kernel.invalidation)
    return Rotations(*means, holder=ids.new(), places=(), kept_days=30)


@pytest.mark.promise("CRY-02")
async def test_a_partner_has_an_organizations_keys_rotated_and_sees_how_far_that_is(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in()
        org_id = OrgId(UUID(alice.body["organization"]["id"]))
        path, owner = f"{ORGANIZATIONS}/{org_id}/keys", KeyOwner.organization(org_id)
        assert (await home.api("GET", path)).body == {"organization_id": str(org_id), "rotations": []}
        before = home.kernel.keystore.unwrap(owner).key_id
        asked = await home.api("POST", f"{path}/rotate", Idempotency_Key="once-and-for-all")
        assert asked.status == 202, asked.body
        assert (asked.body["state"], asked.body["cause"], asked.body["percent"]) == ("sealing", "api", 0)
        again = [await home.api("POST", f"{path}/rotate") for _ in range(2)]
        assert [one.body["id"] for one in again] == [asked.body["id"]] * 2, "one at a time"
        await worker(home.kernel).work()
        (shown,) = (await home.api("GET", path)).body["rotations"]
        assert (shown["state"], shown["percent"], shown["ended_at"]) == ("settling", 100, None)
        assert home.kernel.keystore.unwrap(owner).key_id != before
        clock.travel(timedelta(minutes=11))
        await home.settle()
        await worker(home.kernel).work()
        (shown,) = (await home.api("GET", path)).body["rotations"]
        assert shown["state"] == "kept"
        assert clock.parse_rfc3339(shown["old_keys_until"]) > clock.now() + timedelta(days=29)
        replayed = await home.api("POST", f"{path}/rotate", Idempotency_Key="once-and-for-all")
        assert (replayed.status, replayed.body) == (202, asked.body), "the same key begins no second one"
        with stage.admin() as admin:
            told = admin.execute(
                "select actor_kind, details->>'cause' from app.audit_queue where action = 'key.rotation_asked' "
                "and target_id = %s",
                [org_id],
            ).fetchall()
        assert told == [("api_key", "api")]


async def test_old_keys_of_three_rotations_are_kept_and_no_fourth_is_begun(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        org_id = (await home.log_in()).body["organization"]["id"]
        path = f"{ORGANIZATIONS}/{org_id}/keys/rotate"
        for turn in range(3):
            assert (await home.api("POST", path)).status == 202
            for minutes in (0, 11):
                clock.travel(timedelta(minutes=20 * turn + minutes))
                await home.settle()
                await worker(home.kernel).work()
        refused = await home.api("POST", path)
        assert (refused.status, refused.code) == (409, "too_many_rotations")


@pytest.mark.promise("TEN-01")
async def test_nobody_rotates_or_sees_the_keys_of_somebody_elses_organization(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.log_in()
        rose = alice.body["organization"]["id"]
        made = await operator.create_partner(
            home.kernel, "Southwind", issuer=f"https://{ids.new()}.southwind.example", kind=ApiKeyKind.LIVE
        )
        zoe = home.client.as_(made.api_key.reveal().decode())
        for nobodys in (rose, str(ids.new())):
            for method, end in (("GET", "keys"), ("POST", "keys/rotate")):
                answer = await zoe(method, f"{ORGANIZATIONS}/{nobodys}/{end}")
                assert (answer.status, answer.code) == (404, "not_found")
        session = home.client.as_(alice.body["session_token"])
        assert (await session("POST", f"{ORGANIZATIONS}/{rose}/keys/rotate")).status == 403
        assert (await home.api("GET", f"{ORGANIZATIONS}/{rose}/keys")).body["rotations"] == []
