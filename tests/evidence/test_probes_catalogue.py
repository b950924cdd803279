"""Each probe of the catalogue turns red when its control is switched off, turns back, and is blind to nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.base import clock
from ringfence.controls.tenancy import Database
from ringfence.evidence.probes import Ground, Outcome
from tests.evidence.ground import look, outcome, standing
from tests.world import Stage

VERIFIED = """
create or replace function ctx.verified(wanted text) returns text[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$ begin return string_to_array(current_setting('ringfence.ctx', true), '|');
end $$
"""
SWITCHED_OFF = [
    ("tenancy.role", "grant update (until) on ctx.key to ringfence_app", "revoke update on ctx.key from ringfence_app"),
    (
        "tenancy.tables",
        "alter table app.run no force row level security",
        "alter table app.run force row level security",
    ),
    (
        "tenancy.tables",
        "alter table app.message disable row level security",
        "alter table app.message enable row level security",
    ),
    (
        "tenancy.tables",
        "create policy wide on app.run for select to ringfence_app using (true)",
        "drop policy wide on app.run",
    ),
    (
        "tenancy.gate",
        "alter function gate.expire() owner to ringfence_owner",
        "alter function gate.expire() owner to ringfence_gate",
    ),
    (
        "tenancy.gate",
        "create function gate.extra() returns int language sql as 'select 1'",
        "drop function gate.extra()",
    ),
    (
        "tenancy.gate",
        "alter table app.approval disable trigger keep",
        "alter table app.approval enable trigger keep",
    ),
    (
        "tenancy.gate",
        "alter policy tenant on app.message using (org_id = (select ctx.org()))",
        "alter policy tenant on app.message using (org_id = (select ctx.org()) and user_id = coalesce((select ctx.owner()), user_id))",  # noqa: E501 - one statement
    ),
    (
        "audit.append_only",
        "grant update (reason) on app.audit_queue to ringfence_app",
        "revoke update (reason) on app.audit_queue from ringfence_app",
    ),
    (
        "audit.append_only",
        "grant delete on app.audit_queue to ringfence_app",
        "revoke delete on app.audit_queue from ringfence_app",
    ),
    (
        "audit.append_only",
        "alter table app.audit_queue disable trigger append_only_truncate",
        "alter table app.audit_queue enable trigger append_only_truncate",
    ),
    (
        "audit.append_only",
        "alter table app.audit_sealed disable trigger append_only",
        "alter table app.audit_sealed enable trigger append_only",
    ),
    (
        "audit.append_only",
        "alter table app.audit_log disable trigger keep",
        "alter table app.audit_log enable trigger keep",
    ),
    (
        "audit.append_only",
        "grant update (note) on app.audit_checkpoint to ringfence_seal",
        "revoke update (note) on app.audit_checkpoint from ringfence_seal",
    ),
    (
        "audit.append_only",
        "grant delete on app.discrepancy to ringfence_gate",
        "revoke delete on app.discrepancy from ringfence_gate",
    ),
]


@asynccontextmanager
async def ground_on(stage: Stage, data: Path) -> AsyncIterator[Ground]:
    async with standing(stage, data) as ground:
        yield ground


@contextmanager
def switched(stage: Stage, off: str, on: str) -> Iterator[None]:
    with stage.admin() as admin:
        admin.execute(off.encode())
        try:
            yield
        finally:
            admin.execute(on.encode())


@pytest.mark.promise("TEN-01", "TEN-04", "AUD-02", "TRU-01")
@pytest.mark.parametrize(("name", "off", "on"), SWITCHED_OFF)
async def test_a_control_that_is_switched_off_turns_its_probe_red(
    stage: Stage, tmp_path: Path, name: str, off: str, on: str
):
    async with ground_on(stage, tmp_path) as ground:
        assert await outcome(name, ground) is Outcome.OK
        with switched(stage, off, on):
            found = await look(name, ground)
            assert (found.outcome, found.faults != ()) == (Outcome.FAILING, True)
        assert await outcome(name, ground) is Outcome.OK


@pytest.mark.promise("TEN-01")
async def test_the_probe_of_the_role_sees_a_server_that_owns_its_tables(stage: Stage, tmp_path: Path):
    async with ground_on(stage, tmp_path) as ground:
        stronger = Database(stage.admin_url, keys=stage.key, size=1)
        found = await look("tenancy.role", replace(ground, database=stronger))
        await stronger.close()
    assert found.outcome is Outcome.FAILING
    assert "is a superuser" in found.faults


@pytest.mark.promise("TEN-01", "TEN-02")
async def test_a_database_that_believes_any_context_turns_its_probe_red(stage: Stage, tmp_path: Path):
    with stage.admin() as admin:
        good = admin.execute("select pg_get_functiondef('ctx.verified'::regproc)").fetchone()
    assert good
    async with ground_on(stage, tmp_path) as ground:
        assert await outcome("tenancy.context", ground) is Outcome.OK
        with switched(stage, VERIFIED, good[0]):
            found = await look("tenancy.context", ground)
            assert found.outcome is Outcome.FAILING
            assert "a context with another signature" in found.faults
            assert await outcome("tenancy.gate", ground) is Outcome.FAILING
        assert await outcome("tenancy.context", ground) is Outcome.OK


@pytest.mark.promise("TEN-02")
async def test_a_context_is_tried_again_when_it_has_expired(stage: Stage, tmp_path: Path):
    async with ground_on(stage, tmp_path) as ground:
        first = await look("tenancy.context", ground)
        kept, _at = ground.memory["tenancy.context"]
        ground.memory["tenancy.context"] = (kept, clock.monotonic() - 76)
        # The kept one is still good: a database that takes it after its time is what the probe is there for.
        found = await look("tenancy.context", ground)
        assert found.faults == ("an expired context",)
        assert (found.outcome, found.looked_at) == (Outcome.FAILING, first.looked_at + 1)


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("tenancy.tables", "pg_class"),
        ("tenancy.tables", "pg_attribute"),
        ("tenancy.tables", "pg_policy"),
        ("tenancy.tables", "pg_proc"),
        ("tenancy.gate", "pg_proc"),
        ("audit.append_only", "pg_trigger"),
    ],
)
async def test_a_probe_that_misses_what_was_planted_is_never_well(stage: Stage, tmp_path: Path, name: str, view: str):
    hide = f"alter view planted.{view} rename to hidden"
    async with ground_on(stage, tmp_path) as ground:
        with switched(stage, hide, f"alter view planted.hidden rename to {view}"):
            found = await look(name, ground)
    assert (found.outcome, found.control) == (Outcome.FAILING, False)
