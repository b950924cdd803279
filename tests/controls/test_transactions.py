"""Small certainties of transactions that the promises stand on."""

from dataclasses import replace

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import ActorKind, OrgId, PartnerId, Principal, Role, UserId
from ringfence.controls.tenancy import Fenced, OrgScope, PlatformScope, Statement, nothing, scalar, scope_of
from tests.attacks.runs import plant_run, wide
from tests.world import Stage, plant_cast

FENCE = Statement("select app.fence($1, $2, $3)", nothing)
PID = Statement("select pg_backend_pid()", scalar)


async def test_a_process_that_lost_its_run_is_told_so_and_writes_nothing(stage: Stage):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        run = await plant_run(database, cast, cast.alice, cast.rose)
        with pytest.raises(Fenced, match="RF001"):
            await database.write(wide(cast, cast.rose), FENCE(run, ids.new(), 1))


async def test_a_transaction_without_a_statement_costs_nothing(stage: Stage):
    async with stage.open(size=1) as database:
        async with database.org(OrgScope(PartnerId(ids.new()), OrgId(ids.new()), Role.ADMIN)):
            pass
        assert len(await database.read(PlatformScope(), PID())) == 1


def test_a_session_that_names_no_organization_opens_none():
    partner = Principal(ActorKind.API_KEY, PartnerId(ids.new()), Role.PARTNER, clock.now())
    with pytest.raises(TypeError, match="no organization"):
        scope_of(partner)
    org, user = OrgId(ids.new()), UserId(ids.new())
    member = replace(partner, kind=ActorKind.USER, role=Role.MEMBER, org_id=org, user_id=user)
    assert scope_of(member) == OrgScope(partner.partner_id, org, Role.MEMBER, user)
