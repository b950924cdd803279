"""Asks a person about a call, and reads what the person answered. Keeps AIS-04.

The question, the run's wait and its audit entry are one commit; so are the answer, the spent approval and the start of
the call. What stands in the sealed journal says what was asked; the row says what was answered; the database spends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NoReturn
from uuid import UUID

from ringfence.base import clock, ids, log
from ringfence.controls import audit
from ringfence.controls.deliveries import Outbox
from ringfence.controls.tenancy import Bound, Database, Unapproved
from ringfence.controls.vault import Vault

from . import approval, approval_rows, queries
from .declaration import ToolDeclaration
from .events import ApprovalDecided, ApprovalRequested, Payload, RunWaiting
from .evidence import evidence, titles
from .exact import Exact
from .hold import Hold
from .telling import Ended, Fault, Telling
from .tools import ToolResult

Reason = Literal["policy", "always", "interrupted"]
UNKNOWN: Final = "Before that, the call was interrupted: whether it took effect is not known."
"""What a model is told of a call that a crash cut, whatever becomes of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call that a person must agree to."""

    exact: Exact
    declaration: ToolDeclaration
    reason: Reason

    def refused(self, why: str) -> ToolResult:
        """What the model is told of a call that is not made."""
        again = f" {UNKNOWN}" if self.reason == "interrupted" else ""
        return ToolResult(f"{why} The call was not made{' again' if again else ''}.{again}", is_error=True)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks and reads answers for the runs of this process."""

    database: Database
    vault: Vault

    async def agreed(self, run: Telling, question: Question) -> ToolResult | None:
        """None once the call has begun, agreed to and its approval spent; else what the model is told instead.

        Raises Ended where the run waits for an answer; Fault `approval_invalid` where something claims to be one.
        """
        asked = run.progress.asked
        if asked is None:
            await self._ask(run, question)
        found = (await self.database.read(run.hold.scope, approval_rows.state(UUID(asked.approval_id))))[0]
        if not found or not _fits(asked, question, found[0]):
            raise self._invalid(run, asked)
        state: approval_rows.StateRow = found[0]
        if state.status == "expired" or (state.is_over and state.status in {"pending", "approved"}):
            return self._expired(run, asked, question)
        decided_by = None if state.decided_by is None else str(state.decided_by)
        if state.status == "denied":
            run.owe(ApprovalDecided(asked.approval_id, asked.call_id, "denied", decided_by))
            run.progress.asked = None
            return question.refused("The person who was asked said no.")
        if state.status == "pending":
            await self._wait(run, asked)
        if state.status != "approved":
            raise self._invalid(run, asked)
        await self._spend(run, asked, question, decided_by)
        return None

    async def closed(self, run: Telling) -> tuple[tuple[Payload, ...], list[Bound[Any]]]:
        """What the end of a run tells and writes of a question whose answer its journal does not hold."""
        asked = run.progress.asked
        if asked is None:
            return (), []
        found = (await self.database.read(run.hold.scope, approval_rows.state(UUID(asked.approval_id))))[0]
        return closing(run.hold, asked, found)

    async def _ask(self, run: Telling, question: Question) -> NoReturn:
        """Commits what came before together with the question, and leaves the run to a person."""
        hold, exact, declaration = run.hold, question.exact, question.declaration
        approval_id = ids.new()
        details = approval.Details(
            exact.call.call_id,
            declaration.name,
            titles(declaration.title, exact.args),
            exact.args,
            exact.sha256,
            question.reason,
            evidence(exact.args, (*run.messages, *run.progress.turns)),
        )
        expires_at = clock.now() + declaration.approval_ttl
        event = ApprovalRequested(
            str(approval_id),
            details.call_id,
            details.tool,
            declaration.effect,
            details.titles,
            details.args,
            details.args_sha256,
            details.reason,
            details.evidence,
            declaration.approvers,
            clock.rfc3339(expires_at),
        )
        insert = self._row(run, question, details, approval_id, expires_at)
        entry = audit.entry(
            audit.Actor.system(hold.holder),
            audit.Action.APPROVAL_REQUESTED,
            target=approval_id,
            origin=audit.Origin.internal(),
            within=hold.scope.org_id,
            run_id=hold.run_id,
            effect=declaration.effect,
            approvers=declaration.approvers,
            cause=question.reason,
        )
        hold.is_finishing = True
        waits = [queries.wait(hold.run_id, **run.progress.spent.columns()), approval_rows.park(hold.run_id, expires_at)]
        await run.settle(event, _waiting(event), also=[insert, *waits, entry])
        raise Ended(has_next=False)

    def _row(
        self, run: Telling, question: Question, details: approval.Details, approval_id: UUID, expires_at: datetime
    ) -> Bound[None]:
        hold, declaration = run.hold, question.declaration
        whose = (self.vault, hold.scope.org_id, hold.user_id)
        return approval_rows.insert(
            approval_id,
            hold.run_id,
            user_id=hold.user_id,
            step=run.progress.step,
            effect=declaration.effect,
            call_binding=approval.bind_call(*whose, approval_id, run.key(question.exact.call)),
            args_binding=approval.bind_args(*whose, approval_id, question.exact.sha256),
            details=approval.seal(*whose, approval_id, details),
            approvers=declaration.approvers,
            expires_at=expires_at,
        )

    async def _wait(self, run: Telling, asked: ApprovalRequested) -> NoReturn:
        """Goes on waiting: somebody let go of the run before there was an answer."""
        hold = run.hold
        hold.is_finishing = True
        waiting = queries.wait(hold.run_id, **run.progress.spent.columns())
        park = approval_rows.park(hold.run_id, clock.parse_rfc3339(asked.expires_at))
        await run.settle(_waiting(asked), also=[waiting, park])
        raise Ended(has_next=False)

    async def _spend(self, run: Telling, asked: ApprovalRequested, question: Question, decided_by: str | None) -> None:
        """Begins the call in the commit that spends its approval."""
        hold, call, approval_id = run.hold, question.exact.call, UUID(asked.approval_id)
        whose = (self.vault, hold.scope.org_id, hold.user_id)
        spend = approval_rows.spend(
            approval_id,
            hold.run_id,
            call=approval.bind_call(*whose, approval_id, run.key(call)),
            args=approval.bind_args(*whose, approval_id, question.exact.sha256),
            execution=ids.new(),
        )
        decided = ApprovalDecided(asked.approval_id, asked.call_id, "approved", decided_by)
        try:
            await run.settle(decided, run.called(call), also=[spend, _entry(hold, audit.Action.APPROVAL_SPENT, asked)])
        except Unapproved:
            raise self._invalid(run, asked) from None
        run.progress.asked = None
        run.progress.begun.add(call.call_id)

    def _invalid(self, run: Telling, asked: ApprovalRequested) -> Fault:
        """The alert, and the run's end: whoever meddled with an approval gets nothing executed."""
        hold = run.hold
        log.error("approval_invalid", run_id=hold.run_id, row_id=asked.approval_id, org_id=hold.scope.org_id)
        alert = Outbox(self.vault).alert(
            "approval_invalid",
            subject="An approval was forged or changed",
            text=(
                "A run was ended, and its tool was not called: what claims to be an approval does not fit the call.\n"
                f"Organization {hold.scope.org_id}, run {hold.run_id}, approval {asked.approval_id}.\n"
            ),
            dedupe=asked.approval_id,
            within=hold.scope,
        )
        run.owe(also=[alert])
        return Fault("approval_invalid", "What claims to be an approval does not fit this call. Nothing was executed.")

    def _expired(self, run: Telling, asked: ApprovalRequested, question: Question) -> ToolResult:
        expire = approval_rows.expire(UUID(asked.approval_id))
        entry = _entry(run.hold, audit.Action.APPROVAL_EXPIRED, asked)
        run.owe(ApprovalDecided(asked.approval_id, asked.call_id, "expired"), also=[expire, entry])
        run.progress.asked = None
        return question.refused("Nobody agreed in time.")


