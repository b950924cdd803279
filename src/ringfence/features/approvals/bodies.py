"""The bodies of approvals on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ringfence.base.principal import OrgId, Principal
from ringfence.controls.access import may_approve
from ringfence.controls.vault import Vault
from ringfence.features.edge import Input, Output
from ringfence.features.runs.approval import Details, opened

from .queries import ApprovalRow

Status = Literal["pending", "approved", "denied", "expired", "cancelled", "spent"]
Decision = Literal["approve", "deny", "stop", "endorse"]


class ApprovalDecision(Input):
    """The answer to a question, which names the very arguments that it is about."""

    decision: Decision = Field(description="stop denies and cancels the run; endorse is not available yet.")
    args_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="As it stands in the approval: SHA-256 of the arguments in canonical JSON (RFC 8785)."
    )


class ValueEvidenceOut(Output):
    """Where a value of the arguments was first seen: in the user's words, in a tool's answer, or nowhere before."""

    path: str = Field(description="A JSON pointer into args.")
    value: str
    source: Literal["user", "tool", "assistant"]
    tool: str | None


class ApprovalOut(Output):
    """A question about one call; everything in it is made from the declaration and the arguments, by our code."""

    id: UUID
    run_id: UUID
    conversation_id: UUID
    call_id: str
    tool: str
    effect: str
    titles: dict[str, str] = Field(description="By language; empty where the tool declares none.")
    args: dict[str, Any]
    args_sha256: str
    reason: Literal["policy", "always", "interrupted"]
    evidence: list[ValueEvidenceOut]
    approvers: Literal["user", "admin", "four_eyes"]
    may_decide: bool = Field(description="Whether this caller may answer it now.")
    status: Status
    created_at: AwareDatetime
    expires_at: AwareDatetime
    decided_at: AwareDatetime | None
    decided_by: UUID | None


def approval_out(vault: Vault, org_id: OrgId, caller: Principal, row: ApprovalRow) -> ApprovalOut:
    """The approval as this caller sees it."""
    return shown(opened(vault, org_id, row.user_id, row.id, row.details), caller, row)


def shown(details: Details, caller: Principal, row: ApprovalRow) -> ApprovalOut:
    """The approval with its details in clear."""
    return ApprovalOut.model_validate(
        {
            "id": row.id,
            "run_id": row.run_id,
            "conversation_id": row.conversation_id,
            "call_id": details.call_id,
            "tool": details.tool,
            "effect": row.effect,
            "titles": details.titles,
            "args": details.args,
            "args_sha256": details.args_sha256,
            "reason": details.reason,
            "evidence": [
                {"path": one.path, "value": one.value, "source": one.source, "tool": one.tool}
                for one in details.evidence
            ],
            "approvers": row.approvers,
            "may_decide": row.status == "pending" and may_approve(caller, row.approvers, row.user_id),
            "status": row.status,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "decided_at": row.decided_at,
            "decided_by": row.decided_by,
        }
    )
