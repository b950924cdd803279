"""Probes of the data map: a column that nobody declared, or a record that somebody changed, turns them red."""

from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.controls import datamap
from ringfence.controls.tenancy import PlatformScope, Statement, scalar
from ringfence.evidence.probes import Outcome
from tests.evidence.ground import look, outcome, standing
from tests.world import Stage

PLACES = Statement("select distinct place from app.sealed_places()", scalar)
SEALED = "comment on column app.run.planted is 'class=content; owner=user; clock=retention'"
REFERENCES = (
    "alter table app.file add constraint file_org_id_fkey foreign key (org_id) references app.organization (org_id) "
    "on delete cascade, add constraint file_org_id_user_id_fkey foreign key (org_id, user_id) "
    "references app.app_user (org_id, id) on delete cascade"
)
SWITCHED_OFF = [
    ("alter table app.run add column planted text", "alter table app.run drop column planted"),
    (f"alter table app.run add column planted bytea; {SEALED}", "alter table app.run drop column planted"),
    (
        "create table app.planted (id uuid); call ctx.protect('app.planted', scope => 'platform')",
        "drop table app.planted",
    ),
    (
        "comment on column app.message.text is 'class=operational; owner=user; clock=retention'",
        "comment on column app.message.text is 'class=content; owner=user; clock=retention'",
    ),
    (
        "alter table app.file drop constraint file_org_id_fkey, drop constraint file_org_id_user_id_fkey",
        REFERENCES,
    ),
]


@pytest.mark.promise("PRV-02")
@pytest.mark.parametrize("number", range(len(SWITCHED_OFF)))
async def test_a_database_that_is_not_the_maps_turns_its_probe_red(stage: Stage, tmp_path: Path, number: int):
    off, on = SWITCHED_OFF[number]
    async with standing(stage, tmp_path) as ground:
        assert (await look("datamap.catalogue", ground)).outcome is Outcome.OK
        with stage.admin() as admin:
            admin.execute(off.encode())
            assert await outcome("datamap.catalogue", ground) is Outcome.FAILING
            admin.execute(on.encode())
        assert await outcome("datamap.catalogue", ground) is Outcome.OK


@pytest.mark.promise("PRV-02")
async def test_a_map_that_sees_no_fault_is_blind_and_red(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with standing(stage, tmp_path) as ground:
        monkeypatch.setattr("ringfence.evidence.probes.datamap.datamap.faults", lambda _found: [])
        assert await outcome("datamap.catalogue", ground) is Outcome.FAILING


@pytest.mark.promise("CRY-01", "PRV-02")
async def test_the_look_at_sealed_values_reaches_every_sealed_column_of_the_map(stage: Stage):
    async with stage.open(size=1) as database:
        places = (await database.read(PlatformScope(), PLACES()))[0]
    assert set(places) == datamap.sealed()


@pytest.mark.promise("CRY-01")
async def test_a_sealed_column_out_of_the_looks_reach_turns_its_probe_red(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        with stage.admin() as admin:
            admin.execute("revoke select on app.message from ringfence_app")
            assert "app.message.text: not within this look" in (await look("encryption.coverage", ground)).faults
            admin.execute("grant select on app.message to ringfence_app")


@pytest.mark.promise("CRY-01")
async def test_a_changed_record_turns_its_probe_red_for_a_day(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        assert await outcome("encryption.refused", ground) is Outcome.OK
        with stage.admin() as admin:
            admin.execute(
                "insert into app.refused_record (place, row_id, count) values ('message.text', %s, 1)",
                [ids.new().bytes],
            )
            assert await outcome("encryption.refused", ground) is Outcome.FAILING
            admin.execute("update app.refused_record set last_at = now() - interval '2 days'")
        assert await outcome("encryption.refused", ground) is Outcome.OK
