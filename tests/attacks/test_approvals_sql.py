"""Raw SQL against approvals: the database lets agree whom the table of permissions lets agree, and nobody else."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import ActorKind, Principal, Role, UserId
from ringfence.controls import access
from ringfence.controls.tenancy import Database, DatabaseError, OrgScope, Statement, Unapproved, nothing, scalar
from tests.attacks.runs import plant_run, wide
from tests.world import Cast, Stage, plant_cast

DIGEST = b"d" * 32
ASK = Statement(
    "insert into app.approval (id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers,"
    " expires_at) values ($1, $2, $3, 1, 'pay', $4, $4, 'sealed', $5, $6)",
    nothing,
)
ANSWER = Statement("update app.approval set status = $2 where id = $1 returning status", scalar)
SPEND = Statement("select app.spend_approval($1, $2, $3, $4, $5)", nothing)
SPENDING = ("approval", "run", "call", "args")


async def ask(database: Database, cast: Cast, approvers: str = "user") -> tuple[UUID, UUID]:
    """An open question of Alice's, planted; its id and its run's."""
    approval, run = ids.new(), await plant_run(database, cast, cast.alice, cast.rose)
    row = ASK(approval, run, cast.alice, DIGEST, approvers, clock.now() + timedelta(minutes=15))
    await database.write(wide(cast, cast.rose), row)
    return approval, run


async def answers(database: Database, cast: Cast, approval: UUID, role: Role, user: UserId, status: str) -> bool:
    scope = OrgScope(cast.northwind, cast.rose, role, user)
    try:
        return (await database.write(scope, ANSWER(approval, status)))[0] == [status]
    except DatabaseError as refusal:
        return refusal.sqlstate != "RF003"


@pytest.mark.promise("ACC-02", "AIS-04")
@pytest.mark.parametrize("approvers", ["user", "admin", "four_eyes"])
@pytest.mark.parametrize("status", ["approved", "denied"])
async def test_the_database_lets_decide_exactly_whom_the_table_of_permissions_lets(
    stage: Stage, approvers: str, status: str
):
    async with stage.open() as database:
        cast = await plant_cast(database)
        for role in Role:
            for user in (cast.alice, cast.bob):
                caller = Principal(ActorKind.USER, cast.northwind, role, clock.now(), org_id=cast.rose, user_id=user)
                approval, _ = await ask(database, cast, approvers)
                found = await answers(database, cast, approval, role, user, status)
                assert found == access.may_approve(caller, approvers, cast.alice), (role, user)


@pytest.mark.promise("ACC-02")
async def test_who_may_decide_is_nobody_where_the_declaration_names_nobody(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        ada = Principal(ActorKind.USER, cast.northwind, Role.ADMIN, clock.now(), org_id=cast.rose, user_id=cast.bob)
        assert access.may_approve(ada, "admin", cast.alice)
        assert not access.may_approve(ada, "anybody", cast.alice)
        with pytest.raises(DatabaseError):
            await ask(database, cast, "anybody")


@pytest.mark.promise("AIS-04")
@pytest.mark.parametrize("first", ["approved", "denied", "cancelled"])
async def test_an_answer_is_never_taken_back_or_given_twice(stage: Stage, first: str):
    async with stage.open() as database:
        cast = await plant_cast(database)
        approval, _ = await ask(database, cast)
        assert await answers(database, cast, approval, Role.MEMBER, cast.alice, first)
        for then in ("pending", "approved", "denied", "expired"):
            assert not await answers(database, cast, approval, Role.ADMIN, cast.bob, then)


@pytest.mark.promise("AIS-04")
@pytest.mark.parametrize("other", [None, *SPENDING])
async def test_an_approval_is_spent_on_one_execution_of_exactly_its_call(stage: Stage, other: str | None):
    async with stage.open() as database:
        cast = await plant_cast(database)
        approval, run = await ask(database, cast)
        scope, execution = wide(cast, cast.rose), ids.new()
        good = dict(zip(SPENDING, (approval, run, DIGEST, DIGEST), strict=True))
        bad = good | {"approval": ids.new(), "run": ids.new(), "call": b"x" * 32, "args": b"x" * 32}
        with pytest.raises(Unapproved):  # nobody has agreed yet
            await database.write(scope, SPEND(*good.values(), execution))
        await answers(database, cast, approval, Role.MEMBER, cast.alice, "approved")
        if other is not None:
            with pytest.raises(Unapproved):
                await database.write(scope, SPEND(*(good | {other: bad[other]}).values(), execution))
        for _ in range(2):  # the same execution again: its commit's answer was lost
            await database.write(scope, SPEND(*good.values(), execution))
        with pytest.raises(Unapproved):
            await database.write(scope, SPEND(*good.values(), ids.new()))


@pytest.mark.promise("AIS-04", "TEN-05")
async def test_an_approval_of_one_organization_cannot_be_spent_or_seen_in_another(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        approval, run = await ask(database, cast)
        await answers(database, cast, approval, Role.MEMBER, cast.alice, "approved")
        for scope in (wide(cast, cast.thorn), OrgScope(cast.northwind, cast.rose, Role.MEMBER, cast.bob)):
            with pytest.raises(Unapproved):
                await database.write(scope, SPEND(approval, run, DIGEST, DIGEST, ids.new()))
