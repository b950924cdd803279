"""The rows of a log as they stand in its queue, with the index that sealing gave them: one statement each.

Every statement runs in the log's own scope, which row security holds: none of them names a log. Values come as text,
written by the database, for that is what leaves and exports are made of.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from ringfence.base.page import Window
from ringfence.controls.audit.leaf import Columns
from ringfence.controls.tenancy import Bound, Statement, scalar

LATEST: Final = UUID(int=2**128 - 1)
"""Above every id: where reading begins, newest first."""
FREQUENT: Final = frozenset(
    {"auth.exchange", "auth.refresh", "data.read", "run.finished", "run.started", "secret.used"}
)
"""Actions that logs are full of. Every other one is found by an index, which costs these nothing."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# An entry's id is made by a process, its time by the database: between their clocks there may be a day, and no more.
_CLOCKS: Final = timedelta(days=1)
_MILLISECONDS: Final = 48


class Filter(NamedTuple):
    """Which entries; what is None leaves out nothing. `action` ends in `.*` for all of a kind; `until` is exclusive."""

    actor: UUID | None = None
    actor_kind: str | None = None
    action: str | None = None
    target: UUID | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def first_id(self) -> UUID:
        """Below the id of each entry that can be meant."""
        return UUID(int=0) if self.since is None else _id_at(self.since - _EPOCH - _CLOCKS)

    @property
    def last_id(self) -> UUID:
        """Above the id of each entry that can be meant."""
        return LATEST if self.until is None else _id_at(self.until - _EPOCH + _CLOCKS)


class EntryRow(NamedTuple):
    """An entry, each value as text; `number` is its index in the tree, None for the second until it is sealed.

    A tuple, because an export makes tens of thousands a second. `at` is RFC 3339 in UTC with six digits, `details` is
    JSON.
    """

    number: int | None
    id: str
    at: str
    actor_kind: str
    actor_id: str | None
    action: str
    target_kind: str | None
    target_id: str | None
    outcome: str
    reason: str | None
    permission: str | None
    request_id: str | None
    address_hash: str | None
    network: str | None
    details: str


class SealedRow(NamedTuple):
    """A leaf: its index and hash as sealed, and the entry's columns as they stand now; None, where it is gone."""

    number: int
    leaf_hash: bytes
    is_pruned: bool
    columns: Columns | None


class KeptNote(NamedTuple):
    """A checkpoint that was published and is kept."""

    size: int
    note: str


def _sealed(*row: Any) -> SealedRow:  # noqa: ANN401 - as SQL gives them
    (number, leaf_hash, is_pruned), columns = row[:3], cast("Columns", row[3:])
    return SealedRow(number, leaf_hash, is_pruned, None if row[3] is None else columns)


