"""Probe audit.published: an altered or missing tile, entry or checkpoint, a stopped and a late log are each seen."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.controls.audit import Log, Sealer, inspecting
from ringfence.controls.audit.tiles import ENTRIES, Tile
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import PlatformScope, publication
from ringfence.evidence.probes import Ground, Outcome
from tests.evidence.ground import look, standing
from tests.publishing import many
from tests.world import Stage
from tests.world import stage as open_stage

NAME = "audit.published"


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: the probe counts over every log."""
    with open_stage(server) as made:
        yield made


@asynccontextmanager
async def published(stage: Stage, data: Path) -> AsyncIterator[tuple[Ground, Log]]:
    """A deployment with one published log of 300 entries."""
    async with standing(stage, data) as ground:
        log = Log.organization(OrgId(ids.new()))
        ground.keystore.create(KeyOwner.organization(OrgId(log.id)))
        await ground.database.write(log.reader, many(300))
        await Sealer(ground.database, holder=ids.new()).round()
        assert ground.publisher is not None
        await ground.publisher.publish(log)
        yield ground, log


@pytest.mark.promise("AUD-04")
async def test_a_log_as_it_was_signed_is_well(stage: Stage, tmp_path: Path):
    async with published(stage, tmp_path) as (ground, _):
        found = await look(NAME, ground)
        assert (found.outcome, found.faults, found.looked_at) == (Outcome.OK, (), 1)


@pytest.mark.promise("AUD-04")
async def test_where_nothing_was_published_it_is_unknown(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        assert (await look(NAME, ground)).outcome is Outcome.UNKNOWN
        assert (await look(NAME, replace(ground, publisher=None))).outcome is Outcome.UNKNOWN


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize(
    ("tile", "said"),
    [
        (Tile(0, 0), "a tile in the store was altered"),
        (Tile(0, 1, 44), "the store's tiles do not give the root that was signed"),
        (Tile(1, 0, 1), "the store's tiles do not give the root that was signed"),
        (Tile(ENTRIES, 0), "an entry in the store was altered"),
        (None, "the store's checkpoint is not the one that is shown"),
    ],
)
async def test_an_altered_object_is_seen(stage: Stage, tmp_path: Path, tile: Tile | None, said: str):
    async with published(stage, tmp_path) as (ground, log):
        path = tmp_path / "objects" / (tile.path(log.folder) if tile else f"{log.folder}/checkpoint")
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        found = await look(NAME, ground)
        assert found.outcome is Outcome.FAILING
        assert said in found.faults


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(0, 1, 44), Tile(1, 0, 1), Tile(ENTRIES, 0)])
async def test_a_missing_object_is_seen(stage: Stage, tmp_path: Path, tile: Tile):
    async with published(stage, tmp_path) as (ground, log):
        (tmp_path / "objects" / tile.path(log.folder)).unlink()
        assert (await look(NAME, ground)).outcome is Outcome.FAILING


@pytest.mark.promise("AUD-04")
async def test_a_checkpoint_of_another_key_is_seen(stage: Stage, tmp_path: Path):
    async with published(stage, tmp_path) as (ground, _):
        with stage.admin() as admin:
            admin.execute("update app.audit_log set checkpoint = replace(checkpoint, E'\\n300\\n', E'\\n301\\n')")
        found = await look(NAME, ground)
        assert "a checkpoint is shown that is not signed by a key of ours for this log" in found.faults


@pytest.mark.promise("AUD-04")
async def test_a_stopped_and_a_late_log_are_seen(stage: Stage, tmp_path: Path, monkeypatch):
    async with published(stage, tmp_path) as (ground, log):
        await ground.database.write(log.reader, many(1))
        await Sealer(ground.database, holder=ids.new()).round()
        assert (await look(NAME, ground)).outcome is Outcome.OK
        monkeypatch.setattr("ringfence.evidence.probes.published._LATE_SECONDS", 0.0)
        assert (await look(NAME, ground)).faults == ("a log waits for its publication for longer than two minutes",)
        await ground.database.write(PlatformScope(), publication.stop(log.scope, log.id, "fork"))
        assert "a log was stopped: fork" in (await look(NAME, ground)).faults


@pytest.mark.promise("AUD-04")
async def test_a_look_that_finds_nothing_wrong_with_anything_is_blind(stage: Stage, tmp_path: Path, monkeypatch):
    async with published(stage, tmp_path) as (ground, _):
        monkeypatch.setattr(inspecting, "faults", lambda _seen: [])
        found = await look(NAME, ground)
        assert found.outcome is not Outcome.OK
