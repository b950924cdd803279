"""Approvals on the stage of tests/running.py: a tool that needs one, and people who answer."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from ringfence.base.principal import Role, RunId, UserId
from ringfence.controls.audit import Origin
from ringfence.controls.tenancy import scope_of
from ringfence.features.approvals import actions, queries
from ringfence.features.approvals.bodies import ApprovalDecision
from ringfence.features.runs import tools
from ringfence.features.runs.declaration import ToolDeclaration
from ringfence.features.runs.models import ToolCall
from tests.running import Process, Script, Theatre

REFUND = ToolDeclaration(
    name="current_time",  # the one tool that the stage's agent has
    description="Refunds a customer.",
    parameters={
        "type": "object",
        "properties": {
            "customer": {"type": "string"},
            "amount": {"type": "number"},
            "note": {"type": "string"},
        },
        "required": ["customer", "amount"],
    },
    effect="pay",
    idempotent=False,
    approval_ttl=timedelta(minutes=15),
    title={"en": "Refund {amount} kr to {customer}", "da": "Refunder {amount} kr til {customer}: {note}"},
)
CALL = ToolCall("c1", REFUND.name, '{"customer": "Dora", "amount": 450.0}')


@dataclass
class Till:
    """A tool that keeps what it was called with."""

    calls: list[tuple[str, Any]] = field(default_factory=list)

    async def __call__(self, arguments: str, key: str) -> tools.ToolResult:
        self.calls.append((key, json.loads(arguments)))
        return tools.ToolResult("refunded", is_error=False)


def process(it: Theatre, till: Any, *answers: Any, **changes: Any) -> Process:
    """A process whose one tool is the till, declared as REFUND but for the changes."""
    declared = replace(REFUND, **changes)
    return it.process(Script(*answers), registry={REFUND.name: till}, find=lambda _name: declared)


async def question(it: Theatre, run_id: RunId) -> dict[str, Any]:
    """The newest approval.requested of a run."""
    asked = [event for event in await it.stored(run_id) if event.kind == "approval.requested"]
    return json.loads(asked[-1].data)


async def decide(
    it: Theatre,
    here: Process,
    asked: dict[str, Any],
    decision: Any = "approve",
    *,
    user: UserId | None = None,
    role: Role = Role.MEMBER,
    args_sha256: str | None = None,
) -> queries.ApprovalRow:
    """Answers as the route does."""
    caller = it.caller(user, role=role)
    answer = ApprovalDecision(decision=decision, args_sha256=args_sha256 or asked["args_sha256"])
    async with it.database.org(scope_of(caller)) as tx:
        row, _ = await actions.decide(
            tx, it.kernel.vault, caller, UUID(asked["approval_id"]), answer, origin=Origin.internal()
        )
    here.executor.wake()
    return row


async def status(it: Theatre, asked: dict[str, Any]) -> str:
    """How the row stands."""
    with it.stage.admin() as admin:
        row = admin.execute("select status from app.approval where id = %s", [asked["approval_id"]]).fetchone()
    assert row is not None
    return row[0]


def pass_time(admin: psycopg.Connection, asked: dict[str, Any], *, hours: int = 1) -> None:
    """Moves a question and its run's lease into the past, as nobody but a superuser can."""
    admin.execute("set session_replication_role = replica")
    admin.execute(
        "update app.approval set created_at = created_at - make_interval(hours => %(h)s),"
        " expires_at = expires_at - make_interval(hours => %(h)s),"
        " decided_at = decided_at - make_interval(hours => %(h)s) where id = %(id)s",
        {"h": hours, "id": asked["approval_id"]},
    )
    admin.execute(
        "update app.run_lease l set until = l.until - make_interval(hours => %s) from app.approval a"
        " where a.id = %s and l.run_id = a.run_id and l.until < 'infinity'",
        [hours, asked["approval_id"]],
    )
    admin.execute("set session_replication_role = origin")
