"""How a run ends: its last events, its message, its row, its lease and its audit entry, in one commit."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import RunId
from ringfence.controls import audit
from ringfence.controls.tenancy import Bound

from . import approval_rows, queries
from .events import MessageCompleted, Payload, RunCancelled, RunCompleted, RunExpired, RunFailed, Source
from .hold import Hold
from .progress import Spent
from .queries import Status
from .records import Records

EXPIRED = RunExpired("run_timeout", "The run took longer than its agent allows.")


@dataclass(frozen=True, slots=True)
class End:
    """The final event, and what was said of a message that never came to its end."""

    payload: RunCompleted | RunFailed | RunCancelled | RunExpired
    cut_text: str = ""
    interrupted_by: RunId | None = None
    citations: tuple[Source, ...] = ()
    """Of the message that was cut."""

    @property
    def status(self) -> Status:
        """The run's final state."""
        match self.payload:
            case RunCompleted():
                return Status.COMPLETED
            case RunFailed():
                return Status.FAILED
            case RunCancelled():
                return Status.CANCELLED
            case RunExpired():
                return Status.EXPIRED

    @property
    def failure_code(self) -> str | None:
        """Why it failed or expired."""
        return self.payload.code if isinstance(self.payload, RunFailed | RunExpired) else None

    def events(self) -> tuple[Payload, ...]:
        """The last events; a message that was cut is closed first, so that the reader's words are the stored ones."""
        cut = (MessageCompleted(self.cut_text, is_cut=True, citations=self.citations),) if self.cut_text else ()
        return (*cut, self.payload)

    def bounds(self, hold: Hold, records: Records, spent: Spent) -> list[Bound[Any]]:
        """What is written beside the events; the first answers with EndedRow."""
        said = [message(hold, records, self.cut_text, self.citations)] if self.cut_text else []
        return [
            queries.end(
                hold.run_id,
                self.status,
                input_tokens=spent.input_tokens,
                output_tokens=spent.output_tokens,
                cost_micros=spent.cost_micros,
                failure_code=self.failure_code,
                model=spent.model,
            ),
            *said,
            # A run that waits for an answer cannot complete.
            *([] if self.status is Status.COMPLETED else [approval_rows.cancel(hold.run_id)]),
            queries.drop_lease(hold.run_id),
            self._entry(hold.holder, hold, spent),
        ]

    def _entry(self, holder: UUID, hold: Hold, spent: Spent) -> Bound[None]:
        said: dict[str, Any] = {
            "cost_micros": spent.cost_micros,
            "failure_code": self.failure_code,
            "interrupted_by": self.interrupted_by,
        }
        return audit.entry(
            audit.Actor.system(holder),
            audit.Action.RUN_FINISHED,
            target=hold.run_id,
            outcome="failure" if self.failure_code else "success",
            origin=audit.Origin.internal(),
            within=hold.scope.org_id,
            state=self.status.value,
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            attempt=hold.attempt,
            **{name: value for name, value in said.items() if value is not None},
        )


def message(hold: Hold, records: Records, text: str, citations: tuple[Source, ...] = ()) -> Bound[None]:
    """The insertion of something that the assistant said, and what it cites."""
    message_id = ids.new()
    return queries.say(
        message_id,
        conversation_id=hold.conversation_id,
        user_id=hold.user_id,
        run_id=hold.run_id,
        author="assistant",
        text=records.seal_message(message_id, text),
        citations=records.seal_citations(message_id, citations) if citations else None,
    )


def cancelled(text: str, interrupted_by: RunId | None = None) -> End:
    """The end by a person's wish, or by that person's next message."""
    return End(RunCancelled("interrupted" if interrupted_by else None), text, interrupted_by)


def failed(code: str, detail: str, text: str = "") -> End:
    """The end by a fault."""
    return End(RunFailed(code, detail), text)
