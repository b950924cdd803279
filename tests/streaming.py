"""A house whose log goes out: Rose's and Thorn's entries, a sealer, and processes that follow."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ringfence.base import ids, merkle
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.controls.audit import Log
from ringfence.controls.deliveries import Outbox
from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.streams import Carrier, Follower, Means, Pace
from ringfence.controls.tenancy import Database, OrgScope, PartnerScope, Scope, Statement, scalar
from ringfence.controls.vault import Vault
from tests import sealed
from tests.house import Answer, House, house
from tests.world import Stage

QUICK = Pace(look_s=0.02, first_pause_s=0.0, entries=50)
ROOT = Statement("select root from app.audit_log", scalar)


def follower_of(database: Database, vault: Vault, egress: Egress, *, pace: Pace = QUICK) -> Follower:
    """A process that follows."""
    carrier = Carrier(egress, vault, hostname="ringfence.test")
    return Follower(Means(database, Outbox(vault), carrier, ids.new(), pace))


@dataclass
class Desk:
    """A house with partner Northwind, and what sets up, fills and follows logs."""

    home: House
    stage: Stage
    egress: Egress
    orgs: dict[str, str]

    def path(self, org: str | None = "rose") -> str:
        return f"/api/v1/partner{f'/organizations/{self.orgs[org]}' if org else ''}/audit-streams"

    def log(self, org: str | None = "rose") -> Log:
        return Log.organization(OrgId(UUID(self.orgs[org]))) if org else Log.partner(self.home.partner_id)

    def scope(self, org: str | None = "rose") -> Scope:
        if org is None:
            return PartnerScope(self.home.partner_id, Role.OPERATOR)
        return OrgScope(PartnerId(self.home.partner_id), OrgId(UUID(self.orgs[org])), Role.OPERATOR)

    async def add(self, org: str | None = "rose", **body: Any) -> dict[str, Any]:
        """A stream, as it was shown once; webhooks begin at the log's beginning."""
        if body["kind"] in {"webhook", "syslog"}:
            body.setdefault("from_index", 0)
        answer = await self.home.api("POST", self.path(org), body)
        assert answer.status == 201, answer.body
        return answer.body

    async def ask(self, way: str, stream: dict[str, Any], after: str = "", body: object = None) -> Answer:
        org = next((name for name, org_id in self.orgs.items() if stream["log"] == f"org/{org_id}"), None)
        return await self.home.api(way, f"{self.path(org)}/{stream['id']}{after}", body)

    async def state(self, stream: dict[str, Any]) -> dict[str, Any]:
        """How the stream is now."""
        answer = await self.ask("GET", stream)
        assert answer.status == 200, answer.body
        return answer.body

    async def write(self, count: int, org: str | None = "rose") -> None:
        """So many more entries, sealed."""
        await self.home.kernel.database.write(self.scope(org), sealed.many(count))
        await sealed.seal_all(self.home.kernel.database)

    def follower(self, pace: Pace = QUICK) -> Follower:
        return follower_of(self.home.kernel.database, self.home.kernel.vault, self.egress, pace=pace)

    async def follow(self, pace: Pace = QUICK) -> None:
        """One look of one process, and all that comes of it."""
        one = self.follower(pace)
        await one.start_due()
        await one.settle()

    async def root(self, org: str | None = "rose") -> bytes:
        return (await self.home.kernel.database.read(self.scope(org), ROOT()))[0][0]

    def sql(self, statement: str, *values: Any) -> None:
        """What no role of the product may do."""
        with self.stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(statement.encode(), values)


@asynccontextmanager
async def desk(stage: Stage, data: Path, *places: str) -> AsyncGenerator[Desk]:
    """A desk without any stream yet; `places` are what the operator names in RINGFENCE_EGRESS_ALLOW."""
    egress = Egress(parse_named(",".join(places)))
    async with house(stage, data, egress=egress) as home:
        listed = await home.api("GET", "/api/v1/partner/organizations")
        orgs = {one["external_id"]: one["id"] for one in listed.body["items"]}
        made = Desk(home, stage, egress, orgs)
        made.sql("delete from app.audit_stream_work")
        made.sql("delete from app.audit_stream")
        await sealed.seal_all(home.kernel.database)
        yield made
    await egress.close()


def root_of(events: list[dict[str, Any]]) -> bytes:
    """The root of the tree over what came, from the very bytes that came."""
    tree = merkle.CompactRange()
    for event in events:
        tree.append(merkle.leaf_hash(event["raw_data"].encode()))
    return tree.root()
