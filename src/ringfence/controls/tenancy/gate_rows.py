"""What the look-ups across organizations answer: ids, states and times, and sealed values of secrets. Keeps TEN-04.

Proved in tests/attacks/test_gate.py, with `gate`, which asks.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId, RunId, UserId


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
class OwnLog:
    """Whose log something is told in: the scope, and its id."""

    scope: str
    scope_id: UUID


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
class ClaimedFile:
    """A file that this process now works on; without a user it is the organization's."""

    org_id: OrgId
    partner_id: PartnerId
    file_id: UUID
    user_id: UserId | None
    stage: str
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


@dataclass(frozen=True, slots=True)
class ClaimedEmbedding:
    """A file whose vectors this process now has to make; without a user it is the organization's knowledge."""

    org_id: OrgId
    partner_id: PartnerId
    file_id: UUID
    user_id: UserId | None
    attempt: int


@dataclass(frozen=True, slots=True)
class ClaimedStream:
    """A stream of a log that this process now has to follow; it is read and opened in its own scope."""

    scope: str
    scope_id: UUID
    id: UUID
    kind: str
    is_slow: bool
    attempt: int


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret's sealed value; only what opens it for one call, or seals it anew, may ask for it."""

    id: UUID
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TakenSecret:
    """How the database answered who asked for a secret: `taken` with the sealed value, or why not."""

    outcome: str
    id: UUID | None
    value: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecretHead:
    """Where a sealed value stands, its first 17 bytes, which say format and key, and its size."""

    place: str
    head: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many changes and entries were held against each other, and the kinds of what lacks the other."""

    compared: int
    faults: list[str]
