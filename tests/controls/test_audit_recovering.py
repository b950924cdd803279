"""A database that is put back to an earlier day: an honest restore verifies, a fork is found and stops the log."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ringfence.base import ids
from ringfence.base.merkle import CompactRange, leaf_hash, verifies_consistency
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.base.problem import Problem
from ringfence.controls.audit import heads, trees
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.instance import grow
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.publishing import Lease
from ringfence.controls.audit.tiles import Tile
from ringfence.controls.tenancy import PlatformScope, Statement, publication, scalar
from ringfence.controls.tenancy.publication import Shown
from tests.publishing import Press, Recorded, objects_in, press
from tests.world import Stage
from tests.world import stage as open_stage

_ACTIONS = Statement("select action || ' ' || (details->>'entries') from app.audit_queue order by xid, id", scalar)


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: recovery looks at every log."""
    with open_stage(server) as made:
        yield made


@contextmanager
def kept(server: Server, stage: Stage) -> Iterator[Stage]:
    """A copy of the database as it is now, as a backup holds it."""
    source = str(conninfo_to_dict(stage.app_url)["dbname"])
    name = f"{source}_kept"
    with psycopg.connect(server.superuser_dsn, autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = %s", (source,))
        admin.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(source)))
        admin.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        admin.execute(sql.SQL("grant connect on database {} to ringfence_app").format(sql.Identifier(name)))
        try:
            yield Stage(stage.admin_url.replace(source, name), stage.app_url.replace(source, name), stage.key)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


async def goes_on_from(at: Press, old: Checkpoint) -> bool:
    """Whether what is shown now goes on from a checkpoint that a customer kept."""
    shown = await at.shown()
    async with heads.reading(at.database, at.log) as tx:
        proof = await trees.consistency(tx, old.size, shown.size)
    return verifies_consistency(old=old.size, new=shown.size, old_root=old.root, new_root=shown.root, proof=proof)


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize("counts", [(3, 4), (200, 100), (0, 5), (256, 700)])
async def test_an_honest_restore_verifies_against_the_checkpoint_that_was_kept(
    server: Server, stage: Stage, tmp_path: Path, counts: tuple[int, int]
):
    before, lost = counts
    log = Log.organization(OrgId(ids.new()))
    if before:
        async with press(stage, tmp_path, log=log) as at:
            await at.publish(before)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=log) as at:
            customers = await at.publish(lost)
            original = await at.stored(customers.size)
        async with press(restored, tmp_path, log=log) as at:
            await at.write(2)
            await at.seal()
            head = await heads.find(at.database, log)
            assert head is not None
            assert (head.size, head.published_size) == (customers.size + 3, customers.size)
            await at.publisher.publish(log)
            assert await goes_on_from(at, customers)
            assert (await at.stored(customers.size + 3))[: customers.size] == original
            assert (await at.shown()).root == await at.root_in_store(customers.size + 3)
            told = (await at.database.read(log.reader, _ACTIONS()))[0]
            assert told.count(f"audit.recovered {lost}") == 1
            async with heads.reading(at.database, log) as tx:
                entries = await trees.entries(tx, 0, customers.size)
            assert [entry.data for entry in entries] == original


@pytest.mark.promise("AUD-04")
async def test_the_instance_tree_comes_back_too(server: Server, stage: Stage, tmp_path: Path):
    instance = Log.instance()
    with kept(server, stage) as restored:
        async with press(stage, tmp_path) as at:
            for _ in range(3):
                await at.publish(1)
                await at.publisher.round()
            await at.publisher.round()
            shown = await at.shown(instance)
        async with press(restored, tmp_path, log=at.log) as again:
            await again.publisher.recovery.check()
            assert await again.shown(instance) == shown
            assert [leaf.size for leaf in await heads.instance_leaves(again.database, 0, 9)] == [1, 2, 3]
            await again.seal()
            await again.publisher.round()
            await again.publisher.round()
            assert (await again.shown(instance)).size > shown.size


@pytest.mark.promise("AUD-04")
async def test_an_entry_that_a_restored_queue_still_has_is_sealed_where_it_was(
    server: Server, stage: Stage, tmp_path: Path
):
    async with press(stage, tmp_path) as at:
        await at.write(3)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=at.log) as first:
            customers = await first.publish(2)
        async with press(restored, tmp_path, log=at.log) as again:
            await again.seal()
            await again.publisher.publish(at.log)
            assert await goes_on_from(again, customers)
            assert (await again.shown()).size == customers.size + 1


