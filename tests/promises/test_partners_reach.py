"""A partner and its organizations: reached one at a time, downwards only, and never another partner's."""

from contextlib import suppress

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import (
    DatabaseError,
    OrgScope,
    OrgTx,
    PartnerScope,
    PlatformScope,
    Scope,
    Statement,
    nothing,
    scalar,
)
from tests.world import Cast, Stage, plant, plant_cast

USERS = Statement("select id from app.app_user order by id", scalar)
DIRECTORY = Statement("select external_id from app.directory order by external_id", scalar)
CLAIM = Statement("insert into app.directory (org_id, external_id, region) values ($1, 'stolen', 'eu')", nothing)
AGENT = Statement("insert into app.agent (id, name, version) values ($1, 'Helper', 1)", nothing)
AGENTS = Statement("select id from app.agent order by id", scalar)
RENAME = Statement("update app.agent set name = 'Mine' returning id", scalar)
REMOVE = Statement("delete from app.agent returning id", scalar)
ANNOUNCE = Statement("insert into app.invalidation (id, kind, subject_id) values ($1, 'user', $2)", nothing)
ANNOUNCE_AS = Statement(
    "insert into app.invalidation (scope, scope_id, id, kind, subject_id) values ($1, $2, $3, 'user', $3)", nothing
)
ANNOUNCED = Statement("select id from app.invalidation", scalar)
DESTROY = Statement("insert into app.key_destruction (id, org_id) values ($1, $2)", nothing)


class PlannedError(Exception):
    """What goes wrong in the middle of something else."""


def admin(cast: Cast, org: OrgId, partner: PartnerId | None = None) -> OrgScope:
    return OrgScope(partner or cast.northwind, org, Role.ADMIN)


