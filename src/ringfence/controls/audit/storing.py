"""Puts what is new of a tree into the object store: tiles and bundles, a few at a time. Keeps AUD-04.

Proved in tests/controls/test_audit_publishing.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, final

from ringfence.base import log as lines
from ringfence.base.crypto import RecordKey
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.tiles import ENTRIES, MOST_LEAF_BYTES, WIDTH, Objects, Tile
from ringfence.controls.audit.trees import SealedEntry
from ringfence.controls.tenancy import Database

_AT_ONCE: Final = 8
_TILES_READ: Final = 8
CALL_SECONDS: Final = 10.0
"""How long one call of the store may take."""


class Altered(Exception):  # noqa: N818 - what it names is the log
    """What the database holds of a log is not what was sealed: it must not be published."""


@final
@dataclass(frozen=True, slots=True)
class Depot:
    """The store of all logs, and the key that their bundles are sealed under."""

    objects: Objects
    bundles: RecordKey

    async def hold(self) -> None:
        """Returns where the store is this deployment's; else raises why not, and nothing may be sealed or published."""
        async with asyncio.timeout(CALL_SECONDS):
            await self.objects.hold()

    async def find(self, path: str) -> bytes | None:
        """The object at a path, or None; TimeoutError where the store is too slow."""
        async with asyncio.timeout(CALL_SECONDS):
            return await self.objects.find(path)

    async def put(self, path: str, content: bytes) -> None:
        """Stores an object; TimeoutError where the store is too slow."""
        async with asyncio.timeout(CALL_SECONDS):
            await self.objects.put(path, content)

    async def tile(self, log: Log, tile: Tile) -> list[bytes] | None:
        """The hashes of a tile; None where there is none of its width."""
        found = await self.find(tile.path(log.folder))
        return tiles.split(found, tile.width) if found is not None else None

    async def bundle(self, log: Log, tile: Tile) -> list[bytes | None] | None:
        """The entries of a bundle, None for one that was pruned; None where there is no such bundle of ours."""
        path = Tile(ENTRIES, tile.index, tile.width).path(log.folder)
        found = await self.find(path)
        return tiles.open_bundle(self.bundles, path, found, tile.width) if found is not None else None

    async def put_tile(self, log: Log, tile: Tile, hashes: list[bytes]) -> None:
        """Stores the hashes of a tile."""
        await self.put(tile.path(log.folder), tiles.joined(hashes))

    async def put_bundle(self, log: Log, tile: Tile, entries: list[bytes | None]) -> None:
        """Stores the entries of a tile of leaves, sealed."""
        path = Tile(ENTRIES, tile.index, tile.width).path(log.folder)
        await self.put(path, tiles.seal_bundle(self.bundles, path, entries))

    async def remove(self, *paths: str) -> None:
        """Deletes objects."""
        async with asyncio.timeout(CALL_SECONDS):
            await self.objects.delete(*paths)

    async def remove_partials(self, log: Log, level: int | str, index: int) -> None:
        """Deletes every partial form of a tile that is full now."""
        prefix = Tile(level, index).partials(log.folder)
        await self.remove(*[path async for path in self.objects.paths(prefix)])


@dataclass(frozen=True, slots=True)
class Growth:
    """What is to be stored of a log: all that a tree of `size` leaves has beyond one of `since`."""

    log: Log
    since: int
    size: int


async def put_growth(depot: Depot, database: Database, growth: Growth, *, keep: Callable[[], Awaitable[None]]) -> None:
    """Puts it; `keep` is called in between, to keep the lease. Altered, and what the store raises."""
    log, since, size = growth.log, growth.since, growth.size
    for start in range(since // WIDTH * WIDTH, size, _TILES_READ * WIDTH):
        end = min(start + _TILES_READ * WIDTH, size)
        entries = await heads.leaves(database, log, start, end)
        if len(entries) != end - start or not all(map(heads.is_as_sealed, entries)):
            raise Altered
        await _gathered(
            _leaf_tile(depot, database, log, entries[at : at + WIDTH]) for at in range(0, end - start, WIDTH)
        )
        await keep()
    for level in tiles.levels_of(size)[1:]:
        await _gathered(_node_tile(depot, database, log, tile) for tile in tiles.tiles_of(level, size, since=since))


async def remove_superseded(depot: Depot, log: Log, *, since: int, size: int) -> None:
    """Deletes the partial tiles of a smaller tree that nobody is shown any more."""
    for level in tiles.levels_of(since):
        before = tiles.edge_of(level, since)
        if before is None or before == tiles.edge_of(level, size):
            continue
        names: tuple[int | str, ...] = (level, ENTRIES) if level == 0 else (level,)
        for name in names:
            if size >> 8 * level >= (before.index + 1) * WIDTH:
                await depot.remove_partials(log, name, before.index)
            else:
                await depot.remove(Tile(name, before.index, before.width).path(log.folder))


async def _leaf_tile(depot: Depot, database: Database, log: Log, entries: list[SealedEntry]) -> None:
    tile, hashes = Tile(0, entries[0].index // WIDTH, len(entries)), [entry.leaf_hash for entry in entries]
    if tile.is_full:
        above = await heads.node_hashes(database, log, 1, tile.index, tile.index + 1)
        if above != [tiles.above(hashes)]:
            raise Altered
    await depot.put_tile(log, tile, hashes)
    await depot.put_bundle(log, tile, [_kept(entry) for entry in entries])


async def _node_tile(depot: Depot, database: Database, log: Log, tile: Tile) -> None:
    assert isinstance(tile.level, int)  # noqa: S101 - tiles of entries have no nodes
    hashes = await heads.node_hashes(database, log, tile.level, tile.start, tile.start + tile.width)
    if len(hashes) != tile.width:
        raise Altered
    await depot.put_tile(log, tile, hashes)


def _kept(entry: SealedEntry) -> bytes | None:
    """An entry as a bundle can hold it: one of raw SQL that is longer than any of ours stays in the database alone."""
    if entry.data is not None and len(entry.data) > MOST_LEAF_BYTES:
        lines.error("audit_entry_too_long", count=len(entry.data))
        return None
    return entry.data


async def _gathered(calls: Iterable[Awaitable[None]]) -> None:
    """Awaits them all, some at a time; the first failure is raised when the others have ended."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(call: Awaitable[None]) -> None:
        async with turns:
            await call

    failures = [each for each in await asyncio.gather(*map(one, calls), return_exceptions=True) if each is not None]
    if failures:
        raise failures[0]
