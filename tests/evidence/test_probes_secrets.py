"""Probes of secrets: a grant too much, a trigger that is off and a gate that says nothing turn them red."""

from pathlib import Path

import pytest

from ringfence.evidence.probes import Outcome
from tests.evidence.ground import look, outcome, standing
from tests.world import Stage

_SILENT = """
create or replace function app.record_secret(act text, target uuid, is_refused text, more jsonb,
  by_kind text default null, by_id uuid default null) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$ begin end $$
"""


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize("grant", ["select (value)", "select"])
async def test_a_grant_of_the_value_turns_its_probe_red(stage: Stage, tmp_path: Path, grant: str):
    async with standing(stage, tmp_path) as ground:
        found = await look("secrets.write_only", ground)
        assert (found.outcome, found.looked_at, found.control) == (Outcome.OK, 5, True)
        with stage.admin() as admin:
            admin.execute(f"grant {grant} on app.secret to ringfence_app".encode())
            try:
                found = await look("secrets.write_only", ground)
                assert (found.outcome, len(found.faults)) == (Outcome.FAILING, 5)
            finally:
                admin.execute("revoke select (value) on app.secret from ringfence_app")
                admin.execute("revoke select on app.secret from ringfence_app")
                names = "org_id, id, name, allowed_hosts, version, created_at, replaced_at, last_used_at, use_count"
                admin.execute(f"grant select ({names}, changed_xid) on app.secret to ringfence_app".encode())
        assert await outcome("secrets.write_only", ground) is Outcome.OK


@pytest.mark.promise("SEC-01")
async def test_a_look_that_is_refused_everything_is_blind_and_not_well(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        with stage.admin() as admin:
            admin.execute("revoke select (name) on app.secret from ringfence_app")
            try:
                assert await outcome("secrets.write_only", ground) is not Outcome.OK
            finally:
                admin.execute("grant select (name) on app.secret to ringfence_app")


@pytest.mark.promise("SEC-02")
@pytest.mark.parametrize(
    ("mutation", "faults"),
    [
        ("alter table app.secret disable trigger keep", ("created", "replaced", "deleted")),
        (_SILENT, ("created", "replaced", "used", "deleted")),
    ],
    ids=["trigger", "function"],
)
async def test_an_act_without_an_entry_turns_its_probe_red(
    stage: Stage, tmp_path: Path, mutation: str, faults: tuple[str, ...]
):
    async with standing(stage, tmp_path) as ground:
        found = await look("secrets.audited", ground)
        assert (found.outcome, found.control) == (Outcome.OK, True)
        with stage.admin() as admin:
            kept = "select pg_get_functiondef('app.record_secret(text, uuid, text, jsonb, text, uuid)'::regprocedure)"
            (before,) = admin.execute(kept.encode()).fetchone() or ("",)
            admin.execute(mutation.encode())
            try:
                found = await look("secrets.audited", ground)
                assert found.faults == tuple(f"no entry of secret.{act}" for act in faults)
            finally:
                admin.execute("alter table app.secret enable trigger keep")
                admin.execute(str(before).encode())
        assert await outcome("secrets.audited", ground) is Outcome.OK
