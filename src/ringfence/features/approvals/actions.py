"""A person's answer to a question: one conditional change, the run's release and the audit entry, all or nothing."""

from uuid import UUID

from ringfence.base.principal import Principal
from ringfence.base.problem import Problem, conflict, not_found, unprocessable
from ringfence.controls import audit
from ringfence.controls.access import may_approve
from ringfence.controls.tenancy import OrgTx
from ringfence.controls.vault import Vault
from ringfence.features.runs import approval_rows
from ringfence.features.runs.approval import Details, bind_args, opened
from ringfence.features.runs.queries import request_cancel

from . import queries
from .bodies import ApprovalDecision

MAY_NOT_DECIDE = "may_not_decide"


async def decide(  # noqa: PLR0913 - the handles, who, what about, how, from where
    tx: OrgTx, vault: Vault, caller: Principal, approval_id: UUID, answer: ApprovalDecision, *, origin: audit.Origin
) -> tuple[queries.ApprovalRow, Details]:
    """The approval after this answer, which the run goes on with once the transaction commits.

    Raises 404; 422 `not_available_yet`, `args_mismatch`; 403 `may_not_decide`; 409 `already_decided`,
    `approval_expired`. Of any number of answers at once exactly one is taken.
    """
    org_id = tx.scope.org_id
    _, found = await tx.pipeline(approval_rows.lock(approval_id), queries.get(approval_id))
    if not found:
        raise not_found()
    row: queries.ApprovalRow = found[0]
    details = opened(vault, org_id, row.user_id, row.id, row.details)
    _check(caller, row, answer, args_sha256=details.args_sha256)
    binding = bind_args(vault, org_id, row.user_id, row.id, answer.args_sha256)
    status = "approved" if answer.decision == "approve" else "denied"
    entry = audit.entry(
        caller,
        audit.Action.APPROVAL_DECIDED,
        target=row.id,
        origin=origin,
        run_id=row.run_id,
        effect=row.effect,
        decision=answer.decision,
    )
    wish = [request_cancel(row.run_id)] if answer.decision == "stop" else []
    decided, *_ = await tx.pipeline(
        approval_rows.decide(row.id, status, binding),
        *wish,
        approval_rows.resume(row.run_id),
        approval_rows.free(row.run_id),
        entry,
    )
    if not decided:
        raise _too_late()
    return await tx.get(queries.get(approval_id)), details


def _check(caller: Principal, row: queries.ApprovalRow, answer: ApprovalDecision, *, args_sha256: str) -> None:
    if not may_approve(caller, row.approvers, row.user_id):
        raise Problem(403, MAY_NOT_DECIDE, "This is for somebody else to decide.")
    if answer.decision == "endorse":
        raise unprocessable("not_available_yet", "Endorsing a value for a session is not available yet.")
    if answer.args_sha256 != args_sha256:
        raise unprocessable("args_mismatch", "This answer is about other arguments than the question.")
    if row.status == "expired":
        raise conflict("approval_expired", "Nobody answered in time; the call is not made.")
    if row.status != "pending":
        raise _too_late()


def _too_late() -> Problem:
    return conflict("already_decided", "This has been decided already.")
