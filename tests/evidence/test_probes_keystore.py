"""Probes of the keystore: a file that others can read, a key that is too old, a rotation that is stuck: each is red."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import disk
from ringfence.controls.vault import KeyOwner
from ringfence.evidence.probes import Outcome
from ringfence.evidence.probes import keystore as probes
from tests.evidence.ground import look, outcome, standing
from tests.world import Stage

MAX_AGE = timedelta(days=90)
_ROTATION = (
    "insert into app.key_rotation (id, owner, cause, leaves, kept_days, damaged, next_at, moved_at) "
    "values (%s, 'platform', 'command', '{}', 0, %s, now() - %s, now() - %s)"
)


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


@pytest.mark.promise("CRY-02", "CRY-03")
@pytest.mark.parametrize("which", ["keystore", "keystore/00000001.log", "keystore/00000001.key", "root.key"])
async def test_a_file_that_others_can_read_turns_its_probe_red(stage: Stage, tmp_path: Path, which: str):
    async with standing(stage, tmp_path) as ground:
        assert await outcome("keystore.permissions", ground) is Outcome.OK
        path = tmp_path / which
        path.chmod(0o750 if path.is_dir() else 0o640)
        found = await look("keystore.permissions", ground)
        assert found.outcome is Outcome.FAILING
        assert [fault.partition(":")[0] for fault in found.faults] == [path.name]
        path.chmod(0o700 if path.is_dir() else 0o600)
        assert await outcome("keystore.permissions", ground) is Outcome.OK


@pytest.mark.promise("CRY-03")
async def test_a_look_that_misses_the_planted_file_is_red(stage: Stage, tmp_path: Path, monkeypatch):
    async with standing(stage, tmp_path) as ground:
        monkeypatch.setattr(disk, "refuse_open", lambda _path: None)
        assert await outcome("keystore.permissions", ground) is Outcome.FAILING


async def test_a_keystore_elsewhere_has_no_files_to_look_at(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        elsewhere = replace(ground, keystore=object())
        assert await outcome("keystore.permissions", elsewhere) is Outcome.UNKNOWN


@pytest.mark.promise("CRY-02")
async def test_a_key_that_is_too_old_turns_its_probe_red(stage: Stage, tmp_path: Path, monkeypatch):
    async with standing(stage, tmp_path) as ground:
        ground.keystore.create(KeyOwner.organization(OrgId(ids.new())))
        limited = replace(ground, key_max_age=MAX_AGE)
        assert (await look("keystore.age", limited)).facts["owners"] == 2
        assert await outcome("keystore.age", limited) is Outcome.OK
        monkeypatch.setattr(probes, "too_old", lambda *_: [])
        assert await outcome("keystore.age", limited) is Outcome.FAILING, "it misses what is planted"
        assert await outcome("keystore.age", ground) is Outcome.FAILING, "and so it does where no age is set"
        monkeypatch.undo()
        clock.travel(MAX_AGE + timedelta(days=2))
        assert len((await look("keystore.age", limited)).faults) == 2
        assert await outcome("keystore.age", ground) is Outcome.OK, "where no age is set, none is too old"


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize(
    ("damaged", "still", "red"),
    [(0, timedelta(hours=1), True), (0, timedelta(minutes=1), False), (1, timedelta(), True)],
)
async def test_a_rotation_that_is_stuck_or_met_a_broken_value_turns_its_probe_red(
    stage: Stage, tmp_path: Path, damaged: int, still: timedelta, red
):
    async with standing(stage, tmp_path) as ground:
        assert await outcome("keystore.rotation", ground) is Outcome.OK
        with stage.admin() as admin:
            admin.execute(_ROTATION, [ids.new(), damaged, still, still])
            found = await outcome("keystore.rotation", ground)
            admin.execute("delete from app.key_rotation")
        assert found is (Outcome.FAILING if red else Outcome.OK)


@pytest.mark.promise("CRY-02")
async def test_a_look_that_misses_the_planted_rotation_is_red(stage: Stage, tmp_path: Path, monkeypatch):
    async with standing(stage, tmp_path) as ground:
        monkeypatch.setattr(probes, "_STILL", timedelta(days=2))
        assert await outcome("keystore.rotation", ground) is Outcome.FAILING
