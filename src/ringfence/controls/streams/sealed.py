"""Keeps AUD-05. A sealed entry, as a stream carries it: with its place in the log, the hash of its leaf and its bytes.

Proved in tests/promises/test_audit_streams.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from ringfence.controls.audit import leaf
from ringfence.controls.tenancy import Statement


@dataclass(frozen=True, slots=True)
class Sealed:
    """One entry of a log; ids, hashes and times as text, as the leaf has them, but for `at` and `sealed_at`."""

    index: int
    leaf_hash: bytes
    leaf: bytes
    sealed_at: datetime
    at: datetime
    id: str
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
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a log; without an entry where that left the log after its year."""

    index: int
    sealed_at: datetime
    entry: Sealed | None


def _place(
    log: str, index: int, leaf_hash: bytes, sealed_at: datetime, at: datetime | None, *columns: str | None
) -> Place:
    if at is None:
        return Place(index, sealed_at, None)
    said = cast("leaf.Columns", columns)
    data = leaf.leaf_data(log, index, said)
    entry_id, _at, actor_kind, actor_id, action, *rest, details = said
    target_kind, target_id, outcome, reason, permission, request_id, address_hash, network = rest
    return Place(
        index,
        sealed_at,
        Sealed(
            index,
            leaf_hash,
            data,
            sealed_at,
            at,
            entry_id,
            actor_kind,
            actor_id,
            action,
            target_kind,
            target_id,
            outcome or "",
            reason,
            permission,
            request_id,
            address_hash,
            network,
            leaf.details_of(details),
        ),
    )


BETWEEN = Statement(
    """
select s.scope || '/' || s.scope_id::text, s.index, s.leaf_hash, s.sealed_at, q.at, q.id::text,
  to_char(q.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), q.actor_kind, q.actor_id::text, q.action,
  q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id, encode(q.address_hash, 'hex'),
  q.network, q.details::text
from app.audit_sealed s
left join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id
where s.index >= $1 and s.index < $2 order by s.index
""",
    _place,
)
"""The places from the first index to before the second, of the log of the transaction's scope."""
