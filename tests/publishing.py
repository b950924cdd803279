"""Logs that are sealed and published, without a server: a database, a keystore, a directory as the object store."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.base import ids
from ringfence.base.crypto import RecordKey
from ringfence.base.merkle import leaf_hash, root_of
from ringfence.base.principal import OrgId
from ringfence.base.problem import unavailable
from ringfence.controls import audit
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.publishing import Pen, Publisher
from ringfence.controls.audit.signers import Signers
from ringfence.controls.audit.storing import Depot
from ringfence.controls.keystore import FileKeystore, ServerKey
from ringfence.controls.objects import AuditObjects, Place
from ringfence.controls.tenancy import Bound, Database, Statement, nothing
from tests.world import Stage

HOST = "ringfence.test"
_MANY = Statement(
    "insert into app.audit_queue (id, actor_kind, action, outcome, details) select (lpad(to_hex((extract(epoch from "
    "clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 3, '0') || '8' || "
    "substr(md5(random()::text), 1, 15))::uuid, 'system', 'run.started', 'success', "
    "jsonb_build_object('agent_version', n) from generate_series(1, $1) as n",
    nothing,
)


def many(count: int) -> Bound[None]:
    """So many entries, numbered from 1, in the log of the transaction's scope."""
    return _MANY(count)


def objects_in(data: Path) -> AuditObjects:
    """The store of a data directory."""
    return AuditObjects(Place(data / "objects"))


class Recorded:
    """A store that notes what is put, and can be told to fail."""

    def __init__(self, inner: AuditObjects) -> None:
        self._inner = inner
        self.put_paths: list[str] = []
        self.fails_at = ""

    async def hold(self) -> None:
        self._refuse("hold")
        await self._inner.hold()

    async def put(self, path: str, content: bytes) -> None:
        self._refuse(path)
        await self._inner.put(path, content)
        self.put_paths.append(path)

    async def find(self, path: str) -> bytes | None:
        self._refuse(path)
        return await self._inner.find(path)

    async def delete(self, *paths: str) -> None:
        await self._inner.delete(*paths)

    async def folders(self) -> list[str]:
        self._refuse("folders")
        return await self._inner.folders()

    def paths(self, prefix: str) -> AsyncIterator[str]:
        return self._inner.paths(prefix)

    def _refuse(self, path: str) -> None:
        if self.fails_at and self.fails_at in path:
            raise unavailable("storage_unavailable", "Files cannot be reached now.")


@dataclass
class Press:
    """One process's sealer and publisher over a database and a store."""

    database: Database
    keystore: FileKeystore
    depot: Depot
    signers: Signers
    publisher: Publisher
    sealer: audit.Sealer
    log: Log = field(default_factory=lambda: Log.organization(OrgId(ids.new())))
    """Rose's."""

    async def write(self, count: int = 1, log: Log | None = None) -> None:
        """Entries of the log, each in the order of its number, in one transaction."""
        async with heads.reading(self.database, log or self.log) as tx:
            await tx.run(_MANY(count))

    async def seal(self) -> None:
        """Seals everything that waits."""
        while await self.sealer.round():
            pass

    async def publish(self, count: int = 1, log: Log | None = None) -> Checkpoint:
        """Writes, seals and publishes; what is shown then."""
        await self.write(count, log)
        await self.seal()
        await self.publisher.publish(log or self.log)
        return await self.shown(log)

    async def shown(self, log: Log | None = None) -> Checkpoint:
        """The checkpoint that anybody would see, verified."""
        log = log or self.log
        head = await heads.find(self.database, log)
        assert head is not None
        assert head.checkpoint is not None
        return Checkpoint.verified(head.checkpoint, await self.signers.verifiers(), origin=log.origin(HOST))

    async def note(self, log: Log | None = None) -> str:
        """The same as its signed text."""
        head = await heads.find(self.database, log or self.log)
        assert head is not None
        return head.checkpoint or ""

    async def stored(self, size: int, log: Log | None = None) -> list[bytes | None]:
        """Every entry that the store has of a tree of this size; its hash tiles agree with them."""
        log, entries = log or self.log, list[bytes | None]()
        for tile in tiles.tiles_of(0, size):
            hashes, bundle = await self.depot.tile(log, tile), await self.depot.bundle(log, tile)
            assert hashes is not None
            assert bundle is not None
            assert all(data is None or leaf_hash(data) == hashed for data, hashed in zip(bundle, hashes, strict=True))
            entries += bundle
        return entries

    async def root_in_store(self, size: int, log: Log | None = None) -> bytes:
        """The root that the store's leaf tiles give."""
        hashes = list[bytes]()
        for tile in tiles.tiles_of(0, size):
            hashes += await self.depot.tile(log or self.log, tile) or []
        return root_of(hashes)

    async def numbers(self, size: int) -> list[int]:
        """The numbers of the stored entries, in the order of their indices."""
        return [json.loads(data or b"{}")["details"]["agent_version"] for data in await self.stored(size)]


@asynccontextmanager
async def press(
    stage: Stage, data: Path, *, log: Log | None = None, objects: tiles.Objects | None = None, idle_seconds: float = 0
) -> AsyncIterator[Press]:
    """A process on this database and this data directory; another one on the same is another process."""
    keystore = FileKeystore.beside(data, encryption_key=None)
    key = RecordKey(keystore.server_key(ServerKey.AUDIT_BUNDLES))
    depot, signers, holder = Depot(objects or objects_in(data), key), Signers(keystore, HOST), ids.new()
    try:
        async with stage.open(size=8) as database:
            publisher = Publisher(database, depot, Pen(HOST, signers), holder=holder, idle_seconds=idle_seconds)
            sealer = audit.Sealer(database, holder=holder, check=publisher.watch)
            made = Press(database, keystore, depot, signers, publisher, sealer)
            made.log = log or made.log
            yield made
    finally:
        keystore.close()
