"""What row security turns into silence elsewhere: here it is loud, or it touches rows and says how many."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId
from ringfence.controls.tenancy import PartnerScope, PlatformScope, Statement, gate, nothing, scalar
from tests.attacks.runs import plant_run, wide
from tests.world import Stage, plant, plant_cast

ONE_ERROR = "no valid tenant context"
ORPHAN = """
create table app.orphan (org_id uuid not null default ctx.org(), id uuid not null, primary key (org_id, id));
call ctx.protect('app.orphan', scope => 'org');
alter table app.orphan no force row level security;
insert into app.orphan (org_id, id) values (gen_random_uuid(), gen_random_uuid());
alter table app.orphan force row level security
"""
REFER = "alter table app.orphan add foreign key (org_id, id) references app.app_user (org_id, id)"
COUNTING = """
create function app.count_users() returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as 'select count(*) from app.app_user';
grant execute on function app.count_users() to ringfence_app
"""
AUDITING = """
create function app.note_removal() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.audit_queue (id, actor_kind, action, target_id, outcome, reason)
    values (gen_random_uuid(), 'system', 'conversation.deleted', old.id, 'success', ctx.role());
  return null;
end $$;
create trigger note_removal after delete on app.conversation for each row execute function app.note_removal()
"""
REMOVE_USER = Statement("delete from app.app_user where id = $1 returning id", scalar)
NOTES = Statement("select reason from app.audit_queue where action = 'conversation.deleted'", scalar)
SEEN = Statement("update app.app_user set last_seen_at = now() returning id", scalar)
TOKEN = Statement("insert into app.token_use (jti, expires_at) values ('j', $1)", nothing)
ANSWER = Statement(
    "insert into app.idempotency (id, key_hash, request_hash, status, expires_at) values ($1, 'k', 'r', 200, $2)",
    nothing,
)
OLD_NEWS = Statement("insert into app.invalidation (id, kind, subject_id, at) values ($1, 'user', $1, $2)", nothing)
NEWS = Statement("insert into app.invalidation (id, kind, subject_id) values ($1, 'user', $1)", nothing)
DESTROY = Statement("insert into app.key_destruction (id, org_id) values ($1, $2)", nothing)
ISSUER = Statement("select issuer from app.partner", scalar)
API_KEY = Statement("insert into app.api_key (id, digest, scopes) values ($1, 'd', '{}')", nothing)


@pytest.mark.promise("TEN-02")
@pytest.mark.parametrize(
    "query", ["select id from app.app_user", "update app.app_user set locale = 'en'", "delete from app.app_user", REFER]
)
async def test_the_owner_without_a_context_fails_loudly(stage: Stage, query: str):
    await plant(stage)
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("set local role ringfence_owner")
        admin.execute(ORPHAN.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=ONE_ERROR):
            admin.execute(query.encode())


async def test_without_a_policy_for_the_owner_the_same_would_be_silent(stage: Stage):
    await plant(stage)
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("set local role ringfence_owner")
        admin.execute("alter policy tenant on app.app_user to ringfence_app")
        assert admin.execute("update app.app_user set locale = 'en'").rowcount == 0


async def test_a_migration_that_lifts_force_finds_the_orphan(stage: Stage):
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("set local role ringfence_owner")
        admin.execute(ORPHAN.encode())
        admin.execute("alter table app.orphan no force row level security")
        admin.execute("alter table app.app_user no force row level security")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            admin.execute(REFER)


@pytest.mark.promise("TEN-01")
async def test_a_definer_function_of_the_owner_is_bound_by_its_callers_context(stage: Stage):
    cast = await plant(stage)
    context = stage.key.sign(wide(cast, cast.thorn))
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("set local role ringfence_owner")
        admin.execute(COUNTING.encode())
        admin.execute("set local role ringfence_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=ONE_ERROR), admin.transaction():
            admin.execute("select app.count_users()")
        admin.execute("select set_config('ringfence.ctx', %s, true)", [bytes(context).decode()])
        assert admin.execute("select app.count_users()").fetchone() == (1,)


@pytest.mark.promise("TEN-01", "TEN-04")
async def test_a_cascaded_delete_runs_its_audit_trigger_inside_the_organization(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        for user in (cast.alice, cast.bob):
            await plant_run(database, cast, user, cast.rose)
        with stage.admin() as admin:
            admin.execute(b"set role ringfence_owner; " + AUDITING.encode())
        assert await database.write(wide(cast, cast.rose), REMOVE_USER(cast.alice)) == [[cast.alice]]
        assert await database.read(wide(cast, cast.rose), NOTES(), SEEN_RUNS()) == [["admin"], [1]]
        assert await database.read(wide(cast, cast.thorn), NOTES()) == [[]]


SEEN_RUNS = Statement("select count(*) from app.run", scalar)


async def test_the_stamp_of_an_audited_row_is_the_transaction_that_changed_it(stage: Stage):
    stamped = Statement("select count(*) from app.app_user where changed_xid = pg_current_xact_id()", scalar)
    async with stage.open() as database:
        cast = await plant_cast(database)
        async with database.org(wide(cast, cast.rose)) as tx:
            assert await tx.pipeline(stamped(), SEEN(), stamped()) == [[0], [cast.alice, cast.bob], [2]]


@pytest.mark.promise("TEN-04")
async def test_the_gates_leases_touch_the_planted_run(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        run, holder = await plant_run(database, cast, cast.alice, cast.rose), ids.new()
        claimed = await gate.claim_runs(database, holder, seconds=9, most=99)
        assert gate.ClaimedRun(cast.rose, run, cast.northwind, cast.alice, 1) in claimed  # pyright: ignore[reportArgumentType] - NewTypes over UUID
        assert await gate.claim_runs(database, ids.new(), seconds=9, most=99) == []
        mine = [one.run_id for one in claimed]
        assert len(await gate.extend_leases(database, holder, seconds=9, executed=mine)) == len(claimed)
        assert await gate.extend_leases(database, ids.new(), seconds=9, executed=mine) == []
        assert await gate.release_leases(database, holder) == len(claimed)
        assert await gate.release_leases(database, holder) == 0


async def test_without_its_policy_the_gate_would_find_nothing_silently(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        await plant_run(database, cast, cast.alice, cast.rose)
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("drop policy gate on app.run_lease")
        admin.execute("set local role ringfence_app")
        claim = "select count(*) from gate.claim_runs(%s, 9, 99)"
        assert admin.execute(claim, [ids.new()]).fetchone() == (0,)


@pytest.mark.promise("TEN-04")
async def test_the_gate_finds_the_planted_partner(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        scope, key = PartnerScope(cast.northwind), ids.new()
        issuer = (await database.write(scope, ISSUER(), API_KEY(key)))[0][0]
        assert await gate.partner_of_issuer(database, issuer) == cast.northwind
        assert await gate.partner_of_api_key(database, key) == cast.northwind
        assert await gate.partner_of_organization(database, cast.thorn) == cast.northwind
        assert await gate.partner_of_issuer(database, "https://nobody.example") is None
        assert await gate.partner_of_api_key(database, ids.new()) is None
        assert await gate.partner_of_organization(database, OrgId(ids.new())) is None


@pytest.mark.promise("TEN-04")
async def test_the_gate_tells_the_planted_invalidation_once(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        news = ids.new()
        await database.write(wide(cast, cast.rose), NEWS(news))
        rows = await gate.invalidations_since(database, "0")
        assert news in [row.id for row in rows]
        later = await gate.invalidations_since(database, rows[0].next_horizon)
        assert [row.id for row in later] == [None]


@pytest.mark.promise("TEN-04")
async def test_the_gate_hands_out_the_planted_destruction_until_it_is_done(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        await database.write(wide(cast, cast.rose), DESTROY(ids.new(), cast.rose))
        (pending,) = await gate.pending_key_destructions(database, most=9)
        assert (pending.scope_id, pending.org_id, pending.user_id) == (cast.rose, cast.rose, None)
        assert [await gate.finish_key_destruction(database, pending) for _ in range(2)] == [1, 0]
        assert await gate.pending_key_destructions(database, most=9) == []


@pytest.mark.promise("TEN-04")
async def test_the_gate_expires_what_was_planted_past_its_time(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        await gate.expire(database)
        past: list[UUID] = [ids.new(), ids.new()]
        ago = clock.now() - timedelta(hours=3)
        await database.write(PartnerScope(cast.northwind), TOKEN(ago), ANSWER(past[0], ago))
        await database.write(PlatformScope(), OLD_NEWS(past[1], ago), NEWS(ids.new()))
        assert [await gate.expire(database) for _ in range(2)] == [3, 0]
