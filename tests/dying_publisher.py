"""A publisher in a process of its own that stands still in the middle, for a test that kills it there.

Arguments: database, context key's name, its bytes in hex, data directory, organization, the path to stand still at, and
whether before or after it was put.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from ringfence.base.principal import OrgId
from ringfence.controls.audit import Log
from ringfence.controls.tenancy import ContextKey
from tests.publishing import Recorded, objects_in, press
from tests.world import Stage


class Lingering(Recorded):
    """A store that stops at a path."""

    stops_at = ""
    is_after = False

    async def put(self, path: str, content: bytes) -> None:
        if self.is_after:
            await super().put(path, content)
        if self.stops_at in path:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            await asyncio.sleep(60)
        await super().put(path, content)


async def _main(url: str, kid: str, key: str, data: str, org: str, stops_at: str, when: str) -> None:
    store = Lingering(objects_in(Path(data)))
    store.stops_at, store.is_after = stops_at, when == "after"
    stage = Stage("", url, ContextKey(kid, bytes.fromhex(key)))
    log = Log.organization(OrgId(UUID(org)))
    async with press(stage, Path(data), log=log, objects=store) as at:
        await at.publisher.publish(log)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:8]))
