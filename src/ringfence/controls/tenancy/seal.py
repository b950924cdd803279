"""The functions that write the audit log's trees: owned by ringfence_seal, asked in the platform's scope alone.

Keeps AUD-02. They read entries of every log, which hold identifiers and closed words and no content. The list here, the
functions `gate.seal_*` and their callers are pinned by tests/attacks/test_gate.py.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from ringfence.controls.tenancy.statement import Bound, Statement, scalar

NOBODY = str(UUID(int=0))
"""As the cursor's id: no entry of an earlier transaction is left."""


@dataclass(frozen=True, slots=True)
class Due:
    """Whether there is anything to seal, and what tells whether the database is the one that it was."""

    is_due: bool
    system_identifier: int
    timeline: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A round that holds the lock: entries of transactions below `bound` are final.

    `resume_at` is there while the whole queue is walked; `has_moved` where that is because the database moved to
    another cluster, and `walked` how many entries the walk has sealed so far.
    """

    bound: str
    resume_at: str | None
    has_moved: bool
    walked: int


class Waiting(NamedTuple):
    """An entry of the queue in its place; `columns` are those that a leaf is made of, as text (audit.leaf.Columns)."""

    xid: str
    is_sealed: bool
    scope: str
    scope_id: str
    columns: tuple[Any, ...]

    @property
    def id(self) -> str:
        """The entry's own id."""
        return self.columns[0]


def _waiting(xid: str, is_sealed: Any, scope: str, scope_id: str, *columns: Any) -> Waiting:  # noqa: ANN401 - as SQL gives them
    return Waiting(xid, is_sealed, scope, scope_id, columns)


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """The compact range of a log."""

    scope: str
    scope_id: str
    size: int
    frontier: bytes


@dataclass(frozen=True, slots=True)
class Lag:
    """How many entries wait for longer than was asked, at most a thousand, and the oldest one's age in seconds."""

    waiting: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Heads:
    """The logs that grow, each by its place in these lists, from 1."""

    scopes: list[str]
    scope_ids: list[str]
    sizes: list[int]
    roots: list[bytes]
    frontiers: list[bytes]


@dataclass(frozen=True, slots=True)
class Leaves:
    """The entries that are sealed: in which log, as which leaf."""

    logs: list[int]
    indices: list[int]
    entry_ids: list[str]
    hashes: list[bytes]


@dataclass(frozen=True, slots=True)
class Nodes:
    """The roots of the subtrees of 256^level leaves that are full now."""

    logs: list[int]
    levels: list[int]
    indices: list[int]
    hashes: list[bytes]


_DUE = Statement("select is_due, system_identifier, timeline, rounds from gate.seal_due()", Due)
_OPEN = Statement("select bound::text, resume_at::text, has_moved, walked from gate.seal_open()", Opened)
_ROWS = Statement(
    "select xid::text, is_sealed, scope, scope_id::text, id::text, at, actor_kind, actor_id, action, target_kind, "
    "target_id, outcome, reason, permission, request_id, address_hash, network, details "
    "from gate.seal_rows($1::text::xid8, $2)",
    _waiting,
)
_FRONTIERS = Statement("select scope, scope_id::text, size, frontier from gate.seal_frontiers($1)", FrontierRow)
_APPEND = Statement(
    "select gate.seal_append($1::text::xid8, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)", scalar
)
_LAG = Statement("select waiting, oldest from gate.seal_lag($1)", Lag)


def due() -> Bound[Due]:
    """One row, without a lock."""
    return _DUE()


def open() -> Bound[Opened]:  # noqa: A001 - said as seal.open, like vault.open
    """Takes the lock until the transaction ends; no row where another holds it."""
    return _OPEN()


def rows(bound: str, *, most: int) -> Bound[Waiting]:
    """The next entries in the order (transaction, id), final all of them; what is sealed already among them."""
    return _ROWS(bound, most)


def frontiers(scope_ids: list[str]) -> Bound[FrontierRow]:
    """The compact ranges of these logs; one without a leaf is missing."""
    return _FRONTIERS(scope_ids)


def append(to_xid: str, to_id: str, *, heads: Heads, leaves: Leaves, nodes: Nodes) -> Bound[int]:
    """Appends the leaves and moves the cursor; the database refuses (22023) to leave an entry or an index out."""
    return _APPEND(
        to_xid,
        to_id,
        heads.scopes,
        heads.scope_ids,
        heads.sizes,
        heads.roots,
        heads.frontiers,
        leaves.logs,
        leaves.indices,
        leaves.entry_ids,
        leaves.hashes,
        nodes.logs,
        nodes.levels,
        nodes.indices,
        nodes.hashes,
    )


def lag(seconds: float) -> Bound[Lag]:
    """Entries that wait for longer than this, of every log."""
    return _LAG(seconds)
