"""After exactly one year an entry goes, from the database and from the store, and the rest still verifies."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from ringfence.base import ids
from ringfence.base.merkle import CompactRange
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.controls.audit import heads, pruning, tiles, trees
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.pruning import Pruner
from ringfence.controls.audit.publishing import Lease
from ringfence.controls.tenancy import PlatformScope, Statement, publication, scalar
from tests.publishing import Press, press
from tests.world import Stage
from tests.world import stage as open_stage

_LEFT = Statement("select (details->>'agent_version')::int from app.audit_queue order by id", scalar)
_REFUSALS = Statement("select count(*) from app.refused_login", scalar)
_CHECKPOINTS = Statement("select size from app.audit_checkpoint order by size", scalar)


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: the job looks at every log."""
    with open_stage(server) as made:
        yield made


def age(stage: Stage, count: int, by: str) -> None:
    """Makes the entries up to this number older, as if they had been written then."""
    with stage.admin() as admin:
        admin.execute("alter table app.audit_queue disable trigger append_only")
        admin.execute(
            "update app.audit_queue set at = now() - %s::interval where (details->>'agent_version')::int <= %s",
            (by, count),
        )
        admin.execute("alter table app.audit_queue enable trigger append_only")


async def aged(at: Press, stage: Stage, *, old: int, young: int) -> None:
    """Publishes a log whose first entries are a year and a day old."""
    await at.write(old + young)
    age(stage, old, "1 year 1 day")
    await at.seal()
    await at.publisher.publish(at.log)


async def left(at: Press) -> list[int]:
    return (await at.database.read(at.log.reader, _LEFT()))[0]