@pytest.mark.promise("AUD-04")
async def test_nothing_is_sealed_while_the_store_cannot_be_asked(server: Server, stage: Stage, tmp_path: Path):
    with kept(server, stage) as restored:
        async with press(stage, tmp_path) as at:
            await at.publish(2)
        store = Recorded(objects_in(tmp_path))
        async with press(restored, tmp_path, log=at.log, objects=store) as again:
            await again.write(1)
            for fails_at in ("hold", "checkpoint", "tile/0"):
                store.fails_at = fails_at
                with pytest.raises(Problem, match="storage_unavailable"):
                    await again.sealer.round()
                assert await heads.find(again.database, at.log) is None
            store.fails_at = ""
            await again.seal()
            assert (await again.shown()).size == 2


@pytest.mark.promise("AUD-04")
async def test_a_history_that_went_on_apart_is_a_fork_and_stops(server: Server, stage: Stage, tmp_path: Path):
    with kept(server, stage) as apart:
        async with press(stage, tmp_path) as at:
            customers = await at.publish(2)
        shutil.copytree(tmp_path / "objects", tmp_path / "kept")
        shutil.rmtree(tmp_path / "objects")
        async with press(apart, tmp_path, log=at.log) as other:
            await other.write(3)
            await other.seal()
            shutil.copytree(tmp_path / "kept", tmp_path / "objects", dirs_exist_ok=True)
            with pytest.raises(Problem, match="log_stopped"):
                await other.publisher.publish(at.log)
            [stopped] = (await other.database.read(PlatformScope(), publication.stopped()))[0]
            assert (stopped.scope_id, stopped.why) == (at.log.id, "fork")
            assert (await other.depot.find(f"{at.log.folder}/checkpoint") or b"").startswith(customers.text.encode())


@pytest.mark.promise("AUD-04")
async def test_a_store_that_cannot_give_back_what_it_showed_stops_the_log(server: Server, stage: Stage, tmp_path: Path):
    with kept(server, stage) as restored:
        async with press(stage, tmp_path) as at:
            await at.publish(2)
            await at.depot.remove(Tile(0, 0, 2).path(at.log.folder))
        async with press(restored, tmp_path, log=at.log) as again:
            await again.write(1)
            await again.seal()
            with pytest.raises(Problem, match="log_stopped"):
                await again.publisher.publish(at.log)


@pytest.mark.promise("AUD-04")
async def test_an_older_keystore_beside_an_older_database_seals_and_shows_nothing(
    server: Server, stage: Stage, tmp_path: Path
):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
    shutil.copytree(tmp_path / "keystore", tmp_path / "kept")
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=at.log) as later:
            await later.signers.rotate()
            await later.publish(4)
        (tmp_path / "keystore").rename(tmp_path / "newest")
        (tmp_path / "kept").rename(tmp_path / "keystore")
        async with press(restored, tmp_path, log=at.log) as again:
            await again.write(1)
            with pytest.raises(Problem, match="storage_unavailable"):
                await again.seal()
            head = await heads.find(again.database, at.log)
            assert head is not None
            assert (head.size, head.published_size) == (3, 3)
        shutil.rmtree(tmp_path / "keystore")
        (tmp_path / "newest").rename(tmp_path / "keystore")
        async with press(restored, tmp_path, log=at.log) as again:
            await again.seal()
            assert (await again.shown()).size == 7


@pytest.mark.promise("AUD-04")
async def test_what_raw_sql_shows_of_one_log_is_replaced_and_stops_no_other(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
        await at.write(300)
        await at.seal()
        lease = Lease(at.database, at.log, ids.new())
        assert await lease.take()
        assert await lease.end(Shown(303, b"y" * 32, "nothing that anybody signed"))
        other = Log.organization(OrgId(ids.new()))
        await at.write(2, other)
        await at.seal()
        await at.publisher.round()
        assert [leaf.scope_id for leaf in await heads.instance_leaves(at.database, 0, 9)] == [other.id]
        shown = await at.publish(1)
        assert (shown.size, shown.root) == (304, await at.root_in_store(304))


@pytest.mark.promise("AUD-04")
async def test_a_size_that_raw_sql_makes_up_keeps_no_log_out_of_the_instance_tree(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
        ahead = await at.database.read(PlatformScope(), publication.to_enter(9))
        claimed = [replace(row, size=10**9) for row in ahead[0]]
        grown = grow(CompactRange(), [leaf_hash(b"junk")])
        await at.database.write(PlatformScope(), publication.enter(grown, claimed, ["junk"]))
        await at.publisher.round()
        assert [leaf.size for leaf in await heads.instance_leaves(at.database, 1, 9)] == [3]


@pytest.mark.promise("AUD-04")
async def test_a_checkpoint_that_nobody_of_us_signed_brings_nothing_back(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        shown = await at.publish(2)
        forged = Checkpoint(shown.origin, 9, shown.root, shown.at).text + "\n\u2014 ringfence.test/audit AAAAAAA=\n"
        await at.depot.put(f"{at.log.folder}/checkpoint", forged.encode())
        assert (await at.publish(1)).size == 3
        assert (await at.depot.find(f"{at.log.folder}/checkpoint")) == (await at.note()).encode()
