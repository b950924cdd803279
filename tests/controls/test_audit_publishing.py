"""What is shown of a log lies in the store before: tiles, sealed bundles, and then the signed checkpoint."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from ringfence.base import clock, ids
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.base.problem import Problem
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import Note
from ringfence.controls.objects import AuditObjects, Place
from ringfence.controls.tenancy import PlatformScope, publication
from tests.controls import test_objects
from tests.publishing import HOST, Press, Recorded, objects_in, press
from tests.world import Stage
from tests.world import stage as open_stage

s3 = test_objects.s3


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: a publisher looks at every log."""
    with open_stage(server) as made:
        yield made


@pytest.fixture
def travelling():
    yield clock.travel
    clock.travel(timedelta())


async def all_paths(at: Press) -> list[str]:
    return [path.removeprefix(at.log.folder + "/") async for path in at.depot.objects.paths(at.log.folder)]


@pytest.mark.promise("AUD-04")
async def test_tiles_lie_in_the_store_before_a_checkpoint_is_shown(stage: Stage, tmp_path: Path):
    store = Recorded(objects_in(tmp_path))
    async with press(stage, tmp_path, objects=store) as at:
        shown = await at.publish(3)
        assert [path.removeprefix(at.log.folder) for path in store.put_paths if "keys" not in path] == [
            "/tile/0/000.p/3",
            "/tile/entries/000.p/3",
            "/checkpoint",
        ]
        assert await at.depot.find(f"{at.log.folder}/checkpoint") == (await at.note()).encode()
        assert (shown.size, shown.root) == (3, await at.root_in_store(3))
        assert await at.numbers(3) == [1, 2, 3]


@pytest.mark.promise("AUD-04")
async def test_a_growing_log_replaces_partial_tiles_by_full_ones(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        for count in (1, 5, 249, 1, 300, 0):
            shown = await at.publish(count) if count else await at.shown()
            assert shown.root == await at.root_in_store(shown.size)
        assert shown.size == 556
        assert await all_paths(at) == [
            "checkpoint",
            *("tile/0/000", "tile/0/001", "tile/0/002.p/44", "tile/1/000.p/2"),
            *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/44"),
        ]
        level_1 = await at.depot.tile(at.log, tiles.Tile(1, 0, 2))
        full = [await at.depot.tile(at.log, tiles.Tile(0, index)) for index in (0, 1)]
        assert level_1 == [tiles.above(each or []) for each in full]


@pytest.mark.promise("AUD-04")
async def test_the_store_reads_no_entry(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(2)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "objects").rglob("*") if path.is_file())
    assert b"ringfence.test/audit" in everything
    assert b"run.started" not in everything
    assert b"agent_version" not in everything


@pytest.mark.promise("AUD-04")
async def test_the_s3_protocol_holds_a_log_too(stage: Stage, tmp_path: Path, s3: str):
    bucket = f"log-{uuid4().hex[:12]}"
    test_objects.make_bucket(s3, bucket)
    store = AuditObjects(Place.parse(f"s3://{bucket}/eu", default=tmp_path, endpoint=s3))
    async with press(stage, tmp_path, objects=store) as at:
        await at.publish(3)
        shown = await at.publish(4)
        assert (shown.size, shown.root) == (7, await at.root_in_store(7))
        await at.publisher.recovery.check()
        assert await at.depot.tile(at.log, tiles.Tile(0, 0, 3)) is None


@pytest.mark.promise("AUD-04")
async def test_a_log_is_published_by_itself_once_it_was_not_for_a_while(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path, idle_seconds=3600) as at:
        await at.write(2)
        await at.seal()
        assert await at.publisher.round() == 1
        await at.write(2)
        await at.seal()
        await at.publisher.round()
        assert (await at.shown()).size == 2
        assert (await at.publish(1)).size == 5


@pytest.mark.promise("AUD-04")
async def test_a_store_that_is_down_stops_publication_and_nothing_else(stage: Stage, tmp_path: Path):
    store = Recorded(objects_in(tmp_path))
    async with press(stage, tmp_path, objects=store) as at:
        await at.publish(2)
        for fails_at in ("tile/0", "entries", "checkpoint"):
            store.fails_at = fails_at
            await at.write(1)
            await at.seal()
            with pytest.raises(Problem, match="storage_unavailable"):
                await at.publisher.publish(at.log)
            assert (await at.shown()).size == 2
        [waiting] = (await at.database.read(PlatformScope(), publication.unpublished(0)))[0]
        assert waiting.waiting == 1
        store.fails_at = ""
        assert (await at.publish(1)).size == 6
        assert await at.numbers(6) == [1, 2, 1, 1, 1, 1]


@pytest.mark.promise("AUD-04")
async def test_times_of_checkpoints_never_go_back(stage: Stage, tmp_path: Path, travelling):
    async with press(stage, tmp_path) as at:
        first = await at.publish()
        travelling(timedelta(seconds=-40))
        second = await at.publish()
        assert (second.size, second.at) == (2, first.at)


