"""Each catalogue lint finds what is planted for it, and nothing else says a word."""

import pytest

from ringfence.controls.tenancy import lints
from tests.world import Stage

CLASSED = "comment on column app.planted.{} is 'class=operational; owner=user; clock=retention'"
TABLE = (
    "create table app.planted ("
    "org_id uuid not null default ctx.claimed_org(), id uuid not null, primary key (org_id, id)); "
    "call ctx.protect('app.planted', scope => 'org'); "
    + "; ".join(CLASSED.format(column) for column in ("org_id", "id"))
)
CHILD = (
    "; create table app.planted_parent (org_id uuid) partition by list (org_id); "
    "create table public.child partition of app.planted_parent default"
)
DEFINER = "create function app.planted() returns int language sql security definer"
PINNED = " set search_path = pg_catalog, pg_temp as 'select 1'; revoke execute on function app.planted() from public"
PLANTS = [
    ("unprotected_table", "create table app.planted_bare (id uuid)"),
    ("unprotected_table", "create table public.planted (id uuid); grant select on public.planted to ringfence_app"),
    ("unprotected_table", "alter table app.run disable row level security"),
    ("unprotected_table", TABLE + CHILD),
    ("missing_force", "alter table app.run no force row level security"),
    ("table_owned_by_app", "alter table app.run owner to ringfence_app"),
    ("table_owned_by_app", "alter function app.refuse_change() owner to ringfence_app"),
    ("table_owned_by_app", "alter schema app owner to ringfence_gate"),
    ("policy_without_context", "create policy wide on app.run for select to ringfence_app using (true)"),
    ("policy_without_context", "create policy gate on app.message for select to public using (true)"),
    ("policy_without_context", "alter policy tenant on app.run with check (true)"),
    ("policy_without_context", "create policy t on app.run as restrictive to ringfence_app using (org_id = ctx.org())"),
    ("policy_without_context", "create policy listed on app.run as restrictive for insert with check (true)"),
    ("policy_without_context", "create policy hiding on app.audit_queue as restrictive using (false)"),
    ("org_table_without_composite_key", "alter table app.app_user add unique (email)"),
    ("org_table_without_composite_key", "create index planted on app.run (status)"),
    (
        "org_table_without_composite_key",
        TABLE + "; alter table app.planted add unique (id), add foreign key (id) references app.planted (id)",
    ),
    (
        "org_table_without_composite_key",
        TABLE + "; alter table app.planted add foreign key (org_id, id) "
        "references app.app_user (org_id, id) on delete set null",
    ),
    ("org_table_without_composite_key", TABLE + "; alter table app.planted drop constraint planted_pkey"),
    ("org_table_without_composite_key", "alter table app.run alter column org_id drop default"),
    (
        "org_table_without_composite_key",
        "alter table app.token_use drop constraint token_use_pkey; alter table app.token_use add primary key (jti)",
    ),
    ("sequence_of_tenants", "create sequence app.planted"),
    ("definer_without_search_path", DEFINER + " as 'select 1'"),
    ("definer_out_of_place", DEFINER + PINNED),
    ("public_execute", "create function gate.planted() returns int language sql as 'select 1'"),
    ("public_execute", "grant execute on function ctx.newest_kid() to public"),
    ("app_role_grants", "grant truncate on app.run to ringfence_app"),
    ("app_role_grants", "grant references (id) on app.run to ringfence_app"),
    ("app_role_grants", "grant trigger on app.run to ringfence_gate"),
    ("app_role_grants", "grant select on app.run to ringfence_app with grant option"),
    ("app_role_grants", "grant select (kid) on ctx.key to ringfence_app"),
    ("app_role_grants", "grant select on app.run to public"),
    ("app_role_grants", "grant create on schema app to ringfence_app"),
    (
        "app_role_grants",
        "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
    ),
    ("column_without_class", "comment on column app.run.model is 'a model'"),
    ("column_without_class", "alter table app.run add column planted text"),
    ("sealed_not_bytea", "comment on column app.run.model is 'class=content; owner=user; clock=retention'"),
    ("view_without_invoker", "create view app.planted as select id from app.run"),
    ("view_without_invoker", "create materialized view public.planted as select id from app.run"),
]


@pytest.mark.promise("TEN-01", "TEN-03")
async def test_the_migrated_schema_has_no_fault(stage: Stage):
    async with stage.open(size=1) as database:
        assert await lints.faults(database) == []


@pytest.mark.promise("TEN-01", "TEN-03")
@pytest.mark.parametrize(("lint", "plant"), PLANTS, ids=[f"{lint}-{number}" for number, (lint, _) in enumerate(PLANTS)])
def test_a_planted_fault_is_found_by_its_lint(stage: Stage, lint: str, plant: str):
    with stage.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute(plant.encode())
        connection.execute("set local role ringfence_app")
        rows = connection.execute(lints.queries()[lint].encode()).fetchall()
    assert rows
    assert all(len(row) == 3 and all(row) for row in rows)


def test_every_lint_has_a_plant():
    assert set(lints.queries()) == {lint for lint, _ in PLANTS}


async def test_a_fault_says_what_is_wrong_and_what_mends_it(stage: Stage):
    with stage.admin() as connection:
        connection.execute("alter table app.run no force row level security")
        async with stage.open(size=1) as database:
            told = [str(fault) for fault in await lints.faults(database)]
        connection.execute("alter table app.run force row level security")
    assert told == [
        "missing_force: app.run: row security is not forced. Mend: alter table app.run force row level security"
    ]
