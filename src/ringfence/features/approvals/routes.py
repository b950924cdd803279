"""Approvals over HTTP: list, read, decide."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from ringfence.base.principal import UserId
from ringfence.base.problem import Problem, not_found
from ringfence.controls.access import Permission
from ringfence.controls.tenancy import scope_of
from ringfence.controls.vault import KeyOwner
from ringfence.features import edge
from ringfence.features.edge.access import ApprovalsDecide, ApprovalsRead, record_refusal
from ringfence.features.runs.engine import EngineDep

from . import actions, queries
from .bodies import ApprovalDecision, ApprovalOut, Status, approval_out, shown

router = APIRouter(prefix="/api/v1/approvals", tags=["Approvals"])
_ApprovalPath = Annotated[UUID, edge.path_id("approval_id")]


@router.get("", response_model=edge.PageOf[ApprovalOut], responses=edge.problems(400, 401, 403, 422, 429, 503))
async def list_(
    caller: ApprovalsRead,
    call: edge.CallDep,
    listing: edge.ListingDep,
    status: Annotated[Status | None, Query(description="Only approvals that stand so.")] = None,
    conversation_id: Annotated[UUID | None, Query(description="Only approvals of this conversation.")] = None,
) -> Response:
    """Lists approvals, newest first: a member's own, everybody's for an administrator."""
    scope, kernel = scope_of(caller), call.kernel
    cursors = kernel.cursors("approvals", scope.org_id, caller.user_id, status, conversation_id)
    window = listing.window(cursors)
    wanted = queries.list_(window, status=status, conversation_id=conversation_id)
    page = cursors.page((await kernel.database.read(scope, wanted))[0], window, lambda row: row.id)
    items = [approval_out(kernel.vault, scope.org_id, caller, row) for row in page.items]
    return edge.answer(200, edge.PageOf(items=items, next_cursor=page.next_cursor))


@router.get("/{approval_id}", response_model=ApprovalOut, responses=edge.problems(401, 403, 404, 429, 503))
async def get(approval_id: _ApprovalPath, caller: ApprovalsRead, call: edge.CallDep) -> Response:
    """Gives one approval: the arguments as they would be executed, and where each value comes from."""
    scope, kernel = scope_of(caller), call.kernel
    rows = (await kernel.database.read(scope, queries.get(approval_id)))[0]
    if not rows:
        raise not_found()
    return edge.answer(200, approval_out(kernel.vault, scope.org_id, caller, rows[0]))


@router.post(
    "/{approval_id}",
    response_model=ApprovalOut,
    responses=edge.problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
async def decide(
    approval_id: _ApprovalPath, body: ApprovalDecision, caller: ApprovalsDecide, call: edge.WriteDep, engine: EngineDep
) -> Response:
    """Decides, once: the run goes on with exactly these arguments, or without the call.

    409 `already_decided` for whoever comes second, `approval_expired` for whoever comes late; 422 `args_mismatch` where
    the answer is about other arguments; 403 `may_not_decide` where it is for somebody else to decide.
    """
    scope, kernel = scope_of(caller), call.kernel
    try:
        async with kernel.database.org(scope) as tx:

            async def act() -> edge.Answer:
                row, details = await actions.decide(tx, kernel.vault, caller, approval_id, body, origin=call.origin)
                return edge.Answer(200, edge.json_of(shown(details, caller, row)), row.user_id)

            # The answer tells about the run's user: it is sealed under that one's key, whoever decided.
            response = await edge.once(
                call, tx, caller, act, sealed_for=lambda user_id: KeyOwner.user(scope.org_id, UserId(user_id))
            )
    except Problem as refusal:
        if refusal.code == actions.MAY_NOT_DECIDE:
            await record_refusal(call, caller, Permission.APPROVALS_DECIDE)
        raise
    engine.executor.wake()
    return response
