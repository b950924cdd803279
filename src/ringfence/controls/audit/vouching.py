"""That a log's checkpoint is a leaf of the tree over all trees, whose own checkpoint is public. Keeps AUD-04.

Proved in tests/promises/test_audit_reading.py.
"""

from dataclasses import dataclass
from typing import Final

from ringfence.controls.audit import heads, trees
from ringfence.controls.audit.logs import Log
from ringfence.controls.tenancy import Database, PlatformScope, Statement


@dataclass(frozen=True, slots=True)
class Vouched:
    """A leaf of the tree over all: a checkpoint's text, its place, the proof, and the signed note that it leads to."""

    text: str
    index: int
    proof: list[bytes]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class _Entered:
    index: int
    text: str


_ENTERED: Final = Statement(
    "select index, text from app.audit_instance_leaf where scope = $1 and scope_id = $2 and size <= $3 and index < $4 "
    "order by size desc limit 1",
    _Entered,
)


async def vouched(database: Database, log: Log, *, size: int) -> Vouched | None:
    """The newest checkpoint of the log, up to this size, that the published tree over all holds; None where none is."""
    over_all = Log.instance()
    head = await heads.find(database, over_all)
    if head is None or head.checkpoint is None:
        return None
    found = (await database.read(PlatformScope(), _ENTERED(log.scope, log.id, size, head.published_size)))[0]
    if not found:
        return None
    leaf = found[0]
    async with heads.reading(database, over_all) as tx:
        proof = await trees.inclusion(tx, leaf.index, head.published_size)
    return Vouched(leaf.text, leaf.index, proof, head.checkpoint)