@pytest.mark.promise("TEN-04")
async def test_a_partner_enters_one_of_its_organizations_and_leaves_it(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        async with database.partner(PartnerScope(cast.northwind)) as tx:
            for org, users in ((cast.rose, [cast.alice, cast.bob]), (cast.thorn, [cast.mallory])):
                async with tx.narrow(org) as org_tx:
                    assert org_tx.scope == OrgScope(cast.northwind, org, Role.PARTNER)
                    assert await org_tx.fetch(USERS()) == users
            assert await tx.fetch(DIRECTORY()) == ["rose", "thorn"]


@pytest.mark.promise("TEN-01", "TEN-04")
async def test_another_partners_organization_does_not_exist(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        told: list[tuple[int, str, str]] = []
        for org in (cast.briar, OrgId(ids.new())):
            with pytest.raises(Problem) as refused:
                async with database.partner(PartnerScope(cast.northwind)) as tx, tx.narrow(org):
                    pytest.fail("entered")
            told.append((refused.value.status, refused.value.code, refused.value.detail))
        assert told[0] == told[1]
        assert told[0][0] == 404


@pytest.mark.promise("TEN-01", "TEN-04")
async def test_no_partner_can_put_anothers_organization_into_its_directory(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        with pytest.raises(DatabaseError, match="23505"):
            await database.write(PartnerScope(cast.southwind), CLAIM(cast.rose))
        await database.write(PartnerScope(cast.southwind), CLAIM(ids.new()))


@pytest.mark.promise("TEN-02")
async def test_the_partners_view_is_closed_while_it_is_inside_an_organization(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        async with database.partner(PartnerScope(cast.northwind)) as tx:
            async with tx.narrow(cast.rose):
                with pytest.raises(RuntimeError, match="narrowed"):
                    await tx.fetch(DIRECTORY())
            assert await tx.fetch(DIRECTORY()) == ["rose", "thorn"]


@pytest.mark.promise("TEN-02")
async def test_an_organizations_view_ends_with_its_block_even_after_an_error(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        kept: list[OrgTx] = []
        async with database.partner(PartnerScope(cast.northwind)) as tx:
            with suppress(PlannedError):
                async with tx.narrow(cast.rose) as org_tx:
                    kept = [org_tx, org_tx.as_user(cast.alice, Role.MEMBER)]
                    raise PlannedError
            for over in kept:
                with pytest.raises(RuntimeError, match="is over"):
                    await over.fetch(USERS())
            assert await tx.fetch(DIRECTORY()) == ["rose", "thorn"]


@pytest.mark.promise("TEN-02")
async def test_a_transaction_that_is_over_cannot_speak_on_the_next_ones_connection(stage: Stage):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        async with database.org(admin(cast, cast.rose)) as over:
            assert await over.fetch(USERS()) == [cast.alice, cast.bob]
        async with database.org(admin(cast, cast.thorn)) as tx:
            await tx.fetch(USERS())
            with pytest.raises(RuntimeError, match="is over"):
                await over.fetch(USERS())
            assert await tx.fetch(USERS()) == [cast.mallory]


@pytest.mark.promise("TEN-02")
async def test_acting_as_a_user_narrows_the_view_for_good(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        async with database.partner(PartnerScope(cast.northwind)) as tx, tx.narrow(cast.rose) as org_tx:
            as_bob = org_tx.as_user(cast.bob, Role.MEMBER)
            assert await as_bob.fetch(USERS()) == [cast.bob]
            with pytest.raises(RuntimeError, match="narrowed"):
                await org_tx.fetch(USERS())


@pytest.mark.promise("TEN-02")
async def test_an_error_takes_the_whole_transaction_with_it(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        scope = PartnerScope(cast.northwind)
        with suppress(PlannedError):
            async with database.partner(scope) as tx:
                await tx.run(AGENT(ids.new()))
                raise PlannedError
        assert await database.read(scope, AGENTS()) == [[]]


@pytest.mark.promise("TEN-02")
async def test_a_swallowed_refusal_does_not_look_like_a_commit(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        scope, agent = PartnerScope(cast.northwind), ids.new()

        async def swallow() -> None:
            async with database.partner(scope) as tx:
                await tx.run(AGENT(agent))
                with suppress(DatabaseError):
                    await tx.run(AGENT(agent))

        with pytest.raises(DatabaseError, match="25P02"):
            await swallow()
        assert await database.read(scope, AGENTS()) == [[]]


@pytest.mark.promise("TEN-01")
async def test_an_organization_reads_its_own_partners_agents_and_changes_none(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        agent = ids.new()
        await database.write(PartnerScope(cast.northwind), AGENT(agent))
        rose, briar = admin(cast, cast.rose), admin(cast, cast.briar, cast.southwind)
        assert [await database.read(scope, AGENTS()) for scope in (rose, briar)] == [[[agent]], [[]]]
        for change in (AGENT(ids.new()), RENAME(), REMOVE()):
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(rose, change)
        assert await database.write(PartnerScope(cast.southwind), REMOVE()) == [[]]


@pytest.mark.promise("TEN-01", "TEN-07")
async def test_what_every_scope_writes_is_shown_to_its_own_scope_alone(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        scopes: list[Scope] = [admin(cast, cast.rose), admin(cast, cast.thorn), PartnerScope(cast.northwind)]
        for scope in [*scopes, PlatformScope()]:
            row = ids.new()
            await database.write(scope, ANNOUNCE(row, row))
            assert await database.read(scope, ANNOUNCED()) == [[row]]


@pytest.mark.promise("TEN-01")
async def test_nobody_writes_in_another_scopes_name(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        for named in (("org", cast.thorn), ("partner", cast.rose), ("platform", cast.rose)):
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(admin(cast, cast.rose), ANNOUNCE_AS(*named, ids.new()))
        await database.write(admin(cast, cast.rose), ANNOUNCE_AS("org", cast.rose, ids.new()))


@pytest.mark.promise("TEN-01")
async def test_nobody_has_another_organizations_key_destroyed(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        for scope in (admin(cast, cast.thorn), PartnerScope(cast.southwind), PlatformScope()):
            with pytest.raises(DatabaseError, match="23514"):
                await database.write(scope, DESTROY(ids.new(), cast.rose))
        await database.write(admin(cast, cast.rose), DESTROY(ids.new(), cast.rose))


async def test_what_does_not_exist_is_a_404(stage: Stage):
    cast = await plant(stage)
    async with stage.open() as database, database.org(admin(cast, cast.thorn)) as tx:
        assert await tx.find(USERS()) == cast.mallory
        with pytest.raises(Problem, match="not_found"):
            await tx.get(Statement("select id from app.conversation", scalar)())
