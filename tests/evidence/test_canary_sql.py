"""Raw SQL from one organization against another: all of it denied, and each control that is switched off is noticed."""

import asyncio

import pytest

from ringfence.controls.tenancy import attempts
from ringfence.controls.tenancy.attempts import Result, Tried
from tests.attacks.runs import plant_run, wide
from tests.world import Cast, Stage, plant_cast

FOREIGN_ROW = (
    "insert into app.message (org_id, id, conversation_id, user_id, run_id, author, text)"
    " select org_id, id, conversation_id, user_id, id, 'user', 'x' from app.run"
)
SWITCHES = [
    ("create policy leak on app.message to ringfence_app using (true)", "drop policy leak on app.message"),
    ("alter table app.run disable row level security", "alter table app.run enable row level security"),
    ("grant ringfence_owner to ringfence_app", "revoke ringfence_owner from ringfence_app"),
    ("alter role ringfence_app bypassrls", "alter role ringfence_app nobypassrls"),
    ("grant select (kid, ipad) on ctx.key to ringfence_app", "revoke select on ctx.key from ringfence_app"),
    ("grant truncate on app.run_event to ringfence_app", "revoke truncate on app.run_event from ringfence_app"),
    (
        "grant pg_read_server_files to ringfence_app; grant execute on function pg_read_file(text) to ringfence_app",
        (
            "revoke pg_read_server_files from ringfence_app; "
            "revoke execute on function pg_read_file(text) from ringfence_app"
        ),
    ),
    (
        "create or replace function ctx.org() returns uuid language sql stable as 'select ctx.claimed_org()'",
        "create or replace function ctx.org() returns uuid language sql stable return (ctx.verified('org'))[6]::uuid",
    ),
]


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    async def planted() -> Cast:
        async with stage.open() as database:
            cast = await plant_cast(database)
            await plant_run(database, cast, cast.alice, cast.rose)
            await plant_run(database, cast, cast.mallory, cast.thorn)
            return cast

    cast = asyncio.run(planted())
    with stage.admin() as admin:
        admin.execute(FOREIGN_ROW)
    return cast


async def tried(stage: Stage, cast: Cast) -> Tried:
    """Everything that Thorn can try against Rose and against Southwind."""
    async with stage.open(size=2) as database:
        return await attempts.attempt_all(
            database, wide(cast, cast.thorn), wide(cast, cast.rose), stranger=cast.southwind
        )


@pytest.mark.promise("TEN-01", "TEN-06")
async def test_every_attempt_by_sql_is_denied_and_the_same_eyes_see_their_own_rows(stage: Stage, cast: Cast):
    done = await tried(stage, cast)
    assert [attempt for attempt in done.attempts if attempt.result is not Result.DENIED] == []
    assert (done.own_rows, done.foreign_rows) == (5, 5)
    with stage.admin() as admin:
        (tables,) = admin.execute(
            "select count(*) from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p')"
        ).fetchone() or (0,)
    assert done.tables == tables
    assert len(done.attempts) > 2 * tables


@pytest.mark.promise("TEN-06")
@pytest.mark.parametrize(("off", "on"), SWITCHES)
async def test_a_control_that_is_switched_off_is_noticed(stage: Stage, cast: Cast, off: str, on: str):
    with stage.admin() as admin:
        admin.execute(off.encode())
    try:
        assert (await tried(stage, cast)).of(Result.ALLOWED)
    finally:
        with stage.admin() as admin:
            admin.execute(on.encode())


@pytest.mark.promise("TEN-06")
async def test_what_was_tried_changes_nothing_even_where_it_succeeds(stage: Stage, cast: Cast):
    with stage.admin() as admin:
        admin.execute("create policy leak on app.message to ringfence_app using (true) with check (true)")
        before = admin.execute("select org_id, id, text from app.message order by 1, 2").fetchall()
    try:
        aims = {attempt.aim for attempt in (await tried(stage, cast)).of(Result.ALLOWED)}
        assert aims >= {"read app.message", "change app.message", "delete from app.message"}
        with stage.admin() as admin:
            assert admin.execute("select org_id, id, text from app.message order by 1, 2").fetchall() == before
    finally:
        with stage.admin() as admin:
            admin.execute("drop policy leak on app.message")
