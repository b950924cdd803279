"""What publication reads of a log, in the log's own scope: its head, its leaves by the page. Keeps AUD-04.

Proved in tests/controls/test_audit_publishing.py.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.base.merkle import CompactRange, leaf_hash
from ringfence.controls.audit import trees
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.trees import SealedEntry
from ringfence.controls.tenancy import Database, OrgScope, PartnerScope, PlatformScope, Statement, Tx, scalar


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """A log's sealed tree and what was published of it; `stopped` says why nothing is published any more."""

    size: int
    root: bytes
    frontier: bytes
    published_size: int
    checkpoint: str | None
    published_at: datetime | None
    pruned_to: int
    cleaned_to: int
    stopped: str | None

    @property
    def tree(self) -> CompactRange:
        """To go on from."""
        return CompactRange.parse(self.size, self.frontier)


@dataclass(frozen=True, slots=True)
class InstanceLeaf:
    """A leaf of the tree over all trees: which log's checkpoint of which size, and its text."""

    index: int
    scope: str
    scope_id: UUID
    size: int
    text: str


_HEAD: Final = Statement(
    "select size, root, frontier, published_size, checkpoint, published_at, pruned_to, cleaned_to, stopped "
    "from app.audit_log where scope = $1 and scope_id = $2",
    PublishedHead,
)
_INSTANCE: Final = Statement(
    "select index, scope, scope_id, size, text from app.audit_instance_leaf "
    "where index >= $1 and index < $2 order by index",
    InstanceLeaf,
)
_NODES: Final = Statement(
    "select hash from app.audit_node where level = $1 and index >= $2 and index < $3 order by index", scalar
)


@asynccontextmanager
async def reading(database: Database, log: Log) -> AsyncGenerator[Tx]:
    """A transaction in the log's own scope."""
    scope = log.reader
    match scope:
        case OrgScope():
            async with database.org(scope) as tx:
                yield tx
        case PartnerScope():
            async with database.partner(scope) as tx:
                yield tx
        case PlatformScope():
            async with database.platform() as tx:
                yield tx
        case _:
            raise TypeError("a person has no log")


async def find(database: Database, log: Log) -> PublishedHead | None:
    """The log's head; None where nothing of it was sealed."""
    found = (await database.read(log.reader, _HEAD(log.scope, log.id)))[0]
    return found[0] if found else None


async def prefix(database: Database, log: Log, size: int) -> CompactRange:
    """The compact range of the log's first `size` leaves; DamagedTree where hashes are missing."""
    async with reading(database, log) as tx:
        return await trees.prefix(tx, size)


async def leaf_hashes(database: Database, log: Log, start: int, end: int) -> list[bytes]:
    """The hashes of leaves, as sealed."""
    async with reading(database, log) as tx:
        return await trees.leaf_hashes(tx, start, end)


async def node_hashes(database: Database, log: Log, level: int, start: int, end: int) -> list[bytes]:
    """The hashes of a level above the leaves, counted in that level; fewer where some are missing."""
    return (await database.read(log.reader, _NODES(level, start, end)))[0]


async def leaves(database: Database, log: Log, start: int, end: int) -> list[SealedEntry]:
    """The leaves from `start` to before `end`; their data is None where the entry was pruned."""
    if not log.is_instance:
        async with reading(database, log) as tx:
            return await trees.entries(tx, start, end)
    hashes = await leaf_hashes(database, log, start, end)
    texts = await instance_leaves(database, start, end)
    if [leaf.index for leaf in texts] != list(range(start, start + len(hashes))):
        raise trees.DamagedTree("leaves of the instance tree")
    return [SealedEntry(leaf.index, leaf.text.encode(), hashed) for leaf, hashed in zip(texts, hashes, strict=True)]


async def instance_leaves(database: Database, start: int, end: int) -> list[InstanceLeaf]:
    """The leaves of the tree over all trees."""
    return (await database.read(PlatformScope(), _INSTANCE(start, end)))[0]


def is_as_sealed(entry: SealedEntry) -> bool:
    """Whether a leaf's data still is what was hashed; a pruned one has none to compare."""
    return entry.data is None or leaf_hash(entry.data) == entry.leaf_hash
