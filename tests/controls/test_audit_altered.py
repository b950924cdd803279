"""What was altered past grants and triggers is neither published as if nothing were, nor put back from the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ringfence.base.postgres import Server
from ringfence.base.problem import Problem
from ringfence.controls.audit import heads, trees
from ringfence.controls.audit.tiles import Tile
from ringfence.controls.tenancy import PlatformScope, publication
from tests.controls.test_audit_recovering import kept
from tests.publishing import Press, press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: a publisher looks at every log."""
    with open_stage(server) as made:
        yield made


@contextmanager
def past_triggers(stage: Stage) -> Iterator[psycopg.Connection]:
    """A superuser whom no trigger binds."""
    with stage.admin() as admin:
        admin.execute("set session_replication_role = 'replica'")
        yield admin


async def is_stopped(at: Press, why: str) -> bool:
    """Whether nothing of the log is published any more, for this reason."""
    stopped = (await at.database.read(PlatformScope(), publication.stopped()))[0]
    return [(one.scope_id, one.why) for one in stopped] == [(at.log.id, why)]


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_a_root_that_was_altered_is_never_signed(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        before = await at.publish(2)
        await at.write(1)
        await at.seal()
        with past_triggers(stage) as admin:
            admin.execute("update app.audit_log set root = sha256('forged') where scope_id = %s", [at.log.id])
        with pytest.raises(Problem, match="log_stopped"):
            await at.publisher.publish(at.log)
        assert await at.shown() == before
        assert await is_stopped(at, "altered")


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_a_subtree_and_the_root_over_it_that_were_altered_together_are_never_signed(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.write(256)
        await at.seal()
        with past_triggers(stage) as admin:
            forged = "sha256('forged')"
            admin.execute(f"update app.audit_node set hash = {forged} where scope_id = %s".encode(), [at.log.id])
            admin.execute(
                f"update app.audit_log set root = {forged}, frontier = {forged} where scope_id = %s".encode(),
                [at.log.id],
            )
        with pytest.raises(Problem, match="log_stopped"):
            await at.publisher.publish(at.log)
        assert await is_stopped(at, "altered")
        assert await at.depot.find(f"{at.log.folder}/checkpoint") is None


@pytest.mark.promise("AUD-04")
async def test_a_leaf_that_was_altered_in_the_store_is_not_put_back(server: Server, stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=at.log) as at:
            await at.publish(4)
            tile = Tile(0, 0, 7)
            hashes = await at.depot.tile(at.log, tile)
            assert hashes is not None
            await at.depot.put_tile(at.log, tile, [*hashes[:5], b"f" * 32, hashes[6]])
        async with press(restored, tmp_path, log=at.log) as again:
            assert await again.publisher.recovery.recover(at.log) == 0
            assert (await again.shown()).size == 3
            assert await is_stopped(again, "fork")


@pytest.mark.promise("AUD-04")
async def test_entries_of_the_store_that_are_not_those_of_its_tiles_are_not_put_back(
    server: Server, stage: Stage, tmp_path: Path
):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=at.log) as at:
            shown, tile = await at.publish(4), Tile(0, 0, 7)
            bundle = await at.depot.bundle(at.log, tile)
            assert bundle is not None
            await at.depot.put_bundle(at.log, tile, [*bundle[:4], bundle[3], bundle[5], bundle[4]])
        async with press(restored, tmp_path, log=at.log) as again:
            assert await again.publisher.recovery.recover(at.log) == 4
            assert await again.shown() == shown, "the hashes are the store's, whatever its entries are"
            async with heads.reading(again.database, at.log) as tx:
                entries = await trees.entries(tx, 0, 7)
            assert [entry.data for entry in entries] == [*bundle[:4], None, bundle[5], None]
