"""The statements of approvals that a run's story and a decision share: one function, one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.base.principal import RunId, UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class StateRow:
    """How a question stands; `is_over` once nobody can answer it, or spend the answer, any more."""

    status: str
    decided_by: UserId | None
    approvers: str
    is_over: bool


_INSERT = Statement(
    "insert into app.approval (id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers, "
    "expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (org_id, id) do nothing",
    nothing,
)
# An answer that was committed a moment ago found the lease held, and could not free it: then nothing is waited for.
_PARK = Statement(
    "update app.run_lease set holder = null, until = case when exists (select from app.approval a "
    "where a.run_id = $1 and a.status = 'pending') then $2::timestamptz else '-infinity' end where run_id = $1",
    nothing,
)
_STATE = Statement(
    "select status, decided_by, approvers, clock_timestamp() >= case status when 'pending' then expires_at "
    "else app.approval_ends(expires_at, decided_at) end from app.approval where id = $1",
    StateRow,
)
_SPEND = Statement("select app.spend_approval($1, $2, $3, $4, $5)", nothing)
_EXPIRE = Statement(
    "update app.approval set status = 'expired' where id = $1 and status in ('pending', 'approved')", nothing
)
_CANCEL = Statement(
    "update app.approval set status = 'cancelled' where run_id = $1 and status in ('pending', 'approved')", nothing
)
_CANCEL_ONE = Statement("select app.cancel_approval($1)", nothing)
# Leases before anything else, as every write of a journal has it: two orders would be a deadlock.
_LOCK = Statement(
    "select run_id from app.run_lease where run_id = (select a.run_id from app.approval a where a.id = $1) "
    "for no key update",
    scalar,
)
_DECIDE = Statement(
    "update app.approval set status = $2 where id = $1 and status = 'pending' and args_binding = $3 "
    "and expires_at > clock_timestamp() returning id",
    scalar,
)
_RESUME = Statement("update app.run set status = 'running' where id = $1 and status = 'waiting'", nothing)
_FREE = Statement("update app.run_lease set until = '-infinity' where run_id = $1 and holder is null", nothing)


def insert(  # noqa: PLR0913 - the columns of an approval
    approval_id: UUID,
    run_id: RunId,
    *,
    user_id: UserId,
    step: int,
    effect: str,
    call_binding: bytes,
    args_binding: bytes,
    details: bytes,
    approvers: str,
    expires_at: datetime,
) -> Bound[None]:
    """Inserts a question; only behind the fence, so that a row which exists is this one."""
    return _INSERT(
        approval_id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers, expires_at
    )


def park(run_id: RunId, until: datetime) -> Bound[None]:
    """Keeps the lease from being claimed until then; whoever claims it finds the question expired."""
    return _PARK(run_id, until)


def state(approval_id: UUID) -> Bound[StateRow]:
    """How the question stands now."""
    return _STATE(approval_id)


def spend(approval_id: UUID, run_id: RunId, *, call: bytes, args: bytes, execution: UUID) -> Bound[None]:
    """Spends the approval on this one execution; raises Unapproved unless it stands for exactly this call."""
    return _SPEND(approval_id, run_id, call, args, execution)


def expire(approval_id: UUID) -> Bound[None]:
    """Closes a question that nobody answered in time."""
    return _EXPIRE(approval_id)


def cancel(run_id: RunId) -> Bound[None]:
    """Closes the open question of a run that ends."""
    return _CANCEL(run_id)


def cancel_one(approval_id: UUID) -> Bound[None]:
    """Closes exactly this question; raises Unapproved where it is not open."""
    return _CANCEL_ONE(approval_id)


def lock(approval_id: UUID) -> Bound[RunId]:
    """Holds the lease of the approval's run until the transaction ends."""
    return _LOCK(approval_id)


def decide(approval_id: UUID, status: str, args: bytes) -> Bound[UUID]:
    """Answers the question, if it is open and about these arguments; no row otherwise."""
    return _DECIDE(approval_id, status, args)


def resume(run_id: RunId) -> Bound[None]:
    """Sets a waiting run running."""
    return _RESUME(run_id)


def free(run_id: RunId) -> Bound[None]:
    """Lets whoever asks first claim a parked run."""
    return _FREE(run_id)
