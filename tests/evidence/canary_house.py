"""The whole application on a stage, served within the test's own loop, with its canaries planted."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from ringfence.app import create_app
from ringfence.assembly import Parts, make_canaries, make_kernel
from ringfence.base.outbound import Outbound
from ringfence.controls.keystore import FileKeystore, ServerKey
from ringfence.controls.tenancy import Database, provision_context
from ringfence.evidence.canaries import Canaries
from ringfence.evidence.probes import Finding, Ground, Outcome
from ringfence.evidence.probes.catalogue import BY_NAME
from ringfence.evidence.runner import judged
from ringfence.settings import Settings
from tests.house import NO_LIMITS
from tests.world import Stage


@dataclass(frozen=True)
class CanaryHouse:
    """A running application, and the ground that a probe of another process stands on."""

    stage: Stage
    ground: Ground
    canaries: Canaries

    async def finding(self, probe: str) -> Finding:
        """What this probe finds, as it counts."""
        return judged(await BY_NAME[probe].run(self.ground))

    async def outcome(self, probe: str) -> Outcome:
        """How this probe comes out."""
        return (await self.finding(probe)).outcome

    def do(self, statement: str) -> None:
        """What an administrator of the database does to it."""
        with self.stage.admin() as admin:
            admin.execute(statement.encode())


@asynccontextmanager
async def canary_house(stage: Stage, data: Path, *, limits: str = NO_LIMITS) -> AsyncIterator[CanaryHouse]:
    """Serves until the block ends. The stage takes the context key of this house's keystore."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    parts = _parts(stage, data, url, limits)
    server = uvicorn.Server(uvicorn.Config(create_app(parts), log_level="error", lifespan="on", access_log=False))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    database = Database(parts.database_url, keys=parts.context_key, size=4)
    outbound = Outbound()
    try:
        while not server.started:
            assert not running.done(), "it does not serve"
            await asyncio.sleep(0.02)
        ground, canaries = _ground(parts, database, outbound)
        await canaries.plant()
        canaries.patience_s = 0.0  # the server answers; what is refused from here on is refused for good
        yield CanaryHouse(stage, ground, canaries)
    finally:
        parts.stop()
        server.should_exit = True
        await running
        await outbound.close()
        await database.close()
        listener.close()
        parts.keystore.close()


def _parts(stage: Stage, data: Path, url: str, limits: str) -> Parts:
    settings: dict[str, Any] = {"data": data, "public_url": url, "limits": limits, "drain_seconds": 1}
    keystore = FileKeystore.beside(data, encryption_key=None)
    root = keystore.server_key(ServerKey.CONTEXT_SIGNING).reveal()
    with stage.admin() as admin:
        admin.execute("delete from ctx.key")  # of the template's root
    return Parts(Settings(**settings), keystore, stage.app_url, provision_context(stage.admin_url, root), root)


def _ground(parts: Parts, database: Database, outbound: Outbound) -> tuple[Ground, Canaries]:
    kernel = make_kernel(parts, database)
    canaries = make_canaries(parts.settings, kernel, outbound)
    ground = Ground(
        database=database,
        keystore=kernel.keystore,
        vault=kernel.vault,
        limits=kernel.limits,
        invalidation=kernel.invalidation,
        outbox=kernel.outbox,
        http=canaries.http,
        canaries=canaries,
    )
    return ground, canaries
