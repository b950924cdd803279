"""Whose the object store is: a copy of a database that is started on it reads, and changes nothing there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from ringfence.assembly import Parts, make_kernel
from ringfence.base import ids
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.audit import Action, heads
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.objects import (
    MARKER_PATH,
    AuditObjects,
    Marker,
    NotOwned,
    ObjectKey,
    ObjectStore,
    Ownership,
    Place,
    Standing,
    State,
)
from ringfence.controls.tenancy import Database
from ringfence.features import files
from ringfence.settings import Settings
from tests.controls import test_objects
from tests.controls.test_audit_recovering import kept
from tests.controls.test_objects import make_bucket, pieces, read
from tests.publishing import press
from tests.world import CONTEXT_ROOT, Stage
from tests.world import stage as open_stage

s3 = test_objects.s3


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: there is one owner in it."""
    with open_stage(server) as made:
        yield made


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        return Place.parse(f"file://{tmp_path}/objects", default=tmp_path)
    endpoint, bucket = request.getfixturevalue("s3"), f"owned-{uuid4().hex[:12]}"
    make_bucket(endpoint, bucket)
    return Place.parse(f"s3://{bucket}/eu", default=tmp_path, endpoint=endpoint)


def owner(database: Database, place: Place, *, adopts: bool = False) -> Ownership:
    """A process's, which has seen nothing yet."""
    return Ownership(database, place, host="ringfence.test", adopts=adopts, leave_seconds=0)


