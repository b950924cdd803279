"""The closed list of look-ups across organizations; each returns ids only. Keeps TEN-04.

The list here, the functions of schema `gate` and their callers are pinned by tests/attacks/test_gate.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId, RunId, UserId
from ringfence.controls.tenancy.context import PlatformScope
from ringfence.controls.tenancy.database import Database
from ringfence.controls.tenancy.statement import Bound, Statement, scalar


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that this process now holds."""

    org_id: OrgId
    run_id: RunId
    partner_id: PartnerId
    user_id: UserId
    attempt: int


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run whose lease was extended."""

    run_id: RunId
    attempt: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class InvalidationRow:
    """Something that must take effect at once; all but the horizon are None when there is nothing new."""

    kind: str | None
    subject_id: UUID | None
    at: datetime | None
    id: UUID | None
    next_horizon: str


@dataclass(frozen=True, slots=True)
class PendingDestruction:
    """A key that must be destroyed: the organization's, or one of its users'."""

    scope_id: UUID
    id: UUID
    org_id: OrgId
    user_id: UserId | None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A message that this process now has to send; its payload is read and opened in its own scope."""

    scope: str
    scope_id: UUID
    id: UUID
    partner_id: PartnerId | None
    user_id: UserId | None
    kind: str
    attempt: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What became of a message: ids, codes and times."""

    scope: str
    scope_id: UUID
    id: UUID
    kind: str
    status: str
    attempts: int
    last_error: str | None
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LapsedRuns:
    """Runs whose lease ran out too long ago, by whether they had begun; and how many leases there are at all."""

    active: int
    queued: int
    all_leases: int


LAPSED = Statement("select active, queued, all_leases from gate.lapsed_runs($1)", LapsedRuns)
"""As `lapsed_runs`, for a transaction in which a probe planted one."""
_PARTNER_OF_ISSUER = Statement("select gate.partner_of_issuer($1)", scalar)
_PARTNER_OF_API_KEY = Statement("select gate.partner_of_api_key($1)", scalar)
_PARTNER_OF_AGENT = Statement("select gate.partner_of_agent($1)", scalar)
_PARTNER_OF_ORGANIZATION = Statement("select gate.partner_of_organization($1)", scalar)
_CLAIM = Statement(
    "select org_id, run_id, partner_id, user_id, attempt from gate.claim_runs($1, $2, $3, $4)", ClaimedRun
)
_EXTEND = Statement("select run_id, attempt, is_cancelled from gate.extend_leases($1, $2, $3)", HeldRun)
_RELEASE = Statement("select gate.release_leases($1)", scalar)
_SINCE = Statement(
    "select kind, subject_id, at, id, next_horizon::text from gate.invalidations_since($1::text::xid8)", InvalidationRow
)
PENDING = Statement("select scope_id, id, org_id, user_id from gate.pending_key_destructions($1)", PendingDestruction)
"""As `pending_key_destructions`, for a transaction in which a probe planted one."""
_FINISH = Statement("select gate.finish_key_destruction($1, $2)", scalar)
_EXPIRE = Statement("select gate.expire()", scalar)
_CLAIM_DELIVERIES = Statement(
    "select scope, scope_id, id, partner_id, user_id, kind, attempt from gate.claim_deliveries($1, $2, $3)",
    ClaimedDelivery,
)
_END_DELIVERY = Statement("select gate.end_delivery($1, $2, $3, $4)", scalar)
_DEFER_DELIVERY = Statement("select gate.defer_delivery($1, $2, $3, $4, $5, $6)", scalar)
_REPLAY_DELIVERY = Statement("select gate.replay_delivery($1)", scalar)
_DELIVERIES = Statement(
    "select scope, scope_id, id, kind, status, attempts, last_error, created_at, next_at, ended_at "
    "from gate.deliveries($1, $2)",
    DeliveryRow,
)
_EXPIRE_DELIVERIES = Statement("select gate.expire_deliveries()", scalar)


async def partner_of_issuer(database: Database, issuer: str) -> PartnerId | None:
    """The partner that the operator gave this issuer."""
    return await _one(database, _PARTNER_OF_ISSUER(issuer))


async def partner_of_api_key(database: Database, key_id: UUID) -> PartnerId | None:
    """The partner that an API key's public id belongs to."""
    return await _one(database, _PARTNER_OF_API_KEY(key_id))


