"""The statements of reading approvals: one function, one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.base.page import Window
from ringfence.base.principal import ConversationId, RunId, UserId
from ringfence.controls.tenancy import Bound, Statement


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval, its details sealed under the key of the run's user."""

    id: UUID
    run_id: RunId
    conversation_id: ConversationId
    user_id: UserId
    effect: str
    approvers: str
    status: str
    details: bytes
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: UserId | None


# One whose time is over counts as expired from that moment on, whoever closes its row a second later.
_GET = Statement(
    "select a.id, a.run_id, r.conversation_id, a.user_id, a.effect, a.approvers, "
    "case when a.status = 'pending' and a.expires_at <= clock_timestamp() then 'expired' else a.status end, "
    "a.details, a.created_at, a.expires_at, a.decided_at, a.decided_by "
    "from app.approval a join app.run r on r.id = a.run_id where a.id = $1",
    ApprovalRow,
)
_LIST = Statement(
    "select a.id, a.run_id, r.conversation_id, a.user_id, a.effect, a.approvers, s.status, "
    "a.details, a.created_at, a.expires_at, a.decided_at, a.decided_by "
    "from app.approval a join app.run r on r.id = a.run_id cross join lateral (select case when a.status = 'pending' "
    "and a.expires_at <= clock_timestamp() then 'expired' else a.status end as status) s "
    "where ($1::uuid is null or a.id < $1) and ($2::text is null or s.status = $2) "
    "and ($3::uuid is null or r.conversation_id = $3) order by a.id desc limit $4",
    ApprovalRow,
)


def get(approval_id: UUID) -> Bound[ApprovalRow]:
    """One approval."""
    return _GET(approval_id)


def list_(window: Window, *, status: str | None, conversation_id: UUID | None) -> Bound[ApprovalRow]:
    """The window's approvals and one more, newest first."""
    return _LIST(window.before, status, conversation_id, window.limit + 1)
