"""The functions that publish and prune the audit log's trees: owned by ringfence_seal, asked in the platform's scope.

Keeps AUD-04. Of an entry they read its id, its index and its time; what they write are heads, leases and what a store
gave back (`gate.seal_*` of 0024_audit_publication.sql). Pinned by tests/attacks/test_gate.py.
"""

from dataclasses import dataclass
from uuid import UUID

from ringfence.controls.tenancy.statement import Bound, Statement, scalar


@dataclass(frozen=True, slots=True)
class LogRow:
    """Which log."""

    scope: str
    scope_id: UUID


@dataclass(frozen=True, slots=True)
class UnenteredRow:
    """A published checkpoint that the instance tree has no leaf of."""

    scope: str
    scope_id: UUID
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """A log that is published no more, and why: `fork` or `altered`."""

    scope: str
    scope_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Unpublished:
    """How many logs have a leaf that waits for its publication, and since when the oldest does, in seconds."""

    waiting: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint as it is shown: the signed note, and what it says."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Grown:
    """What a tree of `expected` leaves becomes: more leaf hashes, its new head, and the subtrees that are full now."""

    expected: int
    hashes: list[bytes]
    root: bytes
    frontier: bytes
    node_levels: list[int]
    node_indices: list[int]
    node_hashes: list[bytes]


_CLAIM = Statement("select scope, scope_id from gate.seal_claim($1, $2, $3, $4)", LogRow)
_CLAIM_ONE = Statement("select gate.seal_claim_one($1, $2, $3, $4)", scalar)
_RELEASE = Statement("select gate.seal_release($1, $2, $3)", scalar)
_PUBLISHED = Statement("select gate.seal_published($1, $2, $3, $4, $5, $6)", scalar)
_TO_ENTER = Statement("select scope, scope_id, size, note from gate.seal_to_enter($1)", UnenteredRow)
_ENTER = Statement("select gate.seal_enter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", scalar)
_STOP = Statement("select gate.seal_stop($1, $2, $3)", scalar)
_RESUME = Statement("select gate.seal_resume($1, $2, $3, $4, $5)", scalar)
_STOPPED = Statement("select scope, scope_id, why from gate.seal_stopped()", StoppedRow)
_UNPUBLISHED = Statement("select waiting, oldest from gate.seal_unpublished($1)", Unpublished)
_LOGS = Statement("select scope, scope_id from gate.seal_logs($1, $2, $3)", LogRow)
_REPLAY = Statement("select gate.seal_replay($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", scalar)
_PRUNABLE = Statement("select scope, scope_id from gate.seal_prunable($1)", LogRow)
_PRUNE = Statement("select gate.seal_prune($1, $2, $3, $4)", scalar)
_CLEANED = Statement("select gate.seal_cleaned($1, $2, $3)", scalar)
_EXPIRE = Statement("select gate.seal_expire()", scalar)


def claim(holder: UUID, *, seconds: float, idle_seconds: float, most: int) -> Bound[LogRow]:
    """Leases logs that grew and were not published for `idle_seconds`, each for `seconds`."""
    return _CLAIM(holder, seconds, idle_seconds, most)


def claim_one(scope: str, scope_id: UUID, holder: UUID, *, seconds: float) -> Bound[int]:
    """Leases one log, or prolongs the lease; 0 while somebody else has it, or where there is none."""
    return _CLAIM_ONE(scope, scope_id, holder, seconds)


def release(scope: str, scope_id: UUID, holder: UUID) -> Bound[int]:
    """Hands a lease back."""
    return _RELEASE(scope, scope_id, holder)


def published(scope: str, scope_id: UUID, holder: UUID, shown: Shown) -> Bound[int]:
    """Records a checkpoint and ends the lease; 0 where the lease was lost or the log was stopped."""
    return _PUBLISHED(scope, scope_id, holder, shown.size, shown.root, shown.note)


def to_enter(most: int) -> Bound[UnenteredRow]:
    """Checkpoints for the instance tree, the longest published first."""
    return _TO_ENTER(most)


def enter(grown: Grown, rows: list[UnenteredRow], texts: list[str]) -> Bound[int]:
    """Appends leaves, the text of each row's note; 0 where somebody was first."""
    return _ENTER(
        grown.expected,
        [row.scope for row in rows],
        [row.scope_id for row in rows],
        [row.size for row in rows],
        texts,
        grown.hashes,
        grown.root,
        grown.frontier,
        grown.node_levels,
        grown.node_indices,
        grown.node_hashes,
    )


def stop(scope: str, scope_id: UUID, why: str) -> Bound[int]:
    """Stops the publication of a log, `fork` or `altered`; 0 where it was stopped already."""
    return _STOP(scope, scope_id, why)


def resume(scope: str, scope_id: UUID, *, size: int, published: int, from_index: int) -> Bound[int]:
    """Lets a stopped log go on, and enters that into it and into the platform's; 0 where it is of other sizes."""
    return _RESUME(scope, scope_id, size, published, from_index)


def stopped() -> Bound[StoppedRow]:
    """Every log that was stopped."""
    return _STOPPED()


def unpublished(seconds: float) -> Bound[Unpublished]:
    """Logs with a leaf that was sealed longer ago than this and is not published."""
    return _UNPUBLISHED(seconds)


def logs(after: tuple[str, UUID], *, most: int) -> Bound[LogRow]:
    """The next logs in the order of scope and id."""
    return _LOGS(after[0], after[1], most)


def replay(  # noqa: PLR0913 - which tree, and what it gets back from whom
    scope: str, scope_id: UUID, grown: Grown, holder: UUID, entry_ids: list[UUID], leaves: list[bytes]
) -> Bound[int]:
    """Puts entries back that the store has and the database lost, out of their leaves, and enters that it was done.

    An empty leaf stands for an entry that is gone. 0 where the tree is of another size; the database refuses (22023) a
    leaf that does not have its hash, or that names another log, index or id.
    """
    return _REPLAY(
        scope,
        scope_id,
        grown.expected,
        holder,
        entry_ids,
        grown.hashes,
        leaves,
        grown.root,
        grown.frontier,
        grown.node_levels,
        grown.node_indices,
        grown.node_hashes,
    )


def prunable(most: int) -> Bound[LogRow]:
    """Logs that hold an entry older than a year, or whose store does."""
    return _PRUNABLE(most)


def prune(scope: str, scope_id: UUID, holder: UUID, *, most: int) -> Bound[int | None]:
    """Deletes what is older than a year; gives up to which index the log is pruned, None without the lease."""
    return _PRUNE(scope, scope_id, holder, most)


def cleaned(scope: str, scope_id: UUID, upto: int) -> Bound[int]:
    """Records that the store holds no pruned entry below this index."""
    return _CLEANED(scope, scope_id, upto)


def expire() -> Bound[int]:
    """Deletes refused log-ins after a year and thins older checkpoints to one a day."""
    return _EXPIRE()
