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


_PARTNER_OF_ISSUER = Statement("select gate.partner_of_issuer($1)", scalar)
_PARTNER_OF_API_KEY = Statement("select gate.partner_of_api_key($1)", scalar)
_PARTNER_OF_AGENT = Statement("select gate.partner_of_agent($1)", scalar)
_PARTNER_OF_ORGANIZATION = Statement("select gate.partner_of_organization($1)", scalar)
_CLAIM = Statement("select org_id, run_id, partner_id, user_id, attempt from gate.claim_runs($1, $2, $3)", ClaimedRun)
_EXTEND = Statement("select run_id, attempt, is_cancelled from gate.extend_leases($1, $2, $3)", HeldRun)
_RELEASE = Statement("select gate.release_leases($1)", scalar)
_SINCE = Statement(
    "select kind, subject_id, at, id, next_horizon::text from gate.invalidations_since($1::text::xid8)", InvalidationRow
)
_PENDING = Statement("select scope_id, id, org_id, user_id from gate.pending_key_destructions($1)", PendingDestruction)
_FINISH = Statement("select gate.finish_key_destruction($1, $2)", scalar)
_EXPIRE = Statement("select gate.expire()", scalar)


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


async def claim_runs(database: Database, holder: UUID, *, seconds: float, most: int) -> list[ClaimedRun]:
    """Takes over due runs, at most `most`, each leased for `seconds`."""
    return (await database.write(PlatformScope(), _CLAIM(holder, seconds, most)))[0]


async def extend_leases(
    database: Database, holder: UUID, *, seconds: float, executed: Collection[RunId]
) -> list[HeldRun]:
    """Extends this holder's leases of the runs that it executes; one that is missing in the answer is lost."""
    return (await database.write(PlatformScope(), _EXTEND(holder, seconds, list(executed))))[0]


async def release_leases(database: Database, holder: UUID) -> int:
    """Hands every run of this holder over; gives how many."""
    return (await database.write(PlatformScope(), _RELEASE(holder)))[0][0]


async def invalidations_since(database: Database, horizon: str) -> list[InvalidationRow]:
    """Invalidations of transactions that had not ended at the horizon; the first call passes "0"."""
    return (await database.read(PlatformScope(), _SINCE(horizon)))[0]


async def pending_key_destructions(database: Database, *, most: int) -> list[PendingDestruction]:
    """Keys whose rows are gone and which are still to be destroyed."""
    return (await database.read(PlatformScope(), _PENDING(most)))[0]


async def finish_key_destruction(database: Database, pending: PendingDestruction) -> int:
    """Records that a key is destroyed; gives how many rows that changed."""
    return (await database.write(PlatformScope(), _FINISH(pending.scope_id, pending.id)))[0][0]


async def expire(database: Database) -> int:
    """Deletes used token ids, idempotency answers and invalidations that have served their time."""
    return (await database.write(PlatformScope(), _EXPIRE()))[0][0]


async def _one(database: Database, bound: Bound[Any]) -> Any:  # noqa: ANN401 - the callers name the type
    rows = (await database.read(PlatformScope(), bound))[0]
    return rows[0] if rows else None
