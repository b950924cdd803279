"""An action that is rare among many: found by its index, whatever plan the database settles on."""

import re
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.controls.audit import Action
from ringfence.features.audit_log import queries
from ringfence.features.audit_log.queries import FREQUENT, LATEST, Filter
from tests.house import house
from tests.world import Stage

LOG = "/api/v1/audit-log"
ACTS = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome) "
    "select 'org', %s, app.time_ordered_id(), 'system', 'run.started', 'success' from generate_series(1, 5000)"
)


@pytest.mark.promise("AUD-05")
async def test_a_rare_action_is_found_by_its_index_and_a_frequent_one_as_before(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        ada = home.client.as_(answer.body["session_token"])
        rose = answer.body["organization"]["id"]
        with stage.admin() as admin:
            admin.execute(ACTS, [rose])
            admin.execute("analyze app.audit_queue")
            bound = queries.entries(Filter(action="organization.created"), before=LATEST, most=51)
            admin.execute("set plan_cache_mode = force_generic_plan")
            # As row security adds it.
            sql = bound.sql.replace("where ", f"where q.scope_id = '{rose}' and ", 1)
            admin.execute(f"prepare rare as {sql}".encode())
            values = ", ".join(f"'{ids.new()}'" if place < 2 else "null" for place in range(9))
            plan = str(admin.execute(f"explain execute rare({values}, 51)".encode()).fetchall())
            assert "audit_queue_rare" in plan, plan
            (index,) = admin.execute("select pg_get_indexdef('app.audit_queue_rare'::regclass)").fetchone() or ("",)
        assert set(re.findall(r"'([a-z_]+\.[a-z_]+)'", index)) == FREQUENT
        assert set(re.findall(r"'([a-z_]+\.[a-z_]+)'", bound.sql)) == FREQUENT
        assert {action.value for action in Action} > FREQUENT
        for action in ("organization.created", "run.started", "auth.exchange"):
            items = (await ada("GET", f"{LOG}?action={action}&limit=3")).body["items"]
            assert {item["action"] for item in items} == {action}
        assert (await ada("GET", f"{LOG}?action=organization.created&outcome=refused")).body["items"] == []
