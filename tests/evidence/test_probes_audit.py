"""Probes of the audit log and of approvals: a change without its entry, or an entry without its change, is seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from ringfence.base import ids
from ringfence.base.principal import PartnerId, Role
from ringfence.controls import audit
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import PartnerScope, Statement, gate, nothing
from ringfence.evidence.probes import Ground, Outcome
from tests.evidence.ground import look, outcome, standing
from tests.house import house
from tests.world import Cast, Stage, plant

_USER = Statement("insert into app.app_user (id, subject_index, subject, address) values ($1, $2, '', '')", nothing)
_RUN = Statement(
    "with talk as (insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1) returning id) "
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role) "
    "select $1, id, $2, $1, 1, '', 'scripted:demo', 'running', 'member' from talk",
    nothing,
)
_KEY_SET = Statement("insert into app.key_set (id, url) values ($1, 'https://keys.example/')", nothing)
_KEY_SET_REVOKED = Statement("update app.key_set set status = 'revoked', revoked_at = now() where id = $1", nothing)
_SETTING = Statement("update app.partner set creates_organizations = true", nothing)
_CHANGES = "select pg_get_functiondef('app.unrecorded_changes(xid8, xid8)'::regprocedure)"
_ENTRIES = "select pg_get_functiondef('app.unfounded_entries(xid8, xid8)'::regprocedure)"
_APPROVAL = Statement(
    "insert into app.approval (id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers, "
    "expires_at) values ($1, $2, $3, 1, 'pay', sha256(''), sha256(''), '', 'user', now() + interval '1 hour')",
    nothing,
)


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return asyncio.run(plant(stage))


@asynccontextmanager
async def logged(stage: Stage, cast: Cast, data: Path) -> AsyncIterator[Ground]:
    """A deployment whose log is whole until now: from here on, what changes is held against it."""
    async with standing(stage, data) as ground:
        with stage.admin() as admin:
            admin.execute("alter table app.discrepancy disable trigger all")
            admin.execute("delete from app.discrepancy")
            admin.execute("alter table app.discrepancy enable trigger all")
            admin.execute("delete from app.reconciliation")
        ground.keystore.create(KeyOwner.organization(cast.rose))
        ground.keystore.create(KeyOwner.partner(cast.northwind))
        await gate.reconcile(ground.database)
        yield ground


def entry(action: audit.Action, target, **details):
    actor = audit.Actor.system(ids.new())
    return audit.entry(actor, action, target=target, origin=audit.Origin.internal(), **details)


@pytest.mark.promise("AUD-01")
async def test_every_table_that_is_declared_audited_is_held_against_the_log(stage: Stage, cast: Cast, tmp_path: Path):
    async with logged(stage, cast, tmp_path) as ground:
        with stage.admin() as admin:
            admin.execute("set role ringfence_owner")
            admin.execute("create table app.planted (id uuid primary key, org_id uuid)")
            admin.execute("alter table app.planted add column changed_xid xid8 not null default pg_current_xact_id()")
            try:
                found = await look("audit.reconciliation", ground)
                assert found.faults == ("a table that is not held against the log: planted",)
                assert found.outcome is Outcome.FAILING
            finally:
                admin.execute("drop table app.planted")


@pytest.mark.promise("AUD-01")
async def test_a_change_without_an_entry_turns_the_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    carol, dan = ids.new(), ids.new()
    rose = cast.as_user(cast.alice, cast.rose, role=Role.ADMIN)
    async with logged(stage, cast, tmp_path) as ground:
        kept = entry(audit.Action.USER_CREATED, carol, role="member")
        await ground.database.write(rose, _USER(carol, carol.bytes), kept)
        found = await look("audit.reconciliation", ground)
        assert (found.outcome, found.facts["compared"]) == (Outcome.OK, 2)
        await ground.database.write(rose, _USER(dan, dan.bytes))
        assert (await look("audit.reconciliation", ground)).faults == ("a changed user without an entry",)
        with stage.admin() as admin:
            admin.execute("delete from app.app_user where id = %s", [dan])
        found = await look("audit.reconciliation", ground)
        assert found.faults == ("a changed user without an entry",), "it happened, whatever was covered up since"
        assert found.facts["compared"] == 0, "each change is looked at once"


@pytest.mark.promise("AUD-01")
async def test_a_change_past_every_tenants_sample_is_found_too(stage: Stage, cast: Cast, tmp_path: Path):
    async with logged(stage, cast, tmp_path) as ground:
        with stage.admin() as admin:
            admin.execute("update app.app_user set role = 'admin' where id = %s", [cast.mallory])
        assert (await look("audit.reconciliation", ground)).faults == ("a changed user without an entry",)
        assert await outcome("audit.reconciliation", ground) is Outcome.FAILING


@pytest.mark.promise("AUD-01")
async def test_a_late_commit_below_later_ones_is_not_missed(stage: Stage, cast: Cast, tmp_path: Path):
    async with logged(stage, cast, tmp_path) as ground:
        with psycopg.connect(stage.admin_url) as slow:
            slow.execute("update app.app_user set role = 'admin' where id = %s", [cast.bob])
            await ground.database.write(PartnerScope(cast.northwind), entry(audit.Action.SETTINGS_CHANGED, None))
            assert await outcome("audit.reconciliation", ground) is Outcome.OK
            slow.commit()
        assert (await look("audit.reconciliation", ground)).faults == ("a changed user without an entry",)


@pytest.mark.promise("AUD-01")
async def test_a_change_that_the_partners_log_holds_is_no_fault(stage: Stage, cast: Cast, tmp_path: Path):
    async with logged(stage, cast, tmp_path) as ground:
        async with ground.database.partner(PartnerScope(cast.northwind)) as tx:
            await tx.run(entry(audit.Action.USER_CHANGED, cast.bob, role="viewer"))
            async with tx.narrow(cast.rose) as org:
                await org.run(Statement("update app.app_user set role = 'viewer' where id = $1", nothing)(cast.bob))
        assert await outcome("audit.reconciliation", ground) is Outcome.OK
        await ground.database.write(PartnerScope(PartnerId(cast.northwind)), _SETTING())
        assert (await look("audit.reconciliation", ground)).faults == ("a changed partner without an entry",)


@pytest.mark.promise("AUD-01")
@pytest.mark.parametrize(
    ("action", "details"),
    [
        (audit.Action.USER_CREATED, {"role": "member"}),
        (audit.Action.USER_RESTRICTED, {}),
        (audit.Action.AUTH_EXCHANGE, {}),
        (audit.Action.SECRET_CREATED, {"version": 1}),
        (audit.Action.RUN_STARTED, {}),
    ],
)
async def test_an_entry_without_its_change_turns_the_probe_red(
    stage: Stage, cast: Cast, tmp_path: Path, action: audit.Action, details: dict
):
    async with logged(stage, cast, tmp_path) as ground:
        await ground.database.write(cast.as_user(cast.alice, cast.rose), entry(action, ids.new(), **details))
        assert (await look("audit.reconciliation", ground)).faults == (f"an entry {action} without its change",)


@pytest.mark.promise("AUD-01")
async def test_an_entry_of_a_user_who_was_erased_since_is_no_fault(stage: Stage, cast: Cast, tmp_path: Path):
    nobody = ids.new()
    async with logged(stage, cast, tmp_path) as ground:
        scope = cast.as_user(cast.alice, cast.rose)
        await ground.database.write(scope, entry(audit.Action.USER_CREATED, nobody, role="member"))
        with stage.admin() as admin:
            admin.execute(
                "insert into app.key_destruction (scope, scope_id, id, org_id, user_id) values ('org', %s, %s, %s, %s)",
                [cast.rose, ids.new(), cast.rose, nobody],
            )
        assert await outcome("audit.reconciliation", ground) is Outcome.OK


@pytest.mark.promise("AUD-01")
async def test_a_key_set_that_is_revoked_is_the_change_of_its_entry(stage: Stage, cast: Cast, tmp_path: Path):
    set_id, scope = ids.new(), PartnerScope(cast.northwind)
    async with logged(stage, cast, tmp_path) as ground:
        await ground.database.write(scope, _KEY_SET(set_id), entry(audit.Action.KEY_SET_CREATED, set_id))
        await ground.database.write(scope, _KEY_SET_REVOKED(set_id), entry(audit.Action.SIGNING_KEY_REVOKED, set_id))
        assert await outcome("audit.reconciliation", ground) is Outcome.OK
        await ground.database.write(scope, entry(audit.Action.SIGNING_KEY_REVOKED, set_id))
        assert await outcome("audit.reconciliation", ground) is Outcome.FAILING, "it was revoked before"


@pytest.mark.promise("AUD-01")
async def test_a_probe_that_sees_no_plant_is_not_well(stage: Stage, cast: Cast, tmp_path: Path):
    async with logged(stage, cast, tmp_path) as ground:
        for shown, blinded in ((_CHANGES, "where not exists"), (_ENTRIES, "where not case")):
            with stage.admin() as admin:
                before = str(admin.execute(shown.encode()).fetchall()[0][0])
                assert blinded in before
                try:
                    admin.execute(before.replace(blinded, blinded.replace("where", "where false and")).encode())
                    assert await outcome("audit.reconciliation", ground) is Outcome.FAILING
                finally:
                    admin.execute(before.encode())
        assert await outcome("audit.reconciliation", ground) is Outcome.OK


@pytest.mark.promise("AUD-01", "AIS-04")
async def test_a_run_and_an_approval_without_their_entries_turn_their_probes_red(
    stage: Stage, cast: Cast, tmp_path: Path
):
    run_id, approval_id, scope = ids.new(), ids.new(), cast.as_user(cast.alice, cast.rose)
    async with logged(stage, cast, tmp_path) as ground:
        await ground.database.write(scope, _RUN(run_id, cast.alice), _APPROVAL(approval_id, run_id, cast.alice))
        assert (await look("audit.reconciliation", ground)).faults == ("a run without an entry",)
        await ground.database.write(scope, entry(audit.Action.RUN_STARTED, run_id))
        assert await outcome("audit.reconciliation", ground) is Outcome.OK
        found = await look("approvals.state", ground)
        assert (found.outcome, found.facts["approvals"]) == (Outcome.OK, 1)
        await ground.database.write(scope, entry(audit.Action.APPROVAL_SPENT, approval_id))
        assert (await look("approvals.state", ground)).faults == ("an approval that was used and not spent",)
        with stage.admin() as admin:
            admin.execute("alter table app.approval disable trigger keep")
            admin.execute("update app.approval set expires_at = now() - interval '1 hour'")
            admin.execute("alter table app.approval enable trigger keep")
        assert "an approval that waits past its time" in (await look("approvals.state", ground)).faults


@pytest.mark.promise("AUD-01")
async def test_what_partners_and_users_do_leaves_nothing_to_find(stage: Stage, cast: Cast, tmp_path: Path):
    async with house(stage, tmp_path) as northwind, logged(stage, cast, tmp_path) as ground:
        alice = (await northwind.log_in()).body
        user, rose, org = alice["user"]["id"], alice["organization"]["id"], await northwind.add_org("heath")
        base = "/api/v1/partner/organizations"
        for method, path, body in [
            ("PATCH", f"{base}/{org}", {"name": "Heath & Sons"}),
            ("PATCH", f"{base}/{rose}/users/{user}", {"role": "admin"}),
            ("PATCH", f"{base}/{rose}/users/{user}", {"status": "restricted"}),
            ("PATCH", f"{base}/{rose}/users/{user}", {"status": "active"}),
            ("DELETE", f"{base}/{org}", None),
        ]:
            answer = await northwind.api(method, path, body)
            assert answer.status < 300, answer.body
        await northwind.log_in(role="viewer")
        await northwind.add_key("ec")
        found = await look("audit.reconciliation", ground)
    assert (found.outcome, found.faults) == (Outcome.OK, ())
    assert found.looked_at >= 10
