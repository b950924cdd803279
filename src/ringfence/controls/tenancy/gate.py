"""The closed list of look-ups across organizations; each returns ids only. Keeps TEN-04.

The list here, the functions of schema `gate` and their callers are pinned by tests/attacks/test_gate.py.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId, RunId
from ringfence.controls.tenancy.context import PlatformScope
from ringfence.controls.tenancy.database import Database
from ringfence.controls.tenancy.gate_rows import (
    ClaimedDelivery,
    ClaimedEmbedding,
    ClaimedFile,
    ClaimedRun,
    ClaimedStream,
    DeliveryRow,
    HeldRun,
    InvalidationRow,
    LapsedRuns,
    OwnLog,
    PendingDestruction,
    Reconciled,
    SealedSecret,
    SecretHead,
    TakenSecret,
)
from ringfence.controls.tenancy.statement import Bound, Statement, scalar

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
_DESTROYED = Statement("select scope_id, id, org_id, user_id from gate.destroyed_keys($1, $2)", PendingDestruction)
_FINISH = Statement("select gate.finish_key_destruction($1, $2)", scalar)
_EXPIRE = Statement("select gate.expire()", scalar)
_CLAIM_DELIVERIES = Statement(
    "select scope, scope_id, id, partner_id, user_id, kind, attempt from gate.claim_deliveries($1, $2, $3)",
    ClaimedDelivery,
)
_CLAIM_FILES = Statement(
    "select org_id, partner_id, file_id, user_id, stage, attempt from gate.claim_files($1, $2, $3, $4)", ClaimedFile
)
_CLAIM_READINGS = Statement(
    "select org_id, partner_id, file_id, user_id, 'read', attempt from gate.claim_readings($1, $2, $3, $4)", ClaimedFile
)
_UNSENT_FILES = Statement(
    "select org_id, partner_id, file_id, user_id, 'unsent', 0 from gate.unsent_files($1, $2, $3)", ClaimedFile
)
_FILE_BYTES = Statement("select gate.file_bytes($1)", scalar)
_END_DELIVERY = Statement("select gate.end_delivery($1, $2, $3, $4)", scalar)
_DEFER_DELIVERY = Statement("select gate.defer_delivery($1, $2, $3, $4, $5, $6)", scalar)
_LOG_OF_DELIVERY = Statement("select scope, scope_id from gate.log_of_delivery($1)", OwnLog)
_REPLAY_DELIVERY = Statement("select gate.replay_delivery($1)", scalar)
_DELIVERIES = Statement(
    "select scope, scope_id, id, kind, status, attempts, last_error, created_at, next_at, ended_at "
    "from gate.deliveries($1, $2)",
    DeliveryRow,
)
_EXPIRE_DELIVERIES = Statement("select gate.expire_deliveries()", scalar)
_ORGANIZATION_OF_SECRET = Statement("select gate.organization_of_secret($1)", scalar)
_TAKE_SECRET = Statement("select outcome, id, value from gate.take_secret($1, $2, $3, $4)", TakenSecret)
_SECRETS_TO_RESEAL = Statement("select id, value from gate.secrets_to_reseal($1, $2, $3)", SealedSecret)
_RESEAL_SECRET = Statement("select gate.reseal_secret($1, $2, $3)", scalar)
_CLAIM_EMBEDDINGS = Statement(
    "select org_id, partner_id, file_id, user_id, attempt from gate.claim_embeddings($1, $2, $3)", ClaimedEmbedding
)
_WANT_EMBEDDINGS = Statement("select gate.want_embeddings($1)", scalar)
_CLAIM_STREAMS = Statement(
    "select scope, scope_id, id, kind, is_slow, attempt from gate.claim_audit_streams($1, $2, $3, $4, $5, $6)",
    ClaimedStream,
)
_SECRET_HEADS = Statement("select place, head, size from gate.secret_heads($1)", SecretHead)

_COUNT_READS = Statement("select gate.count_reads($1)", scalar)
_COUNT_REFUSALS = Statement("select gate.count_refusals($1)", scalar)
_ENTER_COUNTS = Statement("select gate.enter_counts($1)", scalar)
_UNRECORDED_HERE = Statement("select kind from gate.unrecorded_here() as kind", scalar)
_RECONCILE = Statement("select compared, faults from gate.reconcile()", Reconciled)


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
    # A process that waits too long for this refuses everybody: many who wait must not make it wait.
    return (await database.read_first(PlatformScope(), _SINCE(horizon)))[0]


async def pending_key_destructions(database: Database, *, most: int) -> list[PendingDestruction]:
    """Keys whose rows are gone and which are still to be destroyed."""
    return (await database.read(PlatformScope(), PENDING(most)))[0]


async def destroyed_keys(database: Database, *, after: UUID, most: int) -> list[PendingDestruction]:
    """Keys that were destroyed, by the ids of what asked for it, from behind `after`; those of a year."""
    return (await database.read(PlatformScope(), _DESTROYED(after, most)))[0]


async def finish_key_destruction(database: Database, pending: PendingDestruction) -> int:
    """Records that a key is destroyed; gives how many rows that changed."""
    return (await database.write(PlatformScope(), _FINISH(pending.scope_id, pending.id)))[0][0]


async def unsent_files(database: Database, *, after: UUID, seconds: float, most: int) -> list[ClaimedFile]:
    """Users' files that are so old and never went with a message, by their ids from behind `after`; claims nothing."""
    return (await database.read(PlatformScope(), _UNSENT_FILES(after, seconds, most)))[0]


