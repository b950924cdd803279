"""Probes of what is sealed: plain text, a foreign key or a lax vault turns them red."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import PartnerId
from ringfence.controls.keystore import FileKeystore
from ringfence.controls.tenancy import PlatformScope, Statement, scalar
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.evidence.probes import Ground, Outcome
from tests.evidence.ground import look, outcome, standing
from tests.world import Cast, Stage, plant

CLASSED = """
select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
where c.relnamespace = 'app'::regnamespace and a.attnum > 0
and col_description(c.oid, a.attnum) ~ '^class=(personal|content|secret);'
and a.atttypid <> 'bytea'::regtype
"""
_PLACES = Statement("select distinct place from app.sealed_heads(5) order by 1", scalar)


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return asyncio.run(plant(stage))


@asynccontextmanager
async def sealed(stage: Stage, cast: Cast, data: Path) -> AsyncIterator[Ground]:
    """A deployment in which everything of the cast is sealed, each under the key of whom it belongs to."""
    async with standing(stage, data) as ground:
        for owner, rows in {
            KeyOwner.organization(cast.rose): (cast.alice, cast.bob),
            KeyOwner.organization(cast.thorn): (cast.mallory,),
            KeyOwner.organization(cast.briar): (),
        }.items():
            ground.keystore.create(owner)
            await asyncio.to_thread(seal_rows, stage, ground.vault, owner, rows)
        for partner in (cast.northwind, cast.southwind):
            ground.keystore.create(KeyOwner.partner(partner))
            name = ground.vault.seal(KeyOwner.partner(partner), fields.PARTNER_NAME, partner, b"A company")
            with stage.admin() as admin:
                admin.execute("update app.partner set name = %s where partner_id = %s", [name, partner])
        yield ground


def seal_rows(stage: Stage, vault: Vault, owner: KeyOwner, rows: tuple[object, ...]) -> None:
    record = vault.seal(owner, fields.APP_USER_NAME, ids.new(), b"Alice")
    org = owner.path.removeprefix("organization/")
    with stage.admin() as admin:
        admin.execute("update app.organization set name = %s where org_id = %s", [record, org])
        for row in rows:
            admin.execute("update app.app_user set subject = %s, address = %s where id = %s", [record, record, row])


@pytest.mark.promise("CRY-01")
async def test_a_value_that_was_never_sealed_turns_its_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    async with sealed(stage, cast, tmp_path) as ground:
        found = await look("encryption.coverage", ground)
        assert (found.outcome, found.facts["values"], found.facts["columns"]) == (Outcome.OK, 11, 4)
        with stage.admin() as admin:
            admin.execute("update app.app_user set email = 'alice@example.com' where id = %s", [cast.alice])
            assert (await look("encryption.coverage", ground)).faults == ("app.app_user.email",)
            admin.execute("update app.app_user set email = null")
        assert await outcome("encryption.coverage", ground) is Outcome.OK


@pytest.mark.promise("CRY-01")
async def test_a_value_under_a_neighbours_key_turns_its_probe_red(stage: Stage, cast: Cast, tmp_path: Path):
    async with sealed(stage, cast, tmp_path) as ground:
        foreign = ground.vault.seal(KeyOwner.organization(cast.thorn), fields.APP_USER_NAME, cast.bob, b"Bob")
        with stage.admin() as admin:
            admin.execute("update app.app_user set name = %s where id = %s", [foreign, cast.bob])
            assert (await look("encryption.coverage", ground)).faults == ("app.app_user.name",)
            admin.execute("update app.app_user set name = null")


@pytest.mark.promise("CRY-01")
async def test_what_was_sealed_under_a_key_that_is_destroyed_is_no_fault(stage: Stage, cast: Cast, tmp_path: Path):
    async with sealed(stage, cast, tmp_path) as ground:
        gone = KeyOwner.user(cast.rose, cast.bob)
        ground.keystore.create(gone)
        with stage.admin() as admin:
            record = ground.vault.seal(gone, fields.APP_USER_NAME, cast.bob, b"Bob")
            admin.execute("update app.app_user set name = %s where id = %s", [record, cast.bob])
            ground.keystore.destroy(gone)
            assert await outcome("encryption.coverage", ground) is Outcome.OK
            admin.execute("update app.app_user set name = null")


@pytest.mark.promise("CRY-01")
async def test_the_look_reaches_every_column_that_must_be_sealed(stage: Stage, cast: Cast):
    with stage.admin() as admin:
        assert admin.execute(CLASSED.encode()).fetchone() == (0,), "every one of them is bytea, as the look expects"
    async with stage.open() as database:
        places = (await database.read(cast.as_user(cast.alice, cast.rose), _PLACES()))[0]
        assert await database.read(PlatformScope(), _PLACES()) == [[]]
    assert places == ["app.app_user.address", "app.app_user.subject", "app.organization.name"]


@pytest.mark.promise("CRY-01")
@pytest.mark.parametrize("lax", ["row", "column", "owner"])
async def test_a_vault_that_binds_less_turns_its_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lax: str
):
    async with standing(stage, tmp_path) as ground:
        ground.keystore.create(KeyOwner.partner(PartnerId(ids.new())))
        assert await outcome("encryption.binding", ground) is Outcome.OK

        if lax == "owner":
            platform = ground.keystore.unwrap(KeyOwner.platform())
            ground.keystore.create(KeyOwner.organization(ids.new()))  # pyright: ignore[reportArgumentType] - an OrgId
            monkeypatch.setattr(FileKeystore, "unwrap", lambda _self, _owner, _key_id=None: platform)
        elif lax == "row":
            monkeypatch.setattr("ringfence.controls.vault.sealing.own_context", lambda _row_id: b"any row")
        else:
            place = "ringfence.controls.vault.record._prefix"
            monkeypatch.setattr(place, lambda version, scope, _field: version + scope.encode())
        assert await outcome("encryption.binding", ground) is Outcome.FAILING