@pytest.mark.promise("AUD-04")
async def test_two_publishers_show_one_history(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as one, press(stage, tmp_path, log=one.log) as other:
        await one.publish(2)
        for count in (3, 300, 20):
            await one.write(count)
            await one.seal()
            await asyncio.gather(one.publisher.publish(one.log), other.publisher.publish(one.log))
            shown = await other.shown()
            assert shown.root == await one.root_in_store(shown.size)
        assert shown.size == 325
        head = await heads.find(one.database, one.log)
        assert head is not None
        assert head.stopped is None


@pytest.mark.promise("AUD-04")
async def test_whoever_lost_the_lease_shows_nothing(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.write(2)
        await at.seal()
        token, late = ids.new(), ids.new()
        log = at.log
        root = (await heads.prefix(at.database, log, 2)).root()
        shown = publication.Shown(2, root, "note")

        async def said(statement):
            return (await at.database.write(PlatformScope(), statement))[0][0]

        assert await said(publication.claim_one(log.scope, log.id, token, seconds=60)) == 1
        assert await said(publication.claim_one(log.scope, log.id, late, seconds=60)) == 0
        assert await said(publication.published(log.scope, log.id, late, shown)) == 0
        assert await said(publication.release(log.scope, log.id, late)) == 0
        too_large = publication.Shown(3, root, "note")
        assert await said(publication.published(log.scope, log.id, token, too_large)) == 0
        assert await said(publication.release(log.scope, log.id, token)) == 1


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize("left", ["published_at", "publishing_until"])
async def test_a_clock_that_was_a_day_ahead_and_is_set_back_holds_no_publication_up(
    stage: Stage, tmp_path: Path, left: str
):
    async with press(stage, tmp_path) as at:
        await at.publish(2)
        await at.write(1)
        await at.seal()
        with stage.admin() as admin:
            admin.execute("update app.audit_log set published_at = now() - interval '1 hour'")
            admin.execute(f"update app.audit_log set {left} = now() + interval '1 day'".encode())
        assert await at.publisher.round() == 1
        assert (await at.shown()).size == 3


@pytest.mark.promise("AUD-04")
async def test_an_entry_that_was_edited_is_never_published(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(2)
        await at.write(1)
        await at.seal()
        with stage.admin() as admin:
            admin.execute("alter table app.audit_queue disable trigger append_only")
            admin.execute("update app.audit_queue set outcome = 'failure' where details->>'agent_version' = '1'")
            admin.execute("alter table app.audit_queue enable trigger append_only")
        with pytest.raises(Problem, match="log_stopped"):
            await at.publisher.publish(at.log)
        assert (await at.shown()).size == 2
        [stopped] = (await at.database.read(PlatformScope(), publication.stopped()))[0]
        assert (stopped.scope_id, stopped.why) == (at.log.id, "altered")


@pytest.mark.promise("AUD-04")
async def test_a_store_that_lost_everything_is_filled_again(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(260)
        async for path in at.depot.objects.paths(at.log.folder):
            await at.depot.remove(path)
        shown = await at.publish(1)
        assert shown.root == await at.root_in_store(261)
        assert len(await at.stored(261)) == 261


@pytest.mark.promise("AUD-04")
async def test_a_log_of_nothing_is_not_published(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        assert await at.publisher.publish(Log.organization(OrgId(ids.new()))) is None
        assert await at.publisher.round() == 0


@pytest.mark.promise("AUD-04")
async def test_each_published_checkpoint_becomes_a_leaf_of_the_instance_tree(stage: Stage, tmp_path: Path):
    thorn, instance = Log.organization(OrgId(ids.new())), Log.instance()
    async with press(stage, tmp_path) as at:
        first, other = await at.publish(2), await at.publish(1, thorn)
        await at.publisher.round()
        await at.publisher.round()
        shown = await at.shown(instance)
        assert shown.origin == f"{HOST}/audit/instance"
        assert (shown.size, shown.root) == (2, await at.root_in_store(2, instance))
        assert await at.stored(2, instance) == [first.text.encode(), other.text.encode()]
        assert await at.publisher.round() == 0
        second = await at.publish(1)
        await at.publisher.round()
        await at.publisher.round()
        leaves = await heads.instance_leaves(at.database, 0, 10)
        assert [leaf.text for leaf in leaves] == [first.text, other.text, second.text]
        assert (await at.shown(instance)).size == 3


@pytest.mark.promise("AUD-04")
async def test_after_a_rotation_the_new_key_signs_and_what_was_shown_still_verifies(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        first = await at.publish(1)
        note, [old] = await at.note(), await at.signers.verifiers()
        new = await at.signers.rotate()
        await at.publish(1)
        assert Note.parse(await at.note()).signers([old, new]) == [new]
        assert Checkpoint.verified(note, await at.signers.verifiers(), origin=first.origin) == first
        await at.publisher.recovery.check()
        assert (await at.publish(1)).size == 3
