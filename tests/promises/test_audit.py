"""Each act leaves its entry in its own transaction; an entry holds identifiers alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import Role
from ringfence.controls import audit
from ringfence.controls.audit import Action, Actor, AddressHasher, Origin
from ringfence.controls.tenancy import (
    Database,
    DatabaseError,
    OrgScope,
    PartnerScope,
    Statement,
    nothing,
)
from tests.world import Cast, Stage, plant_cast

HASHER = AddressHasher(b"k" * 32)
ADDRESS = "198.51.100.77"
RESTRICT = Statement("update app.app_user set status = 'restricted' where id = $1", nothing)


def request() -> Origin:
    return Origin(str(ids.new()), ADDRESS, HASHER)


@asynccontextmanager
async def planted(stage: Stage) -> AsyncIterator[tuple[Database, Cast, OrgScope, OrgScope]]:
    async with stage.open() as database:
        cast = await plant_cast(database)
        rose = OrgScope(cast.northwind, cast.rose, Role.PARTNER)
        yield database, cast, rose, OrgScope(cast.northwind, cast.thorn, Role.PARTNER)


async def newest(database: Database, scope: OrgScope) -> list[audit.Entry]:
    async with database.org(scope) as tx:
        return await audit.recent(tx, 10)


@pytest.mark.promise("AUD-01")
async def test_an_act_and_its_entry_are_written_together(stage: Stage):
    async with planted(stage) as (database, cast, rose, _):
        origin = request()
        async with database.org(rose) as tx:
            await tx.run(RESTRICT(cast.alice))
            await audit.record(tx, Actor.operator(), Action.USER_RESTRICTED, target=cast.alice, origin=origin)
        (entry,) = await newest(database, rose)
        assert (entry.action, entry.target_kind, entry.target_id) == ("user.restricted", "user", cast.alice)
        assert (entry.actor_kind, entry.outcome, entry.request_id) == ("operator", "success", origin.request_id)
        assert entry.address_hash == HASHER.hash(cast.rose, ADDRESS)
        assert abs((entry.at - clock.now()).total_seconds()) < 60


@pytest.mark.promise("AUD-01")
async def test_an_act_that_is_rolled_back_leaves_no_entry(stage: Stage):
    async with planted(stage) as (database, cast, rose, _):
        entry = audit.entry(Actor.operator(), Action.USER_RESTRICTED, origin=request(), within=cast.rose)
        with pytest.raises(DatabaseError):
            await database.write(rose, RESTRICT(cast.bob), entry, Statement("select 1 / 0", nothing)())
        assert await newest(database, rose) == []


@pytest.mark.promise("AUD-01")
async def test_an_entry_that_fails_takes_its_act_back(stage: Stage):
    async with planted(stage) as (database, cast, rose, _):
        entry = audit.entry(Actor.operator(), Action.USER_RESTRICTED, origin=request(), within=cast.rose)
        with pytest.raises(DatabaseError):
            await database.write(rose, RESTRICT(cast.alice), entry, entry)
        status = Statement("select status from app.app_user where id = $1", str)
        assert (await database.read(rose, status(cast.alice))) == [["active"]]


@pytest.mark.promise("AUD-01")
async def test_an_entry_is_not_in_another_organizations_log(stage: Stage):
    async with planted(stage) as (database, _, rose, thorn):
        async with database.org(rose) as tx:
            await audit.record(tx, Actor.unknown(), Action.ACCESS_DENIED, outcome="refused", origin=request())
        assert len(await newest(database, rose)) == 1
        assert await newest(database, thorn) == []


@pytest.mark.promise("AUD-01")
async def test_nobody_changes_or_deletes_an_entry(stage: Stage):
    async with planted(stage) as (database, _, rose, _):
        async with database.org(rose) as tx:
            await audit.record(tx, Actor.operator(), Action.COMMAND_RUN, origin=request(), command="doctor")
        for attempt in ("update app.audit_queue set outcome = 'failure'", "delete from app.audit_queue"):
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(rose, Statement(attempt, nothing)())
        assert (await newest(database, rose))[0].outcome == "success"


@pytest.mark.promise("AUD-03")
async def test_no_address_stands_in_the_log(stage: Stage):
    async with planted(stage) as (database, cast, _, _):
        async with database.partner(PartnerScope(cast.northwind)) as tx:
            await audit.record(tx, Actor.operator(), Action.SETTINGS_CHANGED, origin=request(), fields=["name"])
            async with tx.narrow(cast.rose) as org_tx:
                await audit.record(org_tx, Actor.operator(), Action.USER_CHANGED, origin=request(), role="viewer")
        async with database.platform() as platform:
            await audit.record(platform, Actor.operator(), Action.COMMAND_RUN, origin=request(), command="demo")
        with stage.admin() as admin:
            rows = admin.execute(
                "select q::text, encode(address_hash, 'hex') from app.audit_queue q order by id desc limit 3"
            ).fetchall()
        assert ADDRESS not in str(rows)
        assert len({hashed for _, hashed in rows}) == len(rows) == 3
