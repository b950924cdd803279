"""Streams of several partners: receivers of one that hang hold up no other's, and what is erased leaves none behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, PartnerId
from ringfence.controls.identity import ApiKeyKind
from ringfence.controls.tenancy import PartnerScope, Statement, nothing
from ringfence.features.partners import operator
from tests import sealed
from tests.fakes import siem_server
from tests.house import Client
from tests.streaming import QUICK, Desk, desk
from tests.world import Stage

STREAMS = "/api/v1/partner/audit-streams"


@dataclass(frozen=True)
class Neighbours:
    """Northwind, whose receivers answer nothing, and Southwind, whose receiver takes everything."""

    it: Desk
    southwind: Client
    stuck: siem_server.Hooks
    good: siem_server.Hooks

    async def lag(self) -> int:
        """Entries that have not arrived at Southwind's."""
        (stream,) = (await self.southwind("GET", STREAMS)).body["items"]
        return stream["lag"]

    async def arrived(self) -> None:
        """Waits until everything that is sealed of Southwind's log has arrived."""
        async with asyncio.timeout(60):
            while await self.lag():  # noqa: ASYNC110 - what the API says is no event
                await asyncio.sleep(0.05)


@asynccontextmanager
async def neighbours(stage: Stage, data: Path) -> AsyncIterator[Neighbours]:
    async with (
        siem_server.webhooks() as stuck,
        siem_server.webhooks() as good,
        desk(stage, data, stuck.place, good.place) as it,
    ):
        for org in ("rose", "rose", "rose", "thorn", "thorn", "thorn"):
            await it.add(org, kind="webhook", url=f"http://{stuck.place}/silent")
        issuer = f"https://{UUID(int=ids.new().int)}.southwind.example"
        made = await operator.create_partner(it.home.kernel, "Southwind", issuer=issuer, kind=ApiKeyKind.LIVE)
        southwind = it.home.client.as_(made.api_key.reveal().decode())
        body: dict[str, Any] = {"kind": "webhook", "url": good.url, "from_index": 0}
        assert (await southwind("POST", STREAMS, body)).status == 201
        await sealed.seal_all(it.home.kernel.database)
        # Northwind's are due first.
        it.sql("update app.audit_stream_work set next_at = '-infinity' where scope = 'org'")
        yield Neighbours(it, southwind, stuck, good)


@pytest.mark.promise("AUD-05")
@pytest.mark.parametrize("is_slow", [False, True], ids=["before anybody knows", "known to be slow"])
async def test_receivers_of_one_partner_that_hang_hold_up_no_other_partners(
    stage: Stage, tmp_path: Path, is_slow: bool
):
    async with neighbours(stage, tmp_path) as here:
        here.it.sql(f"update app.audit_stream_work set is_slow = {is_slow}")
        pace = replace(QUICK, streams=4, slow_streams=4, of_partner=2, of_partner_slow=2)
        follower = here.it.follower(pace)
        running = asyncio.create_task(follower.run())
        await here.arrived()
        with stage.admin() as admin:
            held = admin.execute(
                "select count(*) from app.audit_stream_work where scope = 'org' and holder is not null"
            )
            assert held.fetchone() == (2,), "they have two places, and no more"
        await follower.drain(within_s=0.1)
        await running
        await follower.settle()


@pytest.mark.promise("AUD-05")
async def test_each_partner_has_a_stream_before_any_has_two(stage: Stage, tmp_path: Path):
    async with neighbours(stage, tmp_path) as here:
        follower = here.it.follower(replace(QUICK, streams=2, of_partner=2))
        assert await follower.start_due() == 2
        await here.arrived()
        await follower.drain(within_s=0.1)
        await follower.settle()


@pytest.mark.promise("PRV-01")
async def test_streams_end_with_an_organization_whoever_erases_it(stage: Stage, tmp_path: Path):
    async with neighbours(stage, tmp_path) as here:
        # As a release before there were streams does it: it takes the organization, and then its line in the directory.
        rose = OrgId(UUID(here.it.orgs["rose"]))
        async with here.it.home.kernel.database.partner(PartnerScope(PartnerId(here.it.home.partner_id))) as tx:
            async with tx.narrow(rose) as org_tx:
                await org_tx.run(Statement("delete from app.organization", nothing)())
            await tx.run(Statement("delete from app.directory where org_id = $1", nothing)(rose))
        with stage.admin() as admin:
            left = admin.execute(
                "select (select count(*) from app.audit_stream where scope_id = %s), "
                "(select count(*) from app.audit_stream_work where scope_id = %s), count(*) from app.audit_stream",
                [rose, rose],
            )
            assert left.fetchone() == (0, 0, 4)
