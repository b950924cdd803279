"""One customer's data and another's: what every transaction can and cannot reach."""

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role
from ringfence.controls.tenancy import (
    FOREIGN_KEY,
    DatabaseError,
    OrgScope,
    PartnerScope,
    PersonScope,
    PlatformScope,
    Scope,
    Statement,
    nothing,
    scalar,
)
from tests.world import Cast, Stage, plant, plant_cast

USERS = Statement("select id from app.app_user order by id", scalar)
TALK = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $3)", nothing)
TALK_IN = Statement("insert into app.conversation (org_id, id, user_id, agent_id) values ($1, $2, $3, $4)", nothing)
TALKS = Statement("select id from app.conversation order by id", scalar)
MOVE = Statement("update app.conversation set org_id = $1 where id = $2 returning id", scalar)
RENAME = Statement("update app.organization set name = $1 where org_id = $2 returning org_id", scalar)
REMOVE = Statement("delete from app.organization where org_id = $1 returning org_id", scalar)
SCOPE = Statement("select ctx.scope()", scalar)
REFUSED = "42501"


def admin(cast: Cast, org: OrgId) -> OrgScope:
    return OrgScope(cast.northwind, org, Role.ADMIN)


@pytest.mark.promise("TEN-01", "TEN-02")
async def test_an_organization_sees_its_own_users_alone(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        assert await database.read(admin(cast, cast.rose), USERS()) == [[cast.alice, cast.bob]]
        assert await database.read(admin(cast, cast.thorn), USERS()) == [[cast.mallory]]


@pytest.mark.promise("TEN-01")
async def test_a_row_cannot_be_written_into_another_organization(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        talk = ids.new()
        await database.write(admin(cast, cast.rose), TALK(talk, cast.alice, ids.new()))
        for attempt in (TALK_IN(cast.rose, ids.new(), cast.alice, ids.new()), RENAME(b"x", cast.rose)):
            assert await outcome(stage, admin(cast, cast.thorn), attempt) in (REFUSED, [])
        assert await outcome(stage, admin(cast, cast.rose), MOVE(cast.thorn, talk)) == REFUSED
        assert await outcome(stage, admin(cast, cast.thorn), MOVE(cast.thorn, talk)) == []


@pytest.mark.promise("TEN-01")
async def test_another_organization_can_neither_change_nor_delete_a_row(stage: Stage):
    cast = await plant(stage)
    for change in (RENAME(b"hers", cast.rose), REMOVE(cast.rose)):
        assert await outcome(stage, admin(cast, cast.thorn), change) == []
        assert await outcome(stage, admin(cast, cast.rose), change) == [cast.rose]


@pytest.mark.promise("TEN-03")
async def test_a_reference_to_a_foreign_row_fails_as_one_to_nothing(stage: Stage):
    cast = await plant(stage)
    refusals = [
        await refusal(stage, admin(cast, cast.rose), TALK(ids.new(), user, ids.new()))
        for user in (cast.mallory, ids.new())
    ]
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == FOREIGN_KEY
    assert await outcome(stage, admin(cast, cast.rose), TALK(ids.new(), cast.bob, ids.new())) == []


@pytest.mark.promise("TEN-02")
@pytest.mark.parametrize("scope", [PlatformScope(), PersonScope(ids.new()), PartnerScope(ids.new())])  # pyright: ignore[reportArgumentType] - a NewType over UUID
async def test_a_query_outside_an_organization_is_an_error_and_not_an_empty_list(stage: Stage, scope: Scope):
    await plant(stage)
    assert await outcome(stage, scope, USERS()) == REFUSED


@pytest.mark.promise("TEN-02")
@pytest.mark.parametrize("scope", [PlatformScope(), PersonScope(ids.new()), PartnerScope(ids.new())])  # pyright: ignore[reportArgumentType] - a NewType over UUID
async def test_every_scope_is_one_that_the_database_verifies(stage: Stage, scope: Scope):
    own = {PlatformScope: "platform", PersonScope: "person", PartnerScope: "partner"}[type(scope)]
    assert await outcome(stage, scope, SCOPE()) == [own]


@pytest.mark.promise("TEN-01", "ACC-02")
async def test_a_narrow_role_works_with_its_own_rows_alone(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        alice, bob = (cast.as_user(user, cast.rose) for user in (cast.alice, cast.bob))
        talks = {scope.user_id: ids.new() for scope in (alice, bob)}
        for scope in (alice, bob):
            await database.write(scope, TALK(talks[scope.user_id], scope.user_id, ids.new()))
            assert await database.read(scope, TALKS()) == [[talks[scope.user_id]]]
        assert await database.read(admin(cast, cast.rose), TALKS()) == [list(talks.values())]
        assert await outcome(stage, alice, TALK(ids.new(), cast.bob, ids.new())) == REFUSED


@pytest.mark.promise("TEN-02")
async def test_a_read_can_write_nothing(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        with pytest.raises(DatabaseError, match="25006"):
            await database.read(admin(cast, cast.rose), RENAME(b"x", cast.rose))
        assert await database.write(admin(cast, cast.rose), RENAME(b"x", cast.rose)) == [[cast.rose]]


@pytest.mark.promise("TEN-02")
async def test_what_fails_in_one_round_trip_leaves_nothing_of_it(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        good, bad = TALK(ids.new(), cast.alice, ids.new()), TALK(ids.new(), ids.new(), ids.new())
        for bounds in ((good, bad), (bad, good)):
            assert (await refusal(stage, admin(cast, cast.rose), *bounds))[0] == FOREIGN_KEY
        assert await database.read(admin(cast, cast.rose), TALKS()) == [[]]


@pytest.mark.promise("TEN-01", "TEN-04")
async def test_an_unknown_organization_is_empty_and_nothing_can_be_written_there(stage: Stage):
    cast = await plant(stage)
    nowhere = admin(cast, OrgId(ids.new()))
    assert await outcome(stage, nowhere, USERS()) == []
    assert await outcome(stage, nowhere, TALK(ids.new(), cast.alice, ids.new())) == FOREIGN_KEY


async def outcome(stage: Stage, scope: Scope, bound):
    """The rows, or the refusal's SQLSTATE."""
    async with stage.open(size=1) as database:
        try:
            return (await database.write(scope, bound))[0]
        except DatabaseError as refused:
            return refused.sqlstate


async def refusal(stage: Stage, scope: Scope, *bounds) -> tuple[str, str | None, tuple[object, ...]]:
    """All that a refused writer learns."""
    async with stage.open(size=1) as database:
        with pytest.raises(DatabaseError) as refused:
            await database.write(scope, *bounds)
    return refused.value.sqlstate, refused.value.constraint, refused.value.args
