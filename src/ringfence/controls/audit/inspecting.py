"""Looks at what lies in the store: whether its tiles give the root that was signed and shown. Keeps AUD-04.

Read are the tiles at the right edge of a tree, which all of its root is made of, one tile of leaves chosen at random
with every tile above it, and that one's entries. Proved in tests/evidence/test_probes_published.py.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

from ringfence.base.merkle import CompactRange, leaf_hash
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.publishing import Publisher
from ringfence.controls.audit.tiles import WIDTH, Tile
from ringfence.controls.tenancy import Database

_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Look:
    """A published log as the store has it: the hashes of some tiles, None for one that is missing."""

    shown: Checkpoint
    edges: dict[int, list[bytes] | None]
    """The partial tile at the right of each level that has one."""
    chain: list[tuple[Tile, list[bytes] | None]]
    """A full tile of leaves and those above it, up to where the next one would be an edge."""
    entries: list[bytes | None] | None
    """The entries of the first of the chain; None where they were pruned or there is no chain."""
    is_stored: bool
    """Whether the store's checkpoint is the one that is shown."""


async def look(publisher: Publisher, database: Database, log: Log) -> Look | None:
    """The log as it is published; None where it is not. BadNote where what is shown is not signed by us.

    Looks again where the log was published meanwhile, for the tiles of the smaller tree are gone then.
    """
    found: Look | None = None
    for _ in range(_TRIES):
        head = await heads.find(database, log)
        if head is None or head.checkpoint is None:
            return None
        known = await publisher.pen.signers.verifiers()
        shown = Checkpoint.verified(head.checkpoint, known, origin=log.origin(publisher.pen.host))
        stored = await publisher.depot.find(f"{log.folder}/checkpoint")
        found = await _read(publisher, log, shown, head.pruned_to, is_stored=stored == head.checkpoint.encode())
        again = await heads.find(database, log)
        if again is not None and again.checkpoint == head.checkpoint and found.is_stored:
            break
        await asyncio.sleep(_PAUSE_SECONDS)  # The store has the next one before it is shown.
    return found


def faults(seen: Look) -> list[str]:
    """What is wrong with it, in words without any id."""
    if any(hashes is None for hashes in seen.edges.values()) or any(hashes is None for _, hashes in seen.chain):
        return ["a tile is missing in the store"]
    wrong = [] if seen.is_stored else ["the store's checkpoint is not the one that is shown"]
    if _root(seen) != seen.shown.root:
        wrong.append("the store's tiles do not give the root that was signed")
    if not all(_is_below(seen, at) for at in range(len(seen.chain))):
        wrong.append("a tile in the store was altered")
    leaves = seen.chain[0][1] if seen.chain else []
    if seen.entries is not None and not _are_of(seen.entries, leaves or []):
        wrong.append("an entry in the store was altered")
    return wrong


async def _read(publisher: Publisher, log: Log, shown: Checkpoint, pruned_to: int, *, is_stored: bool) -> Look:
    depot, size = publisher.depot, shown.size
    partial = [edge for level in tiles.levels_of(size) if (edge := tiles.edge_of(level, size)) is not None]
    edges = {edge.level: await depot.tile(log, edge) for edge in partial}
    chain: list[tuple[Tile, list[bytes] | None]] = []
    entries: list[bytes | None] | None = None
    if size >= WIDTH:
        index = random.randrange(size // WIDTH)  # noqa: S311 - a sample for a look, no secret
        chain = [(tile, await depot.tile(log, tile)) for tile in _up(index, size)]
        if (index + 1) * WIDTH > pruned_to:
            entries = await depot.bundle(log, chain[0][0]) or []
    return Look(shown, {int(level): hashes for level, hashes in edges.items()}, chain, entries, is_stored)


def _up(index: int, size: int) -> list[Tile]:
    """The full tile of leaves of this number, and the full ones above it."""
    found: list[Tile] = []
    for level in tiles.levels_of(size):
        if (index + 1) * WIDTH > size >> 8 * level:
            break
        found.append(Tile(level, index))
        index //= WIDTH
    return found


def _root(seen: Look) -> bytes:
    hashes: list[bytes] = []
    for level in sorted(seen.edges, reverse=True):
        part = CompactRange()
        part.extend(seen.edges[level] or [])
        hashes += part.hashes
    try:
        return CompactRange(seen.shown.size, hashes).root()
    except ValueError:
        return b""


def _is_below(seen: Look, at: int) -> bool:
    """Whether a tile of the chain is what the tile above it says: the next of the chain, or an edge."""
    tile, hashes = seen.chain[at]
    assert isinstance(tile.level, int)  # noqa: S101 - as it was made
    above = seen.chain[at + 1][1] if at + 1 < len(seen.chain) else seen.edges.get(tile.level + 1)
    place = tile.index % WIDTH
    return above is not None and place < len(above) and above[place] == tiles.above(hashes or [])


def _are_of(entries: list[bytes | None], leaves: list[bytes]) -> bool:
    if len(entries) != len(leaves):
        return False
    return all(data is None or leaf_hash(data) == leaf for data, leaf in zip(entries, leaves, strict=True))