_ALL = Statement(
    "select s.index, q.id::text, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, "
    "q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, "
    "encode(q.address_hash, 'hex'), q.network, q.details::text from app.audit_queue q "
    "left join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id "
    "where q.id < $1 and q.id >= $2 "
    "and ($3::timestamptz is null or q.at >= $3) and ($4::timestamptz is null or q.at < $4) "
    "and ($5::text is null or q.actor_kind = $5) and ($6::text is null or q.action = $6) "
    "and ($7::text is null or starts_with(q.action, $7)) and ($8::text is null or q.outcome = $8) "
    "and ($9::uuid is null or q.actor_id = $9) "
    "order by q.id desc limit $10",
    EntryRow,
)
_OF_ACTOR = Statement(
    "select s.index, q.id::text, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, "
    "q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, "
    "encode(q.address_hash, 'hex'), q.network, q.details::text from app.audit_queue q "
    "left join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id "
    "where q.id < $1 and q.id >= $2 "
    "and ($3::timestamptz is null or q.at >= $3) and ($4::timestamptz is null or q.at < $4) "
    "and ($5::text is null or q.actor_kind = $5) and ($6::text is null or q.action = $6) "
    "and ($7::text is null or starts_with(q.action, $7)) and ($8::text is null or q.outcome = $8) "
    "and q.actor_id = $9 "
    "order by q.id desc limit $10",
    EntryRow,
)
_OF_TARGET = Statement(
    "select s.index, q.id::text, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, "
    "q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, "
    "encode(q.address_hash, 'hex'), q.network, q.details::text from app.audit_queue q "
    "left join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id "
    "where q.id < $1 and q.id >= $2 "
    "and ($3::timestamptz is null or q.at >= $3) and ($4::timestamptz is null or q.at < $4) "
    "and ($5::text is null or q.actor_kind = $5) and ($6::text is null or q.action = $6) "
    "and ($7::text is null or starts_with(q.action, $7)) and ($8::text is null or q.outcome = $8) "
    "and ($9::uuid is null or q.actor_id = $9) and q.target_id = $11 "
    "order by q.id desc limit $10",
    EntryRow,
)
_REFUSED = Statement(
    "select s.index, q.id::text, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, "
    "q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, "
    "encode(q.address_hash, 'hex'), q.network, q.details::text from app.audit_queue q "
    "left join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id "
    "where q.id < $1 and q.id >= $2 "
    "and ($3::timestamptz is null or q.at >= $3) and ($4::timestamptz is null or q.at < $4) "
    "and ($5::text is null or q.actor_kind = $5) and ($6::text is null or q.action = $6) "
    "and ($7::text is null or starts_with(q.action, $7)) and q.outcome <> 'success' and q.outcome = $8 "
    "and ($9::uuid is null or q.actor_id = $9) "
    "order by q.id desc limit $10",
    EntryRow,
)
_RARE = Statement(
    "select s.index, q.id::text, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, "
    "q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, "
    "encode(q.address_hash, 'hex'), q.network, q.details::text from app.audit_queue q "
    "left join app.audit_sealed s on s.scope_id = q.scope_id and s.entry_id = q.id "
    "where q.id < $1 and q.id >= $2 "
    "and ($3::timestamptz is null or q.at >= $3) and ($4::timestamptz is null or q.at < $4) "
    "and ($5::text is null or q.actor_kind = $5) and q.action = $6 and q.action not in ('auth.exchange', "
    "'auth.refresh', 'data.read', 'run.finished', 'run.started', 'secret.used') "
    "and ($7::text is null or starts_with(q.action, $7)) and ($8::text is null or q.outcome = $8) "
    "and ($9::uuid is null or q.actor_id = $9) "
    "order by q.id desc limit $10",
    EntryRow,
)
_SEALED = Statement(
    "select s.index, s.leaf_hash, s.index < l.pruned_to, q.id::text, "
    "to_char(q.at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), q.actor_kind, q.actor_id::text, q.action, "
    "q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, encode(q.address_hash, 'hex'), "
    "q.network, q.details::text from app.audit_sealed s "
    "join app.audit_log l on l.scope = s.scope and l.scope_id = s.scope_id "
    "left join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id "
    "where s.index >= $1 and s.index < $2 order by s.index",
    _sealed,
)
_CHECKPOINTS = Statement("select size, note from app.audit_checkpoint where size < $1 order by size", KeptNote)
_KNOWN = Statement("select id from app.audit_queue where id = $1", scalar)
OWNED = Statement(
    "select org_id from app.directory where org_id = $1 "
    "union all select org_id from app.erased_organization where org_id = $1",
    scalar,
)
"""In a partner's scope: the organization, if it is or was one of this partner's."""


def find(wanted: Filter, window: Window) -> Bound[EntryRow]:
    """The window's entries and one more, newest first."""
    return entries(wanted, before=LATEST if window.before is None else window.before, most=window.limit + 1)


def entries(wanted: Filter, *, before: UUID, most: int) -> Bound[EntryRow]:
    """The newest entries before that id, by the index that leaves out most."""
    exact, kind = wanted.action, None
    if exact is not None and exact.endswith("*"):
        exact, kind = None, exact[:-1]
    params: tuple[Any, ...] = (
        min(before, wanted.last_id), wanted.first_id, wanted.since, wanted.until, wanted.actor_kind, exact, kind,
        wanted.outcome, wanted.actor, most,
    )  # fmt: skip
    if wanted.target is not None:
        return _OF_TARGET(*params, wanted.target)
    if wanted.actor is not None:
        return _OF_ACTOR(*params)
    if exact is not None and exact not in FREQUENT:
        return _RARE(*params)
    return _REFUSED(*params) if wanted.outcome not in {None, "success"} else _ALL(*params)


def leaves(start: int, end: int) -> Bound[SealedRow]:
    """The leaves from `start` to before `end`, with the entries behind them."""
    return _SEALED(start, end)


def kept(below: int) -> Bound[KeptNote]:
    """The checkpoints of smaller sizes, in their order."""
    return _CHECKPOINTS(below)


def known(entry_id: UUID) -> Bound[UUID]:
    """The id, where the log has an entry of it, sealed or not."""
    return _KNOWN(entry_id)


def _id_at(since_epoch: timedelta) -> UUID:
    """The smallest id of that moment, or the nearest there is."""
    milliseconds = since_epoch // timedelta(milliseconds=1)
    return UUID(int=min(max(milliseconds, 0), 2**_MILLISECONDS - 1) << 80)