async def partner_of_agent(database: Database, agent_id: UUID) -> PartnerId | None:
    """The partner of an agent that a frame's address names."""
    return await _one(database, _PARTNER_OF_AGENT(agent_id))


async def partner_of_organization(database: Database, org_id: OrgId) -> PartnerId | None:
    """The partner above an organization that a refresh token names."""
    return await _one(database, _PARTNER_OF_ORGANIZATION(org_id))


async def claim_runs(
    database: Database, holder: UUID, *, seconds: float, most: int, share: int = 2**31 - 1
) -> list[ClaimedRun]:
    """Takes over due runs, at most `most`, each leased for `seconds`; organizations take turns.

    New ones of an organization only while fewer than `share` of its runs are held, whoever holds them.
    """
    return (await database.write(PlatformScope(), _CLAIM(holder, seconds, most, share)))[0]


async def extend_leases(
    database: Database, holder: UUID, *, seconds: float, executed: Collection[RunId]
) -> list[HeldRun]:
    """Extends this holder's leases of the runs that it executes; one that is missing in the answer is lost."""
    return (await database.write(PlatformScope(), _EXTEND(holder, seconds, list(executed))))[0]


async def lapsed_runs(database: Database, *, seconds: float) -> LapsedRuns:
    """How many runs wait to be taken over for longer than this, over all organizations."""
    return (await database.read(PlatformScope(), LAPSED(seconds)))[0][0]


async def release_leases(database: Database, holder: UUID) -> int:
    """Hands every run of this holder over; gives how many."""
    return (await database.write(PlatformScope(), _RELEASE(holder)))[0][0]


async def invalidations_since(database: Database, horizon: str) -> list[InvalidationRow]:
    """Invalidations of transactions that had not ended at the horizon; the first call passes "0"."""
    return (await database.read(PlatformScope(), _SINCE(horizon)))[0]


async def pending_key_destructions(database: Database, *, most: int) -> list[PendingDestruction]:
    """Keys whose rows are gone and which are still to be destroyed."""
    return (await database.read(PlatformScope(), PENDING(most)))[0]


async def finish_key_destruction(database: Database, pending: PendingDestruction) -> int:
    """Records that a key is destroyed; gives how many rows that changed."""
    return (await database.write(PlatformScope(), _FINISH(pending.scope_id, pending.id)))[0][0]


async def expire(database: Database) -> int:
    """Deletes used token ids, idempotency answers and invalidations that have served their time."""
    return (await database.write(PlatformScope(), _EXPIRE()))[0][0]


async def claim_deliveries(database: Database, holder: UUID, *, seconds: float, most: int) -> list[ClaimedDelivery]:
    """Leases messages that are due, at most `most`, each for `seconds`."""
    return (await database.write(PlatformScope(), _CLAIM_DELIVERIES(holder, seconds, most)))[0]


async def end_delivery(database: Database, holder: UUID, claimed: ClaimedDelivery) -> int:
    """Records that a message arrived and clears it; 0 where this holder had lost it."""
    ended = _END_DELIVERY(holder, claimed.scope_id, claimed.id, claimed.attempt)
    return (await database.write(PlatformScope(), ended))[0][0]


async def defer_delivery(
    database: Database, holder: UUID, claimed: ClaimedDelivery, *, error: str, seconds: float | None
) -> int:
    """Lets a message be tried again in so many seconds, or gives it up (None); 0 where this holder had lost it."""
    deferred = _DEFER_DELIVERY(holder, claimed.scope_id, claimed.id, claimed.attempt, error, seconds)
    return (await database.write(PlatformScope(), deferred))[0][0]


def replay_delivery(delivery_id: UUID) -> Bound[int]:
    """The statement that begins a message anew that was given up; it gives 1, or 0 where there is none."""
    return _REPLAY_DELIVERY(delivery_id)


async def deliveries(database: Database, *, status: str | None, most: int) -> list[DeliveryRow]:
    """The newest messages, of one status or of all."""
    return (await database.read(PlatformScope(), _DELIVERIES(status, most)))[0]


async def expire_deliveries(database: Database) -> int:
    """Deletes the records of messages that ended thirty days ago."""
    return (await database.write(PlatformScope(), _EXPIRE_DELIVERIES()))[0][0]


async def _one(database: Database, bound: Bound[Any]) -> Any:  # noqa: ANN401 - the callers name the type
    rows = (await database.read(PlatformScope(), bound))[0]
    return rows[0] if rows else None
