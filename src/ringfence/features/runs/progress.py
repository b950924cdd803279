"""How far a run has come, as its stored events tell: what a take-over goes on from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from .events import (
    FINAL,
    ApprovalRequested,
    Called,
    Kind,
    MessageCompleted,
    MessageDelta,
    ModelCompleted,
    Source,
    ToolCalled,
    ToolCompleted,
)
from .models import AssistantTurn, ToolCall, ToolTurn, Turn
from .records import Event


class SpentColumns(TypedDict):
    """What a run's row says of its cost."""

    input_tokens: int
    output_tokens: int
    cost_micros: int | None


@dataclass(slots=True)
class Spent:
    """Tokens and cost so far; the cost is None once a model without a known price was asked."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int | None = 0
    model: str | None = None
    """The model that answered last."""

    def add(self, input_tokens: int, output_tokens: int, cost_micros: int | None) -> None:
        """Counts one request."""
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        if self.cost_micros is None or cost_micros is None:
            self.cost_micros = None
        else:
            self.cost_micros += cost_micros

    def columns(self) -> SpentColumns:
        """The counts by the names of their columns."""
        return SpentColumns(
            input_tokens=self.input_tokens, output_tokens=self.output_tokens, cost_micros=self.cost_micros
        )

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.input_tokens + self.output_tokens


@dataclass(slots=True)
class Progress:
    """The run's own turns after the user's message, and what is still open."""

    next_seq: int = 1
    has_started: bool = False
    is_final: bool = False
    step: int = 0
    turns: list[Turn] = field(default_factory=list[Turn])
    spent: Spent = field(default_factory=Spent)
    open_text: str = ""
    """What was said of a message that has no end yet."""
    pending: list[ToolCall] = field(default_factory=list[ToolCall])
    """Calls that the model asked for and that have no end, in order."""
    begun: set[str] = field(default_factory=set[str])
    """Those of them that had a start."""
    last_text: str = ""
    asked: ApprovalRequested | None = None
    """What a person was asked about the first of the pending calls, as long as the journal holds no answer."""
    sources: dict[str, Source] = field(default_factory=dict[str, Source])
    """The passages of files that tools gave, by their marks."""
    waits: int = 0
    """How often it waited for a person: a take-over after that is no interruption."""

    def read(self, event: Event) -> None:
        """Takes in the next event."""
        self.next_seq = event.seq + 1
        match event.kind:
            case Kind.RUN_STARTED:
                self.has_started = True
            case Kind.MESSAGE_DELTA:
                self.open_text += event.decode(MessageDelta).text
            case Kind.MESSAGE_RESTARTED:
                self.open_text = ""
            case Kind.MESSAGE_COMPLETED:
                self.open_text = ""
                self.last_text = event.decode(MessageCompleted).text
            case Kind.MODEL_COMPLETED:
                self._answered(event.decode(ModelCompleted))
            case Kind.TOOL_CALLED:
                self.begun.add(event.decode(ToolCalled).call_id)
            case Kind.TOOL_COMPLETED:
                self.performed(event.decode(ToolCompleted))
            case _:
                self._read_wait(event)
                self.is_final = event.kind in FINAL

    def _read_wait(self, event: Event) -> None:
        match event.kind:
            case Kind.APPROVAL_REQUESTED:
                self.asked = event.decode(ApprovalRequested)
            case Kind.APPROVAL_DECIDED:
                self.asked = None
            case Kind.RUN_WAITING:
                self.waits += 1
            case _:
                pass

    def _answered(self, answer: ModelCompleted) -> None:
        self.spent.add(answer.input_tokens, answer.output_tokens, answer.cost_micros)
        self.spent.model = answer.model
        self.answered(self.last_text, answer.calls, answer.carried or "")
        self.last_text = ""

    def answered(self, text: str, calls: tuple[Called, ...], carried: str = "") -> None:
        """The model has said this and asked for these calls."""
        asked = tuple(ToolCall(call.call_id, call.name, call.arguments_json) for call in calls)
        self.step += 1
        self.turns.append(AssistantTurn(text, asked, carried))
        self.pending = list(asked)
        self.begun.clear()

    def performed(self, done: ToolCompleted) -> None:
        """A call has its answer: it is never made again."""
        self.sources |= {one.marker: one for one in done.sources}
        self.turns.append(ToolTurn(done.call_id, done.name, done.text, done.is_error))
        self.pending = [call for call in self.pending if call.call_id != done.call_id]
        self.begun.discard(done.call_id)


def replay(events: Iterable[Event]) -> Progress:
    """The progress that these events, all of a run, tell of."""
    progress = Progress()
    for event in events:
        progress.read(event)
    return progress
