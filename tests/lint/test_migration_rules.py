"""The rules of migrations find what is planted and leave the clean sample alone."""

import re

import pytest

from tools.lint import schema

FILE = "src/ringfence/schema/0001_runs.sql"
CLEAN = """-- Why: runs and their events; a semicolon; SELECT * in a comment says nothing.
create table app.run (
  org_id uuid not null default ctx.org(),
  id uuid not null,
  user_id uuid,
  title bytea,
  primary key (org_id, id),
  constraint run_user foreign key (org_id, user_id) references app.app_user (org_id, id) on delete set null (user_id)
);
comment on column app.run.org_id is 'class=identifier; owner=organization; clock=account';
comment on column app.run.id is 'class=identifier; owner=user; clock=retention; note=UUIDv7; made by the application';
comment on column app.run.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run.title is 'class=content; owner=user; clock=retention';
create index run_by_user on app.run (org_id, user_id, id);
call ctx.protect('app.run', scope => 'org', owner => 'user_id');
create function ctx.org() returns uuid language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'No organization; SELECT * FROM nothing';
end $$;
"""

PLANTED = [
    ("sql-why", r"-- Why.*\n", ""),
    ("sql-case", "create table app.run", "CREATE TABLE app.run"),
    ("sql-case", "raise exception", "RAISE exception"),
    ("sql-star", "raise exception", "select * from app.run; raise exception"),
    ("sql-star", r"end \$\$;", "end $$;\ndelete from app.run returning *;"),
    ("sql-unprotected", r"call ctx.*\n", ""),
    ("sql-unprotected", "call ctx.protect", "-- call ctx.protect"),
    ("sql-class", r"comment on column app.run.id.*\n", ""),
    ("sql-class", "class=identifier; owner=user; clock=retention';", "class=identity; owner=user; clock=retention';"),
    ("sql-class", "owner=organization; clock=account", "clock=account; owner=organization"),
    ("sql-class", r"create index", "alter table app.run add column extra text, add more int;\ncreate index"),
    ("sql-sealed", "title bytea", "title text"),
    ("sql-sealed", "class=identifier; owner=user; clock=retention';", "class=personal; owner=user; clock=retention';"),
    ("sql-reference", r"foreign key \(org_id, user_id\)", "foreign key (user_id, org_id)"),
    ("sql-reference", "user_id uuid,", "user_id uuid references app.app_user (id),"),
    ("sql-reference", r"set null \(user_id\)", "set null"),
    (
        "sql-reference",
        "create index",
        "alter table app.run add constraint x foreign key (id) references app.y (id);\ncreate index",
    ),
    ("sql-unique", r"primary key \(org_id, id\)", "primary key (id, org_id)"),
    ("sql-unique", r"primary key \(org_id, id\)", "primary key (org_id, id), unique (user_id)"),
    ("sql-unique", "id uuid not null,", "id uuid not null unique,"),
    ("sql-unique", r"app.run \(org_id, user_id, id\)", "app.run (user_id)"),
    ("sql-unique", r"create index run_by_user on app.run \(org_id,", "create unique index x on app.run using btree ("),
    ("sql-sequence", "  id uuid not null,", "  id bigserial not null,"),
    ("sql-sequence", "  id uuid not null,", "  id bigint generated always as identity,"),
    ("sql-definer", r"set search_path = pg_catalog, pg_temp", ""),
    ("sql-definer", r"pg_catalog, pg_temp", "app, pg_catalog"),
]


def test_a_clean_migration_passes():
    assert list(schema.check({FILE: CLEAN})) == []


def test_an_index_that_knows_no_value_may_begin_with_any_column():
    by_page = CLEAN + "create index run_by_page on app.run using brin (id);\n"
    assert list(schema.check({FILE: by_page})) == []
    assert {f.rule for f in schema.check({FILE: by_page.replace("brin", "btree")})} == {"sql-unique"}


def test_a_table_may_be_protected_in_a_later_file():
    later = "-- Why: policies come later.\ncall ctx.protect('app.run', scope => 'org');\n"
    first = re.sub("call ctx.*\n", "", CLEAN)
    assert list(schema.check({FILE: first, FILE.replace("0001", "0002"): later})) == []


def test_a_partners_table_refers_within_its_partner_and_may_be_unique_in_the_deployment():
    partners = (
        CLEAN.replace("org_id", "partner_id")
        .replace("'org'", "'partner'")
        .replace("id uuid not null,", "id uuid unique,")
    )
    assert list(schema.check({FILE: partners})) == []
    assert {f.rule for f in schema.check({FILE: partners.replace("key (partner_id, user_id)", "key (user_id)")})} == {
        "sql-reference"
    }


@pytest.mark.promise("SDL-01", "TEN-01", "TEN-03", "CRY-01")
@pytest.mark.parametrize(("rule", "pattern", "planted"), PLANTED)
def test_a_planted_violation_is_found_at_its_line(rule: str, pattern: str, planted: str):
    text = re.sub(pattern, lambda _: planted, CLEAN, count=1)
    assert text != CLEAN
    found = list(schema.check({FILE: text}))
    assert {finding.rule for finding in found} == {rule}
    assert all(finding.line <= text.count("\n") for finding in found)