@pytest.mark.promise("AUD-02", "AUD-04")
@pytest.mark.parametrize(("old", "young"), [(3, 2), (300, 300), (256, 1), (512, 0)])
async def test_pruned_entries_leave_their_hashes_and_the_rest_verifies(
    stage: Stage, tmp_path: Path, old: int, young: int
):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=old, young=young)
        shown, pruner = await at.shown(), Pruner(at.database, at.depot)
        assert await pruner.prune() == old
        assert await pruner.prune() == 0
        assert await left(at) == list(range(old + 1, old + young + 1))
        whole = old // 256 * 256
        bundles = [path async for path in at.depot.objects.paths(f"{at.log.folder}/tile/entries/")]
        assert len(bundles) == -(-(old + young - whole) // 256)
        tree = CompactRange()
        for tile in tiles.tiles_of(0, shown.size):
            hashes, entries = await at.depot.tile(at.log, tile), await at.depot.bundle(at.log, tile)
            tree.extend(hashes or [])
            if tile.start >= whole:
                kept = range(tile.start + 1, tile.start + tile.width + 1)
                numbers = [json.loads(data)["details"]["agent_version"] if data else None for data in entries or []]
                assert numbers == [number if number > old else None for number in kept]
            else:
                assert entries is None
        assert tree.root() == shown.root
        async with heads.reading(at.database, at.log) as tx:
            found = await trees.entries(tx, 0, shown.size)
        assert [entry.data is None for entry in found] == [True] * old + [False] * young
        grown = await at.publish(1)
        assert grown.size == shown.size + 1
        assert grown.root == await at.root_in_store(grown.size)


@pytest.mark.promise("AUD-02")
async def test_an_entry_stays_for_its_whole_year(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.write(5)
        age(stage, 3, "1 year 1 hour")
        age(stage, 2, "11 months 27 days 23 hours")
        await at.seal()
        await at.publisher.publish(at.log)
        assert await Pruner(at.database, at.depot).prune() == 0
        assert await left(at) == [1, 2, 3, 4, 5]


@pytest.mark.promise("AUD-02")
async def test_what_was_not_published_is_not_pruned(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.write(2)
        age(stage, 2, "2 years")
        assert await Pruner(at.database, at.depot).prune() == 0
        await at.seal()
        assert await Pruner(at.database, at.depot).prune() == 0
        assert await left(at) == [1, 2]


@pytest.mark.promise("AUD-02")
@pytest.mark.parametrize("role", ["ringfence_app", "ringfence_gate", "ringfence_seal", "ringfence_owner", None])
async def test_no_role_deletes_a_young_entry_and_only_one_an_old_one(stage: Stage, tmp_path: Path, role: str | None):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=1, young=1)
    with psycopg.connect(stage.admin_url) as admin:
        if role is not None:
            admin.execute(f"set role {role}".encode())
        try:
            gone = admin.execute("delete from app.audit_queue where action = 'run.started'").rowcount
        except psycopg.errors.InsufficientPrivilege:
            gone = 0
        assert gone == (1 if role == "ringfence_seal" else 0)
        admin.rollback()


@pytest.mark.promise("AUD-04")
async def test_a_job_that_died_before_the_store_was_cleaned_is_finished(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=3, young=1)
        token = publication.claim_one(at.log.scope, at.log.id, at.log.id, seconds=0.1)
        deleted = publication.prune(at.log.scope, at.log.id, at.log.id, most=10)
        assert (await at.database.write(PlatformScope(), token, deleted))[1] == [3]
        assert (await at.stored(4))[0] is not None
        with stage.admin() as admin:
            admin.execute("update app.audit_log set publishing_until = null")
        await Pruner(at.database, at.depot).prune()
        assert [data is None for data in await at.stored(4)] == [True, True, True, False]


def take_away(stage: Stage, number: int) -> None:
    """Deletes an entry past every trigger."""
    with stage.admin() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("delete from app.audit_queue where (details->>'agent_version')::int = %s", (number,))


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_a_young_entry_that_was_taken_away_is_not_passed_off_as_pruned(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=3, young=3)
        take_away(stage, 4)
        assert await Pruner(at.database, at.depot).prune() == 3
        head = await heads.find(at.database, at.log)
        assert head is not None
        assert head.pruned_to == 3
        age(stage, 5, "1 year 1 day")
        assert await Pruner(at.database, at.depot).prune() == 2
        assert await left(at) == [6]


@pytest.mark.promise("AUD-02")
async def test_an_entry_that_was_taken_away_keeps_no_later_one_from_its_year(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=3, young=1)
        take_away(stage, 1)
        assert await Pruner(at.database, at.depot).prune() == 3
        assert await left(at) == [4]


@pytest.mark.promise("AUD-02")
async def test_logs_whose_bundle_cannot_be_read_keep_no_other_from_its_year(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pruning, "_LOGS_AT_ONCE", 1)
    broken = [Log.organization(OrgId(UUID(int=number))) for number in (5, 6)]
    async with press(stage, tmp_path) as at:
        for log in (*broken, at.log):
            await at.write(4, log)
        age(stage, 3, "1 year 1 day")
        await at.seal()
        for log in (*broken, at.log):
            await at.publisher.publish(log)
        for log in broken:
            await at.depot.put(f"{log.folder}/tile/entries/000.p/4", b"nothing of ours")
        assert await Pruner(at.database, at.depot).prune() == 3
        assert await left(at) == [4]


@pytest.mark.promise("AUD-02")
async def test_a_bundle_that_cannot_be_read_keeps_no_whole_one_in_the_store(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await aged(at, stage, old=520, young=2)
        boundary = f"{at.log.folder}/tile/entries/002.p/10"
        await at.depot.put(boundary, b"nothing of ours")
        await Pruner(at.database, at.depot).prune()
        assert await left(at) == [521, 522]
        assert [path async for path in at.depot.objects.paths(f"{at.log.folder}/tile/entries/")] == [boundary]


@pytest.mark.promise("AUD-02")
async def test_refused_log_ins_go_after_a_year_and_checkpoints_stay_by_the_day(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        for _ in range(4):
            await at.publish(1)
        with stage.admin() as admin:
            admin.execute("alter table app.audit_checkpoint disable trigger user")
            admin.execute("update app.audit_checkpoint set at = '2026-01-01T10:00:00Z' where size <= 2")
            admin.execute("update app.audit_checkpoint set at = '2026-01-02T10:00:00Z' where size = 3")
            admin.execute("alter table app.audit_checkpoint enable trigger user")
            for days in (364, 367):
                admin.execute(
                    "insert into app.refused_login (minute, reason, address_hash) "
                    "values (now() - make_interval(days => %s), 'x', '')",
                    (days,),
                )
        await Pruner(at.database, at.depot).prune()
        assert (await at.database.read(at.log.reader, _CHECKPOINTS()))[0] == [2, 3, 4]
        assert (await at.database.read(PlatformScope(), _REFUSALS()))[0] == [1]


@pytest.mark.promise("AUD-02")
async def test_no_time_zone_makes_a_year_shorter(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.write(3)
        age(stage, 3, "360 days")
        await at.seal()
        await at.publisher.publish(at.log)
        shortest = await _shortest_year(at)
        assert shortest.days < 355
        lease = Lease(at.database, at.log, ids.new())
        assert await lease.take()
        async with at.database.platform() as tx:
            await tx.run(_ZONE(shortest.zone))
            await tx.fetch(publication.prune(at.log.scope, at.log.id, lease.token, most=9))
        assert await left(at) == [1, 2, 3]


class _Year(NamedTuple):
    days: float
    zone: str


_ZONE = Statement("select set_config('timezone', $1, true)", scalar)
_DAYS = Statement("select extract(epoch from now() - (now() - interval '1 year'))::float8 / 86400", scalar)


async def _shortest_year(at: Press) -> _Year:
    """A time zone whose year ends early today: its clock goes by 320 hours on a day of the week, as POSIX rules may."""
    years = [_Year(366, "UTC")]
    months = [(datetime.now(UTC).month + shift) % 12 + 1 for shift in (-1, -2, 0)]
    async with at.database.platform() as tx:
        for month, hour, week, day in itertools.product(months, (0, 24, 96, 160), range(1, 6), range(7)):
            rules = [f"M{month}.{week}.{day}/{hour}", f"M{(month + 5) % 12 + 1}.1.0/0"]
            for begin, end in (rules, reversed(rules)):
                zone = f"AAA-160BBB160,{begin},{end}"
                await tx.run(_ZONE(zone))
                years.append(_Year((await tx.fetch(_DAYS()))[0], zone))
            if min(years).days < 355:
                break
    return min(years)
