"""What the database itself refuses of an entry: acts and fields that nobody listed, and words that are none."""

from collections.abc import Mapping

import psycopg
import pytest

from ringfence.controls.audit.actions import FORMS
from tests.sealed import reader
from tests.world import Cast, Stage, plant_cast

DENIED = "42501"
NO_FIELDS = "22023"
NO_OBJECTS = ("details that are a text", "details that are null")
LISTED = """
select pg_get_expr(p.polwithcheck, p.polrelid) from pg_policy p
where p.polrelid = 'app.audit_queue'::regclass and p.polname = 'listed' and not p.polpermissive and p.polcmd = 'a'
"""
WHAT_IT_TAKES = """
select action, field from unnest(%s::text[]) as acts (action) cross join unnest(%s::text[]) as fields (field)
cross join lateral (select 'system' as actor_kind, null as target_kind, null as reason, null as permission,
  null as network, jsonb_build_object(field, 1) as details) as said
where ({}) is true
"""
GOOD: Mapping[str, object] = {
    "actor_kind": "user",
    "action": "approval.expired",
    "target_kind": "approval",
    "reason": "expired",
    "permission": "approvals:read",
    "network": "public",
    "details": '{"effect": "send", "run_id": "x"}',
}
WRONG: Mapping[str, tuple[str, object]] = {
    "an act that nobody listed": ("action", "approval.forgotten"),
    "an act of another case": ("action", "Approval.expired"),
    "a field that nobody listed": ("details", '{"effect": "send", "name": "Alice"}'),
    "a field of another act": ("details", '{"count": 1}'),
    "details that are a list": ("details", '["effect"]'),
    "details that are a text": ("details", '"Alice"'),
    "details that are null": ("details", "null"),
    "an actor of no kind": ("actor_kind", "Alice"),
    "a target of no kind": ("target_kind", "Nordlys ApS"),
    "a reason that is a sentence": ("reason", "She asked for it."),
    "a permission that is none": ("permission", "everything"),
    "a network that is an address": ("network", "192.0.2.7"),
}


@pytest.mark.promise("AUD-01", "AUD-03")
async def test_the_database_takes_the_listed_fields_of_the_listed_acts_and_no_others(stage: Stage):
    listed = {(str(action), name) for action, form in FORMS.items() for name in form.details}
    names = sorted({name for _, name in listed} | {"name"})
    with stage.admin() as admin:
        (rule,) = admin.execute(LISTED).fetchone() or (None,)
        assert rule is not None
        query, acts = WHAT_IT_TAKES.format(str(rule).replace("%", "%%")), [*map(str, FORMS), "planted.act"]
        assert set(admin.execute(query.encode(), [acts, names]).fetchall()) == listed
        # Without any details each listed act is taken, and another is not.
        bare = query.replace("jsonb_build_object(field, 1)", "'{}'::jsonb")
        assert {act for act, _ in admin.execute(bare.encode(), [[*map(str, FORMS), "planted.act"], ["-"]])} == set(
            FORMS
        )


@pytest.mark.promise("AUD-01", "AUD-03")
async def test_raw_sql_of_the_app_writes_no_entry_that_is_not_on_the_list(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
    assert write(stage, cast, GOOD) is None
    found = {name: write(stage, cast, {**GOOD, column: value}) for name, (column, value) in WRONG.items()}
    assert found == {**dict.fromkeys(WRONG, DENIED), **dict.fromkeys(NO_OBJECTS, NO_FIELDS)}


@pytest.mark.promise("AUD-01")
async def test_without_the_rule_the_same_entries_are_written(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
    found = {name: write(stage, cast, {**GOOD, column: value}, lifted=True) for name, (column, value) in WRONG.items()}
    assert found == dict.fromkeys(WRONG)


def write(stage: Stage, cast: Cast, entry: Mapping[str, object], *, lifted: bool = False) -> str | None:
    """The SQLSTATE that refuses an entry of the app role in Rose's own context; it is taken back."""
    columns = [column.encode() for column in entry]
    statement = b"insert into app.audit_queue (id, outcome, %s) values (gen_random_uuid(), 'success', %s)" % (
        b", ".join(columns),
        b", ".join(b"%s" for _ in columns),
    )
    context = stage.key.sign(reader(cast, cast.rose)).decode()
    with stage.admin() as connection, connection.transaction(force_rollback=True):
        if lifted:
            connection.execute("drop policy listed on app.audit_queue")
        connection.execute("set local role ringfence_app")
        connection.execute("select set_config('ringfence.ctx', %s, true)", [context])
        try:
            with connection.transaction():
                connection.execute(statement, list(entry.values()))
        except psycopg.Error as refused:
            return refused.sqlstate
        return None
