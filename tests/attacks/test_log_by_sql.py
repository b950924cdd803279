"""Raw SQL against the log: what whoever runs statements as a role of the product can forge, move, cut or hold up."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from ringfence.base import ids, merkle
from ringfence.controls.tenancy import DatabaseError, PlatformScope, Statement, seal
from ringfence.controls.tenancy.seal import Heads, Leaves, Nodes
from ringfence.evidence.probes.plant import rolled_back
from tests.sealed import an_entry, many, reader, seal_all
from tests.world import Stage, plant_cast

BOUND = Statement("select pg_snapshot_xmin(pg_current_snapshot())::text", str)
SHRUNK = {
    "fewer leaves": "size = 2, root = sha256('x'), frontier = sha256('x')",
    "another root of as many leaves": "root = sha256('x')",
    "another frontier of as many leaves": "frontier = sha256('x') || sha256('y')",
    "less that was shown": "published_size = 1",
    "pruned entries back": "pruned_to = 0",
    "another's": "scope_id = gen_random_uuid()",
    "of another kind": "scope = 'partner'",
}


@pytest.mark.promise("AUD-02", "AUD-04")
@pytest.mark.parametrize("change", SHRUNK.values(), ids=SHRUNK)
def test_a_log_only_grows_even_for_whoever_no_grant_binds(stage: Stage, change: str):
    with stage.admin() as admin:
        one = ids.new()
        admin.execute(
            "insert into app.audit_log (scope, scope_id, size, root, frontier, published_size, pruned_to)"
            " values ('org', %s, 3, sha256(''), sha256('a') || sha256('b'), 2, 1)",
            [one],
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="a log only grows"):
            admin.execute(f"update app.audit_log set {change} where scope_id = %s".encode(), [one])
        grown = "size = 4, root = sha256('y'), frontier = sha256('z'), published_size = 3, pruned_to = 2"
        assert admin.execute(f"update app.audit_log set {grown} where scope_id = %s".encode(), [one]).rowcount == 1


@pytest.mark.promise("AUD-02")
async def test_an_entry_that_is_there_is_not_sealed_before_an_older_transaction_has_ended(stage: Stage):
    async with stage.open(size=6) as database:
        cast = await plant_cast(database)
        await seal_all(database)
        rose, tree = reader(cast, cast.rose), merkle.CompactRange()
        tree.append(b"h" * 32)
        heads = Heads(["org"], [str(cast.rose)], [1], [tree.root()], [tree.encode()])
        async with database.org(reader(cast, cast.thorn)) as older:
            await older.run(an_entry())
            young = an_entry()
            await database.write(rose, young)
            (bound,) = (await database.read(PlatformScope(), BOUND()))[0]
            leaves = Leaves([1], [0], [str(young.params[0])], [b"h" * 32])
            forged = seal.append(bound, seal.NOBODY, heads=heads, leaves=leaves, nodes=Nodes([], [], [], []))
            async with rolled_back(database.platform()) as tx:
                await tx.run(seal.open())
                with pytest.raises(DatabaseError, match="22023"):
                    await tx.run(forged)


@pytest.mark.promise("AUD-02")
def test_the_role_that_seals_lets_go_of_no_checkpoint_but_one_that_another_of_its_day_follows(stage: Stage):
    planted = (("4 days", 1), ("4 days", 2), ("3 days", 3), ("1 hour", 4), ("0", 5))
    with stage.admin() as admin, admin.transaction(force_rollback=True):
        one = ids.new()
        for age, size in planted:
            admin.execute(
                "insert into app.audit_checkpoint (scope, scope_id, size, note, at)"
                " values ('org', %s, %s, 'signed', date_trunc('day', now()) + interval '1 minute' - %s::interval)",
                [one, size, age],
            )
        admin.execute("set local role ringfence_seal")
        let_go: list[int] = []
        for _, size in planted:
            try:
                with admin.transaction():
                    admin.execute("delete from app.audit_checkpoint where scope_id = %s and size = %s", [one, size])
                let_go.append(size)
            except psycopg.errors.InsufficientPrivilege as refused:
                assert "append-only" in str(refused)  # noqa: PT017 - some are refused, one is not
        assert let_go == [1]
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            admin.execute("delete from app.audit_checkpoint")


@dataclass(frozen=True)
class Told:
    """What became of a statement: the SQLSTATE that refused it, or how many rows it saw or changed."""

    by: str | None
    rows: int


def attempt(stage: Stage, context: str | None, statement: str) -> Told:
    """One statement of the app role, in a transaction that is taken back."""
    with psycopg.connect(stage.app_url) as connection:
        try:
            if context is not None:
                connection.execute("select set_config('ringfence.ctx', %s, true)", [context])
            return Told(None, connection.execute(statement.encode()).rowcount)
        except psycopg.Error as refused:
            return Told(refused.sqlstate, 0)
        finally:
            connection.rollback()


TABLES = (
    "audit_queue", "audit_sealed", "audit_node", "audit_log", "audit_checkpoint", "audit_instance_leaf", "audit_sealer",
    "discrepancy", "reconciliation", "read_count", "database_login", "erased_organization",
)  # fmt: skip
SEALED_TABLES = ("audit_queue", "audit_sealed", "audit_node", "audit_log", "audit_checkpoint", "read_count")
DENIED = "42501"


def forgeries(own: UUID, foreign: UUID, entry: UUID) -> dict[str, str]:
    """What an attacker would write, in a context of the organization `own`."""
    root = "decode('" + hashlib.sha256(b"x").hexdigest() + "', 'hex')"
    said = "actor_kind, action, outcome) values"
    return {
        "an entry of another's": f"insert into app.audit_queue (scope_id, id, {said} ('{foreign}', gen_random_uuid(),"
        " 'system', 'user.erased', 'success')",
        "an entry of the platform's": f"insert into app.audit_queue (scope, scope_id, id, {said} ('platform',"
        " '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'operator', 'command.run', 'success')",
        "an entry of yesterday": f"insert into app.audit_queue (id, at, {said} (gen_random_uuid(), 'yesterday',"
        " 'system', 'user.erased', 'success')",
        "an entry that is never sealed": f"insert into app.audit_queue (id, xid, {said} (gen_random_uuid(), '3',"
        " 'system', 'user.erased', 'success')",
        "an act that nobody listed": f"insert into app.audit_queue (id, {said} (gen_random_uuid(),"
        " 'system', 'planted.act', 'success')",
        "a field that nobody listed": "insert into app.audit_queue (id, actor_kind, action, outcome, details)"
        " values (gen_random_uuid(), 'system', 'user.erased', 'success', '{\"name\": \"Alice\"}')",
        "a leaf": f"insert into app.audit_sealed (index, entry_id, leaf_hash) values (99, gen_random_uuid(), {root})",
        "a node": f"insert into app.audit_node (level, index, hash) values (1, 9, {root})",
        "a head": f"insert into app.audit_log (size, root, frontier) values (1, {root}, {root})",
        "a checkpoint": "insert into app.audit_checkpoint (size, note) values (1, 'forged')",
        "a leaf of the instance tree": "insert into app.audit_instance_leaf (index, scope, scope_id, size, text)"
        f" values (99, 'org', '{own}', 1, 'forged')",
        "a claim on an erased organization": f"insert into app.erased_organization (org_id) values ('{foreign}')",
        "another place": f"update app.audit_sealed set index = index + 1 where entry_id = '{entry}'",
        "another hash": f"update app.audit_sealed set leaf_hash = {root} where entry_id = '{entry}'",
        "an early pruning": f"select gate.seal_prune('org', '{own}', gen_random_uuid(), 10)",
        "an early end of checkpoints": "select gate.seal_expire()",
        "a replay": f"select gate.seal_replay('org', '{foreign}', 0, gen_random_uuid(), '{{}}', '{{}}', '{{}}',"
        f" {root}, {root}, '{{}}',"
        " '{}', '{}')",
        "a publication": f"select gate.seal_published('org', '{own}', gen_random_uuid(), 1, {root}, 'forged')",
        "a stop": f"select gate.seal_stop('org', '{foreign}', 'fork')",
        "a lease": f"select gate.seal_claim_one('org', '{foreign}', gen_random_uuid(), 3600)",
        "all entries": "select gate.seal_rows('100', 10)",
        "no trigger": "alter table app.audit_queue disable trigger all",
        "no row security": "alter table app.audit_queue disable row level security",
        "another rule": "create policy mine on app.audit_queue for delete using (true)",
        "the sealer's role": "set role ringfence_seal",
        "the gate's role": "set role ringfence_gate",
        "the owner's role": "set role ringfence_owner",
        "no triggers in this session": "set session_replication_role = 'replica'",
        "a lock on the queue": "lock table app.audit_queue in share mode",
        "a lock on the trees": "lock table app.audit_sealed in access exclusive mode",
    }


@pytest.mark.promise("AUD-02", "TEN-01")
async def test_whoever_runs_sql_as_the_app_in_an_organization_forges_moves_and_prunes_nothing(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        for org in (cast.rose, cast.thorn):
            await database.write(reader(cast, org), many(3))
        await seal_all(database)
    context = stage.key.sign(reader(cast, cast.rose)).decode()
    with stage.admin() as admin:
        (entry,) = admin.execute("select entry_id from app.audit_sealed where scope_id = %s", [cast.rose]).fetchmany(1)
    # The context is a real one: it reads its own three entries and adds one.
    assert attempt(stage, context, "select * from app.audit_sealed").rows == 3
    own = (
        "insert into app.audit_queue (id, actor_kind, action, outcome)"
        " values (gen_random_uuid(), 'system', 'access.denied', 'refused')"
    )
    assert attempt(stage, context, own) == Told(None, 1)
    wrong: dict[str, Told] = {}
    for name, statement in forgeries(cast.rose, cast.thorn, entry[0]).items():
        told = attempt(stage, context, statement)
        if told.by != DENIED:
            wrong[name] = told
    for table in SEALED_TABLES:
        told = attempt(stage, context, f"select * from app.{table} where scope_id = '{cast.thorn}'")
        if told.rows:
            wrong[f"what is foreign of {table}"] = told
    for table in TABLES:
        for statement in (f"delete from app.{table}", f"truncate app.{table}", f"drop table app.{table}"):
            told = attempt(stage, context, statement)
            if told.by != DENIED:
                wrong[statement] = told
    assert wrong == {}