async def claim_files(
    database: Database, holder: UUID, *, seconds: float, most: int, stages: Collection[str]
) -> list[ClaimedFile]:
    """Takes over files with work that is due at one of these stages, each leased for `seconds`.

    Who ends it does so in the organization's own transaction, on the row of app.file_work with its holder and attempt.
    """
    return (await database.write(PlatformScope(), _CLAIM_FILES(holder, seconds, most, list(stages))))[0]


async def claim_readings(
    database: Database, holder: UUID, *, seconds: float, most: int, share: int
) -> list[ClaimedFile]:
    """Takes over files whose text is to be taken out, as `claim_files`; organizations take turns.

    Of one organization's files fewer than `share` are under way at once, whoever holds them.
    """
    return (await database.write(PlatformScope(), _CLAIM_READINGS(holder, seconds, most, share)))[0]


def file_bytes(org_id: OrgId) -> Bound[int]:
    """For an organization's transaction: what all its files take, of which a narrow role sees its own alone."""
    return _FILE_BYTES(org_id)


async def count_reads(database: Database, counted: bytes) -> int:
    """Adds what a process counted; the JSON array's members are named in 0027_audit_recording.sql."""
    return (await database.write(PlatformScope(), _COUNT_READS(counted.decode())))[0][0]


async def count_refusals(database: Database, counted: bytes) -> int:
    """Adds refused credentials that a process counted; likewise."""
    return (await database.write(PlatformScope(), _COUNT_REFUSALS(counted.decode())))[0][0]


async def enter_counts(database: Database, *, most: int) -> int:
    """Makes entries of counts whose minute is over; gives how many."""
    return (await database.write(PlatformScope(), _ENTER_COUNTS(most)))[0][0]


def unrecorded_here() -> Bound[str]:
    """For a transaction that is taken back: the kinds of what it changed without an entry, or told without a change."""
    return _UNRECORDED_HERE()


async def reconcile(database: Database) -> Reconciled:
    """Holds what was committed since the last time against the log, everywhere."""
    return (await database.write(PlatformScope(), _RECONCILE()))[0][0]


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


async def log_of_delivery(database: Database, delivery_id: UUID) -> OwnLog | None:
    """Whose message it is; None where none of this id was given up."""
    found = (await database.read(PlatformScope(), _LOG_OF_DELIVERY(delivery_id)))[0]
    return found[0] if found else None


def replay_delivery(delivery_id: UUID) -> Bound[int]:
    """The statement that begins a message anew that was given up; it gives 1, or 0 where there is none."""
    return _REPLAY_DELIVERY(delivery_id)


async def deliveries(database: Database, *, status: str | None, most: int) -> list[DeliveryRow]:
    """The newest messages, of one status or of all."""
    return (await database.read(PlatformScope(), _DELIVERIES(status, most)))[0]


async def expire_deliveries(database: Database) -> int:
    """Deletes the records of messages that ended thirty days ago."""
    return (await database.write(PlatformScope(), _EXPIRE_DELIVERIES()))[0][0]


async def claim_audit_streams(  # noqa: PLR0913 - two kinds of places, in all and for each partner
    database: Database,
    holder: UUID,
    *,
    seconds: float,
    most: int,
    most_slow: int,
    of_partner: int,
    of_partner_slow: int,
) -> list[ClaimedStream]:
    """Leases streams whose log has something for them, at most `most`, and `most_slow` of those that were slow.

    With what the holder has already, a partner gets at most `of_partner` and `of_partner_slow`.
    """
    claim = _CLAIM_STREAMS(holder, seconds, most, most_slow, of_partner, of_partner_slow)
    return (await database.write(PlatformScope(), claim))[0]


async def claim_embeddings(database: Database, holder: UUID, *, seconds: float, most: int) -> list[ClaimedEmbedding]:
    """Leases files that want vectors, at most `most`, each for `seconds`."""
    return (await database.write(PlatformScope(), _CLAIM_EMBEDDINGS(holder, seconds, most)))[0]


async def want_embeddings(database: Database, model: str) -> int:
    """Asks for the vectors of every file that has none of this model; gives how many files."""
    return (await database.write(PlatformScope(), _WANT_EMBEDDINGS(model)))[0][0]


def organization_of_secret(secret_id: UUID) -> Bound[OrgId | None]:
    """For a partner's transaction: which of its organizations has this secret."""
    return _ORGANIZATION_OF_SECRET(secret_id)


def take_secret(name: str, *, host: str, run_id: UUID, holder: UUID) -> Bound[TakenSecret]:
    """For a transaction as the run's user: gives the sealed value and writes the entry, of a refusal, too."""
    return _TAKE_SECRET(name, host, run_id, holder)


def secrets_to_reseal(newest_key: bytes, *, most: int, holder: UUID) -> Bound[SealedSecret]:
    """For an organization's transaction: secrets under another key than the newest one, locked, each with its entry.

    `reseal_secret` follows in the same transaction.
    """
    return _SECRETS_TO_RESEAL(newest_key, most, holder)


def reseal_secret(secret_id: UUID, before: bytes, becomes: bytes) -> Bound[int]:
    """Stores the same value under the newest key; gives 1, or 0 where it was replaced meanwhile."""
    return _RESEAL_SECRET(secret_id, before, becomes)


def secret_heads(most: int) -> Bound[SecretHead]:
    """For an organization's transaction: what tells a sealed secret from anything else."""
    return _SECRET_HEADS(most)


async def _one(database: Database, bound: Bound[Any]) -> Any:  # noqa: ANN401 - the callers name the type
    rows = (await database.read(PlatformScope(), bound))[0]
    return rows[0] if rows else None
