"""Probes of the audit log and of approvals: a change without its entry, or an entry without its change, is seen."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import PartnerId, Role
from ringfence.controls import audit
from ringfence.controls.coordination import Kind
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import PartnerScope, PlatformScope, Statement, nothing
from ringfence.evidence.probes import Ground, Outcome
from ringfence.evidence.probes.audit_rows import CHANGED_BY_ORG, CHANGED_BY_PARTNER
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
_SETTING = Statement("update app.partner set creates_organizations = true", nothing)
_AUDITED = """
select c.relname::text from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
where c.relnamespace = 'app'::regnamespace and a.attname = 'changed_xid' order by 1
"""
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
    """A deployment whose probes have been looking for a while: from here on, what changes is held against the log."""
    async with standing(stage, data) as ground:
        with stage.admin() as admin:
            admin.execute("delete from app.invalidation")
        await ground.database.write(PlatformScope(), ground.invalidation.publish(Kind.SESSION, ids.new()))
        ground.keystore.create(KeyOwner.organization(cast.rose))
        ground.keystore.create(KeyOwner.partner(cast.northwind))
        yield ground


def entry(action: audit.Action, target, **details):
    actor = audit.Actor.system(ids.new())
    return audit.entry(actor, action, target=target, origin=audit.Origin.internal(), **details)


@pytest.mark.promise("AUD-01")
def test_every_audited_table_is_held_against_the_log_but_api_keys(stage: Stage):
    asked = set(re.findall(r"from app\.(\w+)", CHANGED_BY_ORG.sql + CHANGED_BY_PARTNER.sql))
    with stage.admin() as admin:
        assert {row[0] for row in admin.execute(_AUDITED.encode())} == {*asked, "api_key"}


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
        assert await outcome("audit.reconciliation", ground) is Outcome.OK


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
async def test_an_entry_without_its_change_turns_the_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    nobody = ids.new()
    async with logged(stage, cast, tmp_path) as ground:
        scope = cast.as_user(cast.alice, cast.rose)
        await ground.database.write(scope, entry(audit.Action.USER_CREATED, nobody, role="member"))
        assert (await look("audit.reconciliation", ground)).faults == ("an entry without a user",)
        with stage.admin() as admin:
            admin.execute(
                "insert into app.key_destruction (scope, scope_id, id, org_id, user_id) values ('org', %s, %s, %s, %s)",
                [cast.rose, ids.new(), cast.rose, nobody],
            )
        assert await outcome("audit.reconciliation", ground) is Outcome.OK, "the user was erased since"


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
