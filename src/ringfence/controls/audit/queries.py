"""What was recorded, newest first. Keeps AUD-01. Filters and exports come with the log's own screens (AUD-05).

Proved in tests/promises/test_audit.py and tests/promises/test_acts.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.controls.tenancy import PlatformTx, Statement, Tx


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
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefusedLogin:
    """Refusals of one minute, for one reason, from one address."""

    minute: datetime
    reason: str
    address_hash: bytes
    count: int


_RECENT = Statement(
    "select id, at, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission, request_id, "
    "address_hash, details from app.audit_queue order by id desc limit $1",
    Entry,
)
_REFUSED = Statement(
    "select minute, reason, address_hash, count from app.refused_login order by minute desc, reason limit $1",
    RefusedLogin,
)


async def recent(tx: Tx, limit: int) -> list[Entry]:
    """The newest entries of the transaction's own scope."""
    return await tx.fetch(_RECENT(limit))


async def refused_logins(tx: PlatformTx, limit: int) -> list[RefusedLogin]:
    """The newest refusals of unproven log-ins."""
    return await tx.fetch(_REFUSED(limit))
