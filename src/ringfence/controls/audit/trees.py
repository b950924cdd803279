"""The trees of the log, read: heads, leaves, and proofs in bounded memory. Keeps AUD-02, AUD-04.

Everything here is asked inside one log's own scope. A proof over ten million leaves reads some thousand hashes: those
of the perfect subtrees of 256, 256^2 ... leaves that the sealer keeps. Proved in tests/controls/test_audit_trees.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.base import merkle
from ringfence.base.merkle import CompactRange, Span
from ringfence.controls.audit.leaf import leaf_data
from ringfence.controls.tenancy import Bound, Statement, Tx, scalar

NODE_HEIGHT = 8
"""Subtrees are kept at every eighth height, as tiles are."""


class DamagedTree(Exception):  # noqa: N818 - what it names is the tree
    """Hashes that must be there are not: somebody deleted them past every grant and trigger."""


@dataclass(frozen=True, slots=True)
class Head:
    """A log as it is sealed, and what was published of it."""

    size: int
    root: bytes
    sealed_at: datetime
    published_size: int
    published_root: bytes | None
    checkpoint: str | None
    published_at: datetime | None
    pruned_to: int


@dataclass(slots=True)
class SealedEntry:
    """A leaf: its data, encoded anew from the queue's row, so that an edit there shows; None once it was pruned."""

    index: int
    data: bytes | None
    leaf_hash: bytes


def _entry(index: int, leaf_hash: bytes, log: str, *columns: Any) -> SealedEntry:  # noqa: ANN401 - as SQL gives them
    data = leaf_data(log, index, columns) if columns[0] is not None else None
    return SealedEntry(index, data, leaf_hash)


_HEAD = Statement(
    "select size, root, sealed_at, published_size, published_root, checkpoint, published_at, pruned_to "
    "from app.audit_log",
    Head,
)
_LEAVES = Statement("select leaf_hash from app.audit_sealed where index >= $1 and index < $2 order by index", scalar)
_NODES = Statement(
    "select hash from app.audit_node where level = $1 and index >= $2 and index < $3 order by index", scalar
)
_ENTRIES = Statement(
    """
select s.index, s.leaf_hash, s.scope || '/' || s.scope_id, q.id::text,
  to_char(q.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), q.actor_kind, q.actor_id::text, q.action,
  q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, encode(q.address_hash, 'hex'),
  q.network, q.details::text
from app.audit_sealed s
left join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id
where s.index >= $1 and s.index < $2 order by s.index
""",
    _entry,
)
_INDEX = Statement("select index from app.audit_sealed where entry_id = $1", scalar)


async def head(tx: Tx) -> Head | None:
    """The head of this scope's log; None before its first entry is sealed."""
    return await tx.find(_HEAD())


async def index_of(tx: Tx, entry_id: UUID) -> int | None:
    """Which leaf an entry is; None while it is not sealed, and for an entry of another log."""
    return await tx.find(_INDEX(entry_id))


async def leaf_hashes(tx: Tx, start: int, end: int) -> list[bytes]:
    """The hashes of the leaves from `start` to before `end`, as sealed; fewer where the log ends before."""
    return await tx.fetch(_LEAVES(start, end))


async def entries(tx: Tx, start: int, end: int) -> list[SealedEntry]:
    """The leaves from `start` to before `end`, in their order; fewer where the log ends before."""
    return await tx.fetch(entries_of(start, end))


def entries_of(start: int, end: int) -> Bound[SealedEntry]:
    """The statement of `entries`, for whoever sends several at once."""
    return _ENTRIES(start, end)


async def root(tx: Tx, size: int) -> bytes:
    """The root of the first `size` leaves; ValueError for none."""
    return (await prefix(tx, size)).root()


async def prefix(tx: Tx, size: int) -> CompactRange:
    """The compact range of the first `size` leaves."""
    return CompactRange(size, await subtrees(tx, merkle.prefix_spans(size)))


async def inclusion(tx: Tx, index: int, size: int) -> list[bytes]:
    """The proof that the leaf at `index` is in the tree of the first `size`; ValueError unless 0 <= index < size."""
    return await subtrees(tx, merkle.inclusion_spans(index, size))


async def consistency(tx: Tx, old: int, new: int) -> list[bytes]:
    """The proof that the first `new` leaves go on from the first `old`; ValueError unless 0 < old <= new."""
    return await subtrees(tx, merkle.consistency_spans(old, new))


async def subtrees(tx: Tx, spans: Iterable[Span]) -> list[bytes]:
    """The hash of each of these subtrees, in one round trip; DamagedTree where the log does not hold them."""
    wanted = list(spans)
    pieces = [_perfect(span) for span in wanted]
    flat = [piece for each in pieces for piece in each]
    if not flat:
        return []
    answers = iter(zip(flat, await tx.pipeline(*(_hashes(piece) for piece in flat)), strict=True))
    hashes: list[bytes] = []
    for span, parts in zip(wanted, pieces, strict=True):
        perfect = [_checked(*next(answers)) for _ in parts]
        hashes.append(CompactRange(len(span), perfect).root())
    return hashes


def _perfect(span: Span) -> list[Span]:
    return [Span(span.start + part.start, span.start + part.end) for part in merkle.prefix_spans(len(span))]


def _level(piece: Span) -> int:
    """The highest level whose subtrees fit into this one of 2^n leaves."""
    return (len(piece).bit_length() - 1) // NODE_HEIGHT


def _hashes(piece: Span) -> Bound[bytes]:
    level = _level(piece)
    shift = level * NODE_HEIGHT
    if not level:
        return _LEAVES(piece.start, piece.end)
    return _NODES(level, piece.start >> shift, piece.end >> shift)


def _checked(piece: Span, hashes: list[bytes]) -> bytes:
    if len(hashes) != len(piece) >> _level(piece) * NODE_HEIGHT:
        raise DamagedTree(f"leaves {piece.start} to {piece.end}")
    return merkle.root_of(hashes)
