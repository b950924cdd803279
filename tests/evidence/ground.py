"""The ground that probes stand on in tests: one stage, its own keystore, and whatever answers HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from ringfence.base import ids
from ringfence.base.crypto import RecordKey
from ringfence.base.outbound import Outbound
from ringfence.controls.audit import Depot, Pen, Publisher, Signers
from ringfence.controls.coordination import Invalidation
from ringfence.controls.deliveries import Outbox
from ringfence.controls.keystore import FileKeystore, KeyOwner, ServerKey
from ringfence.controls.limits import Limits, parse_overrides
from ringfence.controls.objects import AuditObjects, ObjectStore, Place
from ringfence.controls.vault import Vault
from ringfence.evidence.caller import Caller
from ringfence.evidence.probes import Finding, Ground, Outcome, Probe
from ringfence.evidence.probes.catalogue import BY_NAME
from ringfence.evidence.runner import judged
from tests.world import Stage

HOST = "ringfence.test"
NOWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def standing(
    stage: Stage, data: Path, *, base_url: str = NOWHERE, limits: str = "", jobs: dict[str, timedelta] | None = None
) -> AsyncIterator[Ground]:
    """A ground on this stage, as one process has it; what it opened is closed afterwards."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(stage.open(size=6))
        keystore = FileKeystore.beside(data, encryption_key=None)
        stack.callback(keystore.close)
        keystore.create(KeyOwner.platform())
        outbound = Outbound()
        stack.push_async_callback(outbound.close)
        vault = Vault(keystore)
        depot = Depot(AuditObjects(Place(data / "objects")), RecordKey(keystore.server_key(ServerKey.AUDIT_BUNDLES)))
        pen = Pen(HOST, Signers(keystore, HOST))
        yield Ground(
            database=database,
            keystore=keystore,
            vault=vault,
            outbox=Outbox(vault),
            objects=ObjectStore(Place(data / "objects")),
            publisher=Publisher(database, depot, pen, holder=ids.new(), idle_seconds=0),
            limits=Limits(database, key=b"k" * 32, rules=parse_overrides(limits)),
            invalidation=Invalidation(database),
            http=Caller(base_url, outbound),
            jobs=jobs or {},
        )


async def look(name: str, ground: Ground) -> Finding:
    """What this probe finds, as it counts."""
    return judged(await BY_NAME[name].run(ground))


async def outcome(name: str, ground: Ground) -> Outcome:
    """How this probe comes out."""
    return (await look(name, ground)).outcome


def probe(run, *, name: str = "test.probe", every: timedelta = timedelta(hours=1), limit: float = 5) -> Probe:
    """A probe made of a function."""
    return Probe(name, ("TRU-01",), "A test", every, run, timedelta(seconds=limit))