def closing(
    hold: Hold, asked: ApprovalRequested, found: Sequence[approval_rows.StateRow]
) -> tuple[tuple[Payload, ...], list[Bound[Any]]]:
    """The same of a question that stands so in its row: a no is told, and what is still open is cancelled."""
    state = found[0] if found else None
    if state is not None and state.status == "denied":
        decided_by = None if state.decided_by is None else str(state.decided_by)
        return (ApprovalDecided(asked.approval_id, asked.call_id, "denied", decided_by),), []
    if state is not None and state.status in {"pending", "approved"}:
        cancel = approval_rows.cancel_one(UUID(asked.approval_id))
        return (), [cancel, _entry(hold, audit.Action.APPROVAL_CANCELLED, asked)]
    return (), []


def _fits(asked: ApprovalRequested, question: Question, state: approval_rows.StateRow) -> bool:
    """Whether the journal's question, the call as it would be made now and the row are about the same thing."""
    exact = question.exact
    return (asked.call_id, asked.args_sha256, asked.approvers) == (exact.call.call_id, exact.sha256, state.approvers)


def _waiting(asked: ApprovalRequested) -> RunWaiting:
    return RunWaiting("approval", asked.call_id, asked.approval_id)


def _entry(hold: Hold, action: audit.Action, asked: ApprovalRequested) -> Bound[None]:
    return audit.entry(
        audit.Actor.system(hold.holder),
        action,
        target=UUID(asked.approval_id),
        origin=audit.Origin.internal(),
        within=hold.scope.org_id,
        run_id=hold.run_id,
        effect=asked.effect,
    )
