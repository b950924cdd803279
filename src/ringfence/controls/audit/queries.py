"""What was recorded, newest first. Keeps AUD-01. Filters and exports come with the log's own screens (AUD-05).

Proved in tests/promises/test_audit.py and tests/promises/test_acts.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.controls.tenancy import Statement, Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a scope's own log."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    target_kind: str | None
    target_id: UUID | None
    outcome: str
    reason: str | None
    permission: str | None
    request_id: str | None
    address_hash: bytes | None
    network: str | None
    details: dict[str, Any]


_RECENT = Statement(
    "select id, at, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission, request_id, "
    "address_hash, network, details from app.audit_queue order by id desc limit $1",
    Entry,
)


async def recent(tx: Tx, limit: int) -> list[Entry]:
    """The newest entries of the transaction's own scope."""
    return await tx.fetch(_RECENT(limit))