async def claims(database: Database) -> list[str]:
    async with database.platform() as tx:
        return [one.details["cause"] for one in await audit.recent(tx, 50) if one.action == Action.STORE_CLAIMED]


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_of_two_that_exchange_the_marker_one_wins(place: Place):
    one, other = Marker(place), Marker(place)
    assert await one.find() is None
    assert sorted(await asyncio.gather(one.put(b"a", before=None), other.put(b"b", before=None))) == [False, True]
    seen = await one.find()
    assert seen is not None
    assert sorted(await asyncio.gather(one.put(b"c", before=seen), other.put(b"d", before=seen))) == [False, True]
    assert not await one.put(b"e", before=None)
    assert not await one.put(b"e", before=seen), "it is another by now"
    assert await one.is_alone()
    await AuditObjects(place).put(f"audit/org/{'a' * 32}/checkpoint", b"x")
    assert not await one.is_alone()


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_a_copy_of_the_database_reads_and_changes_nothing_until_it_is_told_to(
    server: Server, stage: Stage, place: Place
):
    key, path = ObjectKey.new(OrgId(ids.new())), f"audit/org/{'a' * 32}/checkpoint"
    async with stage.open() as database:
        for _ in range(2):
            store = ObjectStore(place, owner(database, place).hold)
            await store.put(key, pieces(b"Rose's"))
        assert await claims(database) == ["empty"]
    with kept(server, stage) as copied:
        async with copied.open() as copy:
            staging = owner(copy, place)
            store, logs = ObjectStore(place, staging.hold), AuditObjects(place, staging.hold)
            assert await read(store, key) == b"Rose's"
            for change in (
                store.put(ObjectKey.new(key.org_id), pieces(b"x")),
                store.delete(key),
                logs.put(path, b"x"),
                logs.delete(path),
                staging.turn(),
            ):
                with pytest.raises(NotOwned, match="store_not_owned"):
                    await change
            assert await read(store, key) == b"Rose's"
            held_by = (await staging.look()).holder
            with pytest.raises(Problem, match="store_claimed"):
                await staging.claim("nobody")
            await staging.claim(held_by)
            await staging.hold()
            await store.delete(key)
            assert (await claims(copy))[0] == "command"
        async with stage.open() as database:
            with pytest.raises(NotOwned):
                await owner(database, place).hold()
            await owner(database, place).claim((await owner(database, place).look()).holder)
            await owner(database, place).hold()


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_of_two_that_claim_at_once_one_becomes_the_owner(server: Server, stage: Stage, place: Place):
    async with stage.open() as database:
        await owner(database, place).hold()
    with kept(server, stage) as copied:
        async with stage.open() as database, copied.open() as copy:
            held_by = (await owner(copy, place).look()).holder
            both = [owner(database, place), owner(copy, place)]
            done = await asyncio.gather(*(one.claim(held_by) for one in both), return_exceptions=True)
            assert sorted(type(each).__name__ for each in done) == ["Problem", "Standing"]
            states = [(await one.look()).state for one in both]
            assert sorted(state.value for state in states) == ["anothers", "ours"]


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_a_copied_disk_and_a_database_put_back_are_told_by_the_turn(stage: Stage, tmp_path: Path):
    place, kept_row = Place(tmp_path), "select claim, turn, next_turn from app.store_owner"
    put_back = "update app.store_owner set claim = %s, turn = %s, next_turn = %s"
    async with stage.open() as database:
        await owner(database, place).hold()
        with stage.admin() as admin:
            row = admin.execute(kept_row).fetchone()
        assert await owner(database, place).turn() == 1
        with stage.admin() as admin:
            newest = admin.execute(kept_row).fetchone()
            admin.execute(put_back, row)
        await owner(database, place).hold()  # a standby that lacks the last seconds is no copy
        with stage.admin() as admin:
            admin.execute(put_back, newest)
        await owner(database, place).turn()
        with stage.admin() as admin:
            admin.execute(put_back, row)
        with pytest.raises(NotOwned):
            await owner(database, place).hold()


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_a_turn_that_broke_off_between_store_and_database_is_finished(stage: Stage, tmp_path: Path):
    async with stage.open() as database:
        held = owner(database, Place(tmp_path))
        await held.hold()
        with stage.admin() as admin:
            row = admin.execute("select claim, turn, next_turn from app.store_owner").fetchone()
        await held.turn()
        with stage.admin() as admin:
            admin.execute("update app.store_owner set claim = %s, turn = %s, next_turn = %s", row)
        for _ in range(3):
            assert await owner(database, Place(tmp_path)).turn() == 1


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_a_turn_that_another_process_was_faster_with_leaves_the_store_ours(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with stage.open() as database:
        slow, fast = owner(database, Place(tmp_path)), owner(database, Place(tmp_path))
        await slow.hold()
        look = slow.look

        async def stands_still() -> Standing:
            seen = await look()
            monkeypatch.setattr(slow, "look", look)
            assert await fast.turn() == 1
            return seen

        monkeypatch.setattr(slow, "look", stands_still)
        assert await slow.turn() == 0
        await owner(database, Place(tmp_path)).hold()


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_what_lies_in_a_store_without_a_marker_is_nobodys_to_take(stage: Stage, tmp_path: Path):
    place = Place(tmp_path)
    await ObjectStore(place).put(ObjectKey.new(OrgId(ids.new())), pieces(b"x"))
    async with stage.open() as database:
        with pytest.raises(NotOwned):
            await owner(database, place).hold()
        assert (await owner(database, place).look()).state is State.UNMARKED
        (tmp_path / MARKER_PATH).write_bytes(b"{}")
        with pytest.raises(NotOwned):
            await owner(database, place, adopts=True).hold()
        await owner(database, place).claim("unreadable")
        await owner(database, place).hold()
        (tmp_path / MARKER_PATH).unlink()
        await owner(database, place, adopts=True).hold()
        assert await claims(database) == ["unmarked", "command"]


@pytest.mark.promise("AUD-04")
async def test_nothing_is_sealed_or_shown_while_the_store_is_anothers(server: Server, stage: Stage, tmp_path: Path):
    place = Place(tmp_path / "objects")
    async with guarded(stage, tmp_path) as at:
        customers = await at.publish(2)
    with kept(server, stage) as restored:
        async with guarded(stage, tmp_path) as at_production:
            at_production.log = at.log
            customers = await at_production.publish(3)
        async with guarded(restored, tmp_path) as again:
            again.log = at.log
            await again.write(1)
            for refused in (again.sealer.round(), again.publisher.round(), again.publisher.publish(at.log)):
                with pytest.raises(NotOwned):
                    await refused
            head = await heads.find(again.database, at.log)
            assert head is not None
            assert head.size == 2
            claimed = owner(again.database, place)
            await claimed.claim((await claimed.look()).holder)
        async with guarded(restored, tmp_path) as again:
            again.log = at.log
            assert (await again.publish(1)).size == customers.size + 3


@pytest.mark.promise("AUD-04", "TEN-07")
async def test_every_process_of_the_product_asks_whose_the_store_is(server: Server, stage: Stage, tmp_path: Path):
    place = Place(tmp_path / "bucket")
    async with stage.open() as database:
        await owner(database, place).hold()
    with kept(server, stage) as copied:
        async with copied.open() as copy:
            keystore = FileKeystore.beside(tmp_path, encryption_key=None)
            keystore.create(KeyOwner.platform())
            settings = Settings(data=tmp_path, objects_url=f"file://{place.directory}")
            kernel = make_kernel(Parts(settings, keystore, copied.app_url, copied.key, CONTEXT_ROOT), copy)
            key = ObjectKey.new(OrgId(ids.new()))
            for refused in (
                kernel.objects.put(key, pieces(b"x")),
                files.bury(kernel),
                files.Orphans(kernel).sweep(),
                kernel.publisher.round(),
                audit.Pruner(copy, kernel.publisher.depot).prune(),
            ):
                with pytest.raises(NotOwned):
                    await refused
            keystore.close()


@asynccontextmanager
async def guarded(stage: Stage, data: Path) -> AsyncIterator:
    """A process that asks whose the store is."""
    async with stage.open() as database:
        held = owner(database, Place(data / "objects"))
        async with press(stage, data, objects=AuditObjects(Place(data / "objects"), held.hold)) as at:
            yield at
