"""A log that was stopped goes on by the operator's command, behind what was signed, once nothing contradicts it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base.postgres import Server
from ringfence.base.problem import Problem
from ringfence.cli.stopped import told
from ringfence.controls.audit import Action, Log, Resuming, recent
from ringfence.controls.audit import heads as published
from ringfence.controls.audit.tiles import Tile
from ringfence.controls.tenancy import PlatformScope, publication
from tests.controls.test_audit_recovering import goes_on_from, kept
from tests.publishing import Press, press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: recovery looks at every log."""
    with open_stage(server) as made:
        yield made


def resuming(at: Press) -> Resuming:
    return Resuming(at.database, at.publisher.recovery)


async def resumed(at: Press, log: Log) -> list[dict[str, object]]:
    """What a log says of its having gone on."""
    async with published.reading(at.database, log) as tx:
        return [one.details for one in await recent(tx, 50) if one.action == Action.AUDIT_RESUMED]


async def files(at: Press) -> dict[str, bytes]:
    paths = [path async for path in at.depot.objects.paths("audit/")]
    return {path: await at.depot.find(path) or b"" for path in paths}


@pytest.mark.promise("AUD-04")
async def test_an_altered_entry_that_was_put_back_lets_the_log_go_on(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        customers = await at.publish(2)
        await at.write(3)
        await at.seal()
        entry = (
            "update app.audit_queue set outcome = %s where id = (select entry_id from app.audit_sealed where index = 3)"
        )
        _by_superuser(stage, entry, "refused")
        with pytest.raises(Problem, match="log_stopped"):
            await at.publisher.publish(at.log)
        await at.publisher.round()
        [found] = await resuming(at).stopped()
        assert (found.log, found.why, found.goes_on_at) == (at.log, "altered", 2)
        assert "index 3" in (found.contradiction or "")
        with pytest.raises(Problem, match="log_contradicts"):
            await resuming(at).resume(at.log, index=2)
        _by_superuser(stage, entry, "success")
        before = await files(at)
        with pytest.raises(Problem, match="log_index"):
            await resuming(at).resume(at.log, index=3)
        assert f"--index {found.goes_on_at}" in told((await resuming(at).stopped())[0])
        await resuming(at).resume(at.log, index=2)
        assert await files(at) == before
        assert await resuming(at).stopped() == []
        expected = {"cause": "altered", "from_index": 2, "log": "org", "log_id": str(at.log.id)}
        assert await resumed(at, at.log) == [expected]
        assert await resumed(at, Log.platform()) == [expected]
        await at.seal()
        await at.publisher.publish(at.log)
        assert await goes_on_from(at, customers)
        with pytest.raises(Problem, match="not_found"):
            await resuming(at).resume(at.log, index=2)


@pytest.mark.promise("AUD-04")
async def test_a_fork_stays_one_and_nothing_that_was_signed_is_replaced(server: Server, stage: Stage, tmp_path: Path):
    with kept(server, stage) as apart:
        async with press(stage, tmp_path) as at:
            await at.publish(2)
        (tmp_path / "objects").rename(tmp_path / "kept")
        async with press(apart, tmp_path, log=at.log) as other:
            await other.publish(3)
            shutil.rmtree(tmp_path / "objects")
            shutil.copytree(tmp_path / "kept", tmp_path / "objects")
            before = await files(other)
            await other.write(1)
            await other.seal()
            with pytest.raises(Problem, match="log_stopped"):
                await other.publisher.publish(at.log)
            with pytest.raises(Problem, match="log_contradicts"):
                await resuming(other).resume(at.log, index=3)
            # Past the command: the database lets it go on, and the next look at the store stops it again.
            head = await published.find(other.database, at.log)
            assert head is not None
            let = publication.resume("org", at.log.id, size=head.size, published=3, from_index=3)
            assert (await other.database.write(PlatformScope(), let))[0] == [1]
            await other.seal()
            with pytest.raises(Problem, match="log_stopped"):
                await other.publisher.publish(at.log)
            assert await files(other) == before
            shutil.rmtree(tmp_path / "objects")  # what was put there by mistake is taken away
            await resuming(other).resume(at.log, index=3)
            await other.publisher.publish(at.log)


@pytest.mark.promise("AUD-04")
async def test_a_tile_that_came_back_lets_the_lost_entries_come_back(server: Server, stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(2)
    log = at.log
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=log) as at:
            customers = await at.publish(2)
        tile = tmp_path / "objects" / Tile(0, 0, 4).path(log.folder)
        hidden = tile.rename(tmp_path / "hidden")
        async with press(restored, tmp_path, log=log) as again:
            await again.publisher.recovery.check()
            [found] = await resuming(again).stopped()
            assert (found.why, found.size, found.goes_on_at) == ("fork", 2, 4)
            assert "cannot go on" in told(found)
            with pytest.raises(Problem, match="log_contradicts"):
                await resuming(again).resume(log, index=4)
            hidden.rename(tile)
            await resuming(again).resume(log, index=4)
            await again.publish(1)
            assert await goes_on_from(again, customers)


def _by_superuser(stage: Stage, statement: str, *values: object) -> None:
    with stage.admin() as admin:
        admin.execute("set session_replication_role = 'replica'")
        admin.execute(statement.encode(), values)
