"""Merkle trees of RFC 6962 section 2.1 (RFC 9162 section 2.1): hashes, compact ranges, proofs and their verification.

A tree is the list of its leaf hashes; every function here speaks of hashes (32 bytes), never of leaf data, but
`leaf_hash`. Proofs are described as spans of leaves, so that whoever holds subtree hashes need not read the leaves.
An empty tree has a root, `EMPTY_ROOT`, and nothing can be proved of it: neither inclusion nor consistency from size 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256 as _sha256
from typing import Self, final

from ringfence.base.crypto import equal

HASH_BYTES = 32
EMPTY_ROOT = _sha256(b"").digest()
"""The hash of no data (RFC 6962 section 2.1)."""
_LEAF = b"\x00"
_NODE = b"\x01"
_NEVER = 64
"""A height that no tree has."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's data; its prefix keeps a node from being passed off as a leaf."""
    return _sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, side by side."""
    return _sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Formed:
    """A perfect subtree over 2^height leaves, the `index`-th of its height."""

    height: int
    index: int
    hash: bytes


@final
class CompactRange:
    """The first `size` leaves as the roots of their perfect subtrees, left to right: log2(size) hashes.

    Whoever holds it appends leaves and knows each new root without having seen the leaves again.
    """

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if size < 0 or len(self.hashes) != size.bit_count() or any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("a compact range has one hash of 32 bytes for each set bit of its size")

    @classmethod
    def parse(cls, size: int, data: bytes) -> Self:
        """The range as `encode` wrote it; ValueError where the number of hashes is not the size's."""
        if len(data) % HASH_BYTES:
            raise ValueError("hashes have 32 bytes")
        return cls(size, (data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))

    def encode(self) -> bytes:
        """The hashes one after another, left to right."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> None:
        """Takes one more leaf hash in."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Takes more leaf hashes in, in their order."""
        self.grow(leaves, every=_NEVER)

    def grow(self, leaves: Iterable[bytes], *, every: int) -> "list[Formed]":
        """The same; gives the perfect subtrees that are full now and whose height is a multiple of `every`."""
        formed: list[Formed] = []
        hashes, size, digest = self.hashes, self.size, _sha256
        for leaf in leaves:
            carried, bits, height = leaf, size, 0
            while bits & 1:
                carried = digest(_NODE + hashes.pop() + carried).digest()
                bits >>= 1
                height += 1
                if height % every == 0:
                    formed.append(Formed(height, size >> height, carried))
            hashes.append(carried)
            size += 1
        self.size = size
        return formed

    def root(self) -> bytes:
        """The root of the tree of these leaves."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> "CompactRange":
        """The same range, to go on from."""
        return CompactRange(self.size, self.hashes)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in memory for the logarithm of their number."""
    tree = CompactRange()
    tree.extend(leaves)
    return tree.root()


@dataclass(frozen=True, slots=True)
class Span:
    """The leaves from `start` to before `end` that one subtree of a tree stands over."""

    start: int
    end: int

    def __len__(self) -> int:
        """How many leaves."""
        return self.end - self.start


def prefix_spans(size: int) -> list[Span]:
    """The perfect subtrees of the first `size` leaves, left to right: those of its compact range."""
    spans: list[Span] = []
    start = 0
    for bit in range(size.bit_length() - 1, -1, -1):
        if size >> bit & 1:
            spans.append(Span(start, start + (1 << bit)))
            start += 1 << bit
    return spans


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove the leaf (RFC 9162 section 2.1.3.1), from the leaf upwards.

    ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError("a leaf is proved in a tree that holds it")
    path: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(start, middle))
            start = middle
    return path[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The subtrees whose hashes prove that the first `old` leaves are unchanged (RFC 9162 section 2.1.4.1), upwards.

    ValueError unless 0 < old <= new: of an empty tree nothing is proved.
    """
    if not 0 < old <= new:
        raise ValueError("consistency is proved from a tree with leaves to one that is no smaller")
    path: list[Span] = []
    start, end = 0, new
    is_whole = True
    while end - start != old - start:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(start, middle))
            start, is_whole = middle, False
    # The old tree itself needs no hash in its proof: its root is what the verifier already has.
    if not is_whole:
        path.append(Span(start, end))
    return path[::-1]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that the leaf at `index` is in the tree of these leaf hashes."""
    return [root_of(leaves[span.start : span.end]) for span in inclusion_spans(index, len(leaves))]


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that the tree of these leaf hashes goes on from that of its first `old`."""
    return [root_of(leaves[span.start : span.end]) for span in consistency_spans(old, len(leaves))]


def verifies_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf hash at `index` of the tree with this root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, computed = index, size - 1, leaf
    for hashed in proof:
        if last == 0 or len(hashed) != HASH_BYTES:
            return False
        if at & 1 or at == last:
            computed = node_hash(hashed, computed)
            at, last = _past_zeros(at, last)
        else:
            computed = node_hash(computed, hashed)
        at, last = at >> 1, last >> 1
    return last == 0 and equal(computed, root)


def verifies_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the newer tree goes on from the older (RFC 9162 section 2.1.4.2); never from 0."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and equal(old_root, new_root)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    # A perfect older tree is itself the first subtree of the path.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path or any(len(hashed) != HASH_BYTES for hashed in path):
        return False
    older = newer = path[0]
    for hashed in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older, newer = node_hash(hashed, older), node_hash(hashed, newer)
            at, last = _past_zeros(at, last)
        else:
            newer = node_hash(newer, hashed)
        at, last = at >> 1, last >> 1
    is_old, is_new = equal(older, old_root), equal(newer, new_root)
    return last == 0 and is_old and is_new


def _past_zeros(at: int, last: int) -> tuple[int, int]:
    """Up the levels at which a right-most subtree has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 divides a tree."""
    return 1 << (size - 1).bit_length() - 1
