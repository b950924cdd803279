"""How a tree lies in the object store: tiles of 256 hashes, bundles of 256 entries (c2sp.org/tlog-tiles). Keeps AUD-04.

Hashes lie there in the clear, entries sealed and bound to their path: the store reads nothing. Proved in
tests/controls/test_audit_tiles.py.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ringfence.base.crypto import InvalidSeal, RecordKey
from ringfence.base.merkle import HASH_BYTES, root_of

WIDTH: Final = 256
ENTRIES: Final = "entries"
MOST_LEAF_BYTES: Final = 65_535
_LENGTH_BYTES: Final = 2
_HEIGHT: Final = 8


class Objects(Protocol):
    """The part of the object store that holds the logs; what fails there is a Problem 503."""

    async def hold(self) -> None:
        """Returns where the store is this deployment's to change; else raises why not."""
        ...

    async def put(self, path: str, content: bytes) -> None:
        """Stores an object whole, durable when it returns."""
        ...

    async def find(self, path: str) -> bytes | None:
        """The object, or None."""
        ...

    async def delete(self, *paths: str) -> None:
        """Deletes objects; what is not there is no failure."""
        ...

    async def folders(self) -> list[str]:
        """The folder of each log that has an object here."""
        ...

    def paths(self, prefix: str) -> AsyncIterator[str]:
        """The paths below a prefix, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Tile:
    """Tile number `index` of a level, or of the entries, as far as it is filled: `width` of 256."""

    level: int | str
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Whether nothing will be added."""
        return self.width == WIDTH

    @property
    def start(self) -> int:
        """The index of its first hash or entry in its level."""
        return self.index * WIDTH

    def path(self, folder: str) -> str:
        """Where it lies: the number in groups of three digits, all but the last behind an x."""
        whole = f"{folder}/tile/{self.level}/{_grouped(self.index)}"
        return whole if self.is_full else f"{whole}.p/{self.width}"

    def partials(self, folder: str) -> str:
        """What the paths of its partial forms begin with."""
        return f"{folder}/tile/{self.level}/{_grouped(self.index)}.p/"


def tiles_of(level: int, size: int, *, since: int = 0) -> Iterator[Tile]:
    """The tiles of a level that a tree of `size` leaves has beyond one of `since`: new ones and wider ones."""
    before, now = since >> _HEIGHT * level, size >> _HEIGHT * level
    if now > before:
        for index in range(before // WIDTH, -(-now // WIDTH)):
            yield Tile(level, index, min(WIDTH, now - index * WIDTH))


def edge_of(level: int, size: int) -> Tile | None:
    """The partial tile at the right of a level, or None where its last tile is full or there is none."""
    count = size >> _HEIGHT * level
    return Tile(level, count // WIDTH, count % WIDTH) if count % WIDTH else None


def levels_of(size: int) -> range:
    """The levels that a tree of this size has tiles at."""
    return range(-(-max(size.bit_length(), 1) // _HEIGHT))


def joined(hashes: Sequence[bytes]) -> bytes:
    """A tile's bytes."""
    return b"".join(hashes)


def split(tile: bytes, width: int) -> list[bytes] | None:
    """A tile's hashes; None where they are not as many as its path says."""
    if len(tile) != width * HASH_BYTES:
        return None
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def above(tile: Sequence[bytes]) -> bytes:
    """The hash that stands for a full tile at the next level."""
    return root_of(tile)


def pack(entries: Sequence[bytes | None]) -> bytes:
    """A bundle: each entry behind its length; None, which was pruned, has length 0. ValueError for a long one."""
    parts: list[bytes] = []
    for data in entries:
        size = len(data) if data is not None else 0
        if size > MOST_LEAF_BYTES or data == b"":
            raise ValueError("an entry has 1 to 65535 bytes")
        parts.append(size.to_bytes(_LENGTH_BYTES))
        parts.append(data or b"")
    return b"".join(parts)


def unpack(bundle: bytes, width: int) -> list[bytes | None] | None:
    """A bundle's entries; None where it does not hold exactly `width` of them."""
    entries: list[bytes | None] = []
    at = 0
    while at + _LENGTH_BYTES <= len(bundle):
        size = int.from_bytes(bundle[at : at + _LENGTH_BYTES])
        at += _LENGTH_BYTES
        entries.append(bundle[at : at + size] if size else None)
        at += size
    return entries if at == len(bundle) and len(entries) == width else None


def seal_bundle(key: RecordKey, path: str, entries: Sequence[bytes | None]) -> bytes:
    """A bundle as it lies at `path`, where alone it opens."""
    return key.seal(pack(entries), path.encode())


def open_bundle(key: RecordKey, path: str, sealed: bytes, width: int) -> list[bytes | None] | None:
    """The entries of a sealed bundle; None for one that is not what was put there."""
    try:
        return unpack(key.open(sealed, path.encode()), width)
    except InvalidSeal:
        return None


def _grouped(index: int) -> str:
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
