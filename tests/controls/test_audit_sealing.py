"""The sealer: each entry once, at its place, whatever transactions and processes do meanwhile."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager

import psycopg
import pytest

from ringfence.base import canonical_json, ids, merkle
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.audit import Action
from ringfence.controls.tenancy import Database, DatabaseError, PartnerScope, PlatformScope, Statement, scalar, seal
from ringfence.controls.tenancy.seal import Heads, Leaves, Nodes
from ringfence.evidence.probes.plant import rolled_back
from tests.sealed import SEALED, an_entry, many, queued, read, reader, seal_all, sealer
from tests.world import Cast, Stage, plant_cast

NO_NODES = Nodes([], [], [], [])
HOLD = b"select pg_advisory_xact_lock(hashtextextended('ringfence audit sealer', 0))"
BOUND = Statement("select pg_snapshot_xmin(pg_current_snapshot())::text", str)
XID = Statement("select pg_current_xact_id()::text", str)


@asynccontextmanager
async def planted(stage: Stage) -> AsyncIterator[tuple[Database, Cast]]:
    """A cast of its own, and nothing left to seal of what came before."""
    async with stage.open(size=6) as database:
        cast = await plant_cast(database)
        await seal_all(database)
        yield database, cast


async def ids_of(database: Database, scope) -> list:
    return [row[1] for row in (await database.read(scope, SEALED()))[0]]


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_each_log_is_a_tree_of_its_own_entries(stage: Stage):
    async with planted(stage) as (database, cast):
        rose, thorn, partner = reader(cast, cast.rose), reader(cast, cast.thorn), PartnerScope(cast.northwind)
        for _ in range(3):
            await database.write(rose, an_entry(), an_entry())
            await database.write(thorn, an_entry(Action.RUN_STARTED, target=ids.new()))
        await database.write(partner, an_entry())
        assert await seal_all(database, most=4) == 10
        for scope, size in ((rose, 6), (thorn, 3)):
            head, leaves = await read(database, scope)
            assert head is not None
            assert (head.size, [leaf.index for leaf in leaves]) == (size, list(range(size)))
            assert [leaf.leaf_hash for leaf in leaves] == [merkle.leaf_hash(leaf.data or b"") for leaf in leaves]
            assert head.root == merkle.root_of(leaf.leaf_hash for leaf in leaves)
            assert all(f'"log":"org/{scope.org_id}"'.encode() in (leaf.data or b"") for leaf in leaves)
        assert len(await ids_of(database, partner)) == 1
        assert queued(stage) == 0


@pytest.mark.promise("AUD-04")
async def test_a_leaf_says_what_the_entry_says(stage: Stage):
    async with planted(stage) as (database, cast):
        rose, target = reader(cast, cast.rose), ids.new()
        await database.write(rose, an_entry(Action.RUN_STARTED, target=target, agent_id=target, agent_version=3))
        await seal_all(database)
        (leaf,) = (await read(database, rose))[1]
        said = json.loads(leaf.data or b"")
        assert canonical_json.encode(said) == leaf.data
        assert said["details"] == {"agent_id": str(target), "agent_version": 3}
        assert said["target"] == {"id": str(target), "kind": "run"}
        assert (said["index"], said["network"], said["v"], len(said["at"])) == (0, None, 1, 27)


@pytest.mark.promise("AUD-02")
async def test_a_slow_transaction_holds_back_what_is_younger_and_loses_nothing(stage: Stage):
    async with planted(stage) as (database, cast):
        rose = reader(cast, cast.rose)
        async with database.org(rose) as slow:
            await slow.run(an_entry(reason="slow"))
            await database.write(rose, an_entry(reason="quick"))
            assert await seal_all(database) == 0
        await seal_all(database)
        assert [b"slow" in (leaf.data or b"") for leaf in (await read(database, rose))[1]] == [True, False]


@pytest.mark.promise("AUD-02")
async def test_an_entry_that_is_committed_late_lands_above_what_was_sealed(stage: Stage):
    async with planted(stage) as (database, cast):
        rose = reader(cast, cast.rose)
        late = an_entry(reason="late")  # its id and the time of its transaction are older than the other's
        async with database.org(rose) as slow:
            await slow.run(Statement("select 1", scalar)())
            await database.write(rose, an_entry(reason="early"))
            assert await seal_all(database) == 1
            await slow.run(late)
            assert await seal_all(database) == 0
        assert await seal_all(database) == 1
        head, leaves = await read(database, rose)
        assert [b"late" in (leaf.data or b"") for leaf in leaves] == [False, True]
        assert head is not None
        assert head.root == merkle.root_of(leaf.leaf_hash for leaf in leaves)


@pytest.mark.promise("AUD-02")
async def test_what_is_rolled_back_has_no_place(stage: Stage):
    async with planted(stage) as (database, cast):
        rose = reader(cast, cast.rose)
        with pytest.raises(DatabaseError):
            await database.write(rose, an_entry(), Statement("select 1 / 0", scalar)())
        await database.write(rose, an_entry())
        assert await seal_all(database) == 1
        assert [row[0] for row in (await database.read(rose, SEALED()))[0]] == [0]


@pytest.mark.promise("AUD-02")
async def test_two_sealers_at_once_seal_each_entry_once(stage: Stage):
    async with planted(stage) as (database, cast), stage.open() as other:
        rose = reader(cast, cast.rose)
        for _ in range(20):
            await database.write(rose, many(10))
        counts = await asyncio.gather(*(seal_all(each, most=7) for each in (database, other, database)))
        await seal_all(database)
        head, leaves = await read(database, rose)
        assert sum(counts) <= 200
        assert [leaf.index for leaf in leaves] == list(range(200))
        assert head is not None
        assert head.root == merkle.root_of(leaf.leaf_hash for leaf in leaves)


@pytest.mark.promise("AUD-02")
async def test_a_second_sealer_leaves_while_another_is_at_work(stage: Stage):
    async with planted(stage) as (database, cast):
        await database.write(reader(cast, cast.rose), an_entry())
        with psycopg.connect(stage.admin_url) as holding:
            holding.execute(HOLD)
            assert await sealer(database).round() == 0
        assert await sealer(database).round() == 1


@pytest.mark.promise("AUD-02")
async def test_a_sealer_that_is_killed_before_its_commit_has_sealed_nothing(stage: Stage):
    async with planted(stage) as (database, cast):
        rose = reader(cast, cast.rose)
        await database.write(rose, many(5))
        doomed = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.dying_sealer", stage.app_url, stage.key.kid, stage.key.secret.hex()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert doomed.stdout is not None
        assert await doomed.stdout.readline() == b"appended\n"
        assert await sealer(database).round() == 0, "it still holds the lock"
        doomed.kill()
        await doomed.wait()
        async with asyncio.timeout(60):
            while await sealer(database).round() == 0:
                await asyncio.to_thread(time.sleep, 0.02)
        assert [row[0] for row in (await database.read(rose, SEALED()))[0]] == list(range(5))


def of_one(scope_id, *, index: int = 0, entry_id, size: int | None = None):
    """What appends one leaf to a log, as a caller would that forges or errs."""
    tree = merkle.CompactRange()
    tree.extend([b"h" * 32] * (index + 1 if size is None else size))
    heads = Heads(["org"], [str(scope_id)], [tree.size], [tree.root()], [tree.encode()])
    return {"heads": heads, "leaves": Leaves([1], [index], [str(entry_id)], [b"h" * 32]), "nodes": NO_NODES}


async def refused(database: Database, to_xid: str, to_id: str, **appended) -> str | None:
    """The SQLSTATE with which the database refuses this, or None; nothing of it stays."""
    try:
        async with rolled_back(database.platform()) as tx:
            await tx.run(seal.open())
            await tx.run(seal.append(to_xid, to_id, **appended))
    except DatabaseError as failure:
        return failure.sqlstate
    return None


@pytest.mark.promise("AUD-02")
async def test_the_database_refuses_a_gap_a_forgery_and_an_entry_left_out(stage: Stage):
    async with planted(stage) as (database, cast):
        rose, org = reader(cast, cast.rose), cast.rose
        await database.write(rose, many(2))
        (bound,), waiting = await database.read(
            PlatformScope(), BOUND(), seal.rows((await database.read(PlatformScope(), BOUND()))[0][0], most=10)
        )
        first, second = waiting
        good = of_one(org, entry_id=first.id)
        assert await refused(database, first.xid, first.id, **good) is None, "the cursor stands behind the first"
        assert await refused(database, bound, seal.NOBODY, **good) == "22023", "the second is left out"
        assert await refused(database, first.xid, first.id, **of_one(org, index=1, entry_id=first.id)) == "22023"
        assert await refused(database, first.xid, first.id, **of_one(org, size=2, entry_id=first.id)) == "22023"
        assert await refused(database, first.xid, first.id, **of_one(org, entry_id=ids.new())) == "22023"
        assert await refused(database, first.xid, first.id, **of_one(cast.thorn, entry_id=first.id)) == "22023"
        assert await refused(database, str(int(bound) + 1), seal.NOBODY, **good) == "22023", "beyond the horizon"
        assert await refused(database, "0", seal.NOBODY, **good) == "22023", "backwards"
        twice = good | {"leaves": Leaves([1, 1], [0, 1], [first.id, first.id], [b"h" * 32] * 2)}
        assert await refused(database, first.xid, first.id, **twice) in {"22023", "23505"}
        elsewhere = good | {"leaves": Leaves([2], [0], [first.id], [b"h" * 32])}
        assert await refused(database, first.xid, first.id, **elsewhere) == "22023"
        short = good | {"heads": Heads(["org"], [str(org)], [1], [b"h" * 32], [b"h" * 31])}
        assert await refused(database, first.xid, first.id, **short) == "23514"
        assert second.xid == first.xid


@pytest.mark.promise("AUD-02")
async def test_an_entry_that_is_not_final_is_neither_told_nor_sealed(stage: Stage):
    async with planted(stage) as (database, cast):
        (bound,) = (await database.read(PlatformScope(), BOUND()))[0]
        assert await refused_rows(database, str(int(bound) + 1_000)) == "22023"
        async with database.org(reader(cast, cast.rose)) as tx:
            entry = an_entry()
            xid = (await tx.pipeline(entry, XID()))[1][0]
            forged = of_one(cast.rose, entry_id=entry.params[0])
            assert await refused(database, xid, str(entry.params[0]), **forged) == "22023"


async def refused_rows(database: Database, upto: str) -> str | None:
    try:
        await database.read(PlatformScope(), seal.rows(upto, most=1))
    except DatabaseError as failure:
        return failure.sqlstate
    return None


@pytest.mark.promise("AUD-02", "TEN-04")
async def test_no_tenant_can_seal_or_ask_the_sealers_functions(stage: Stage):
    async with planted(stage) as (database, cast):
        rose = reader(cast, cast.rose)
        for asked in (
            seal.due(),
            seal.open(),
            seal.rows("0", most=1),
            seal.frontiers([]),
            seal.lag(0),
            seal.append("0", seal.NOBODY, **of_one(cast.rose, entry_id=ids.new())),
        ):
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(rose, asked)
        with psycopg.connect(stage.admin_url) as holding:
            holding.execute(HOLD)
            with pytest.raises(Problem):
                await database.write(
                    PlatformScope(), seal.append("0", seal.NOBODY, **of_one(cast.rose, entry_id=ids.new()))
                )


@pytest.mark.promise("AUD-02")
async def test_the_server_says_neither_when_an_entry_was_made_nor_in_which_transaction(stage: Stage):
    async with planted(stage) as (database, cast):
        for column, value in (("xid", "'1'"), ("at", "now()")):
            forged = Statement(
                f"insert into app.audit_queue (id, actor_kind, action, outcome, {column}) "
                f"values ($1, 'system', 'access.denied', 'success', {value})",
                scalar,
            )
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(reader(cast, cast.rose), forged(ids.new()))


ATTEMPTS = (
    "update app.audit_sealed set leaf_hash = leaf_hash",
    "delete from app.audit_sealed",
    "truncate app.audit_sealed",
    "update app.audit_node set hash = hash",
    "delete from app.audit_node",
    "truncate app.audit_node",
    "delete from app.audit_log",
    "truncate app.audit_log",
    "update app.audit_log set size = 1, root = sha256('x'), frontier = sha256('x')",
    "delete from app.audit_sealer",
    "truncate app.audit_sealer",
    "truncate app.audit_checkpoint",
)


@pytest.mark.promise("AUD-02")
async def test_what_was_sealed_is_changed_by_nobody(stage: Stage):
    async with planted(stage) as (database, cast):
        await database.write(reader(cast, cast.rose), many(300))
        await seal_all(database)
    with stage.admin() as admin:
        for role in ("none", "ringfence_app", "ringfence_gate", "ringfence_seal", "ringfence_owner"):
            admin.execute(f"set role {role}".encode())
            # Forced row security shows the owner no row to change without a tenant's context; nothing is what it does.
            attempts = [one for one in ATTEMPTS if role != "ringfence_owner" or one.startswith("truncate")]
            for attempt in attempts:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    admin.execute(attempt.encode())


@pytest.mark.promise("AUD-02")
async def test_a_database_that_is_not_the_one_it_was_is_checked_before_it_is_sealed_in(stage: Stage):
    checks: list[int] = []

    class Check:
        async def hold(self) -> None:
            pass

        async def begin(self) -> None:
            checks.append(1)
            if len(checks) == 3:
                raise Problem(503, "ahead", "What was published is ahead of this database.")

        def unseen(self, _logs: Iterable[audit.Log]) -> list[audit.Log]:
            return []

        async def before(self, logs: Collection[audit.Log]) -> None:
            pass

    async with planted(stage) as (database, cast):
        rose, seals = reader(cast, cast.rose), sealer(database, check=Check())
        for _ in range(2):
            await database.write(rose, an_entry())
            assert await seals.round() == 1
        assert len(checks) == 1, "at its start alone"
        with stage.admin() as admin:
            admin.execute("update app.audit_sealer set rounds = rounds - 1")
        await seals.round()
        assert len(checks) == 2, "it went back"
        with stage.admin() as admin:
            admin.execute("update app.audit_sealer set rounds = 0")
        await database.write(rose, an_entry())
        with pytest.raises(Problem):
            await seals.round()
        assert queued(stage) == 1
        assert await seals.round() == 1


@pytest.mark.promise("AUD-02")
async def test_a_sealer_goes_on_by_itself_and_looks_at_once_when_woken(stage: Stage):
    async with planted(stage) as (database, cast):
        seals = sealer(database, most=3)
        running = asyncio.create_task(seals.run())
        async with asyncio.timeout(60):
            for count in (7, 1):
                await database.write(reader(cast, cast.rose), many(count))
                while queued(stage):
                    seals.wake()
                    await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()


@pytest.mark.promise("AUD-02")
async def test_what_waits_too_long_is_counted(stage: Stage):
    async with planted(stage) as (database, cast):
        await database.write(reader(cast, cast.rose), many(3))
        now, later = await database.read(PlatformScope(), seal.lag(0), seal.lag(3600))
        assert (now[0].waiting, later[0].waiting) == (3, 0)
        assert now[0].oldest > 0
        await seal_all(database)
        assert (await database.read(PlatformScope(), seal.lag(0)))[0][0].waiting == 0
