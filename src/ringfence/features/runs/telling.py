"""What one telling of a run's story works with, and the small questions that the story asks of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ringfence.base.crypto import random_bytes
from ringfence.controls.tenancy import Bound
from ringfence.controls.vault import Vault

from . import citing, queries
from .agent import Agent
from .ending import End, cancelled, failed
from .events import Called, MessageCompleted, ModelCompleted, Payload, RunFailed, Source, ToolCalled
from .hold import Hold
from .journal import Journal
from .models import FinishReason, ModelRequest, ToolCall, Turn, Usage, prices
from .progress import Progress
from .records import Records

MAX_ATTEMPTS = 20
_ACTIVE = "active"


class Fault(Exception):  # noqa: N818 - what ends the run, told to its reader
    """The run cannot go on; code and detail are safe for the world."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Ended(Exception):  # noqa: N818 - the way out of the story
    """The end is committed."""

    def __init__(self, *, has_next: bool) -> None:
        super().__init__()
        self.has_next = has_next


@dataclass(slots=True)
class Answer:
    """What the model answered beside its text."""

    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    reason: FinishReason = FinishReason.OTHER
    is_cut: bool = False
    model: str = ""
    carried: str = ""
    is_asked: bool = False
    has_begun: bool = False
    """Something of it came, shown or not: another model must not go on with it."""


@dataclass(slots=True)
class Telling:
    """The hold, the journal under it, and how far the run has come."""

    hold: Hold
    records: Records
    journal: Journal
    agent: Agent
    messages: tuple[Turn, ...]
    progress: Progress
    is_taken_over: bool = False
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source])
    """What can be cited of the files that came with the message."""
    said: list[str] = field(default_factory=list[str])
    owed: list[Payload] = field(default_factory=list[Payload])
    """Events that go with the next commit: one commit a step."""
    owed_beside: list[Bound[Any]] = field(default_factory=list[Bound[Any]])
    boundary: str = field(default_factory=lambda: random_bytes(8).hex())
    """Around what tools answer; never in anything that a tool is sent."""

    @property
    def text(self) -> str:
        """What was said so far of the message that is open."""
        return "".join(self.said)

    def request(self, model: str) -> ModelRequest:
        """The next question to this model of the agent."""
        return ModelRequest(
            model=model,
            instructions=self.agent.instructions,
            messages=(*self.messages, *self.progress.turns),
            tools=tuple(tool.as_spec() for tool in self.agent.tools),
            max_output_tokens=self.agent.limits.max_output_tokens,
            boundary=self.boundary,
        )

    def check_budget(self) -> None:
        """Raises Fault where the agent's limits are reached."""
        limits, progress = self.agent.limits, self.progress
        if progress.step >= limits.max_steps:
            raise Fault("step_limit", f"The agent allows {limits.max_steps} steps a run.")
        if limits.max_tokens is not None and progress.spent.tokens >= limits.max_tokens:
            raise Fault("token_limit", f"The agent allows {limits.max_tokens} tokens a run.")

    def answered(self, answer: Answer) -> list[Payload]:
        """The events that close one request to the model."""
        model, usage, text, progress = answer.model, answer.usage, self.text, self.progress
        cost = prices.cost_micros(model, usage)
        calls = tuple(Called(call.call_id, call.name, call.arguments_json) for call in answer.calls)
        progress.spent.add(usage.input_tokens, usage.output_tokens, cost)
        progress.spent.model = model
        progress.answered(text, calls, answer.carried)
        self.said.clear()
        tokens = usage.input_tokens, usage.output_tokens
        kept = answer.carried or msgspec.UNSET
        done = ModelCompleted(model, progress.step, *tokens, cost, answer.reason.value, calls, kept)
        return [MessageCompleted(text, answer.is_cut, self.cited(text)), done] if text else [done]

    def cited(self, text: str) -> tuple[Source, ...]:
        """What this text cites of the files that the run has read."""
        return citing.cited(text, self.sources, self.progress.sources)

    def owe(self, *events: Payload, also: Sequence[Bound[Any]] = ()) -> None:
        """Leaves events, and what belongs to them, to the next commit."""
        self.owed.extend(events)
        self.owed_beside.extend(also)

    def begin(self, call: ToolCall, decided: Bound[None]) -> None:
        """Owes the start of a call that has none, and the entry of what was decided about it."""
        if call.call_id not in self.progress.begun:
            self.owe(self.called(call), also=[decided])
            self.progress.begun.add(call.call_id)

    async def settle(self, *events: Payload, also: Sequence[Bound[Any]] = ()) -> None:
        """Commits what is owed together with these; nothing where there is nothing."""
        if self.owed or self.owed_beside or events or also:
            await self.journal.append(*self.owed, *events, also=[*self.owed_beside, *also])
            self.owed.clear()
            self.owed_beside.clear()

    def key(self, call: ToolCall) -> str:
        """The call's idempotency key: the same for each repetition of it, and for no other call."""
        return f"{self.hold.run_id}:{self.progress.step}.{call.call_id}"

    def called(self, call: ToolCall) -> ToolCalled:
        """The event that says that the call begins."""
        try:
            args = msgspec.json.decode(call.arguments_json, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeEncodeError):
            args = None
        return ToolCalled(call.call_id, call.name, args, self.key(call))


def records_of(vault: Vault, hold: Hold) -> Records:
    """The records of a held run."""
    return Records.of(vault, org_id=hold.scope.org_id, user_id=hold.user_id, run_id=hold.run_id)


def distinct(calls: list[ToolCall]) -> list[ToolCall]:
    """The calls with ids that differ: a provider that repeats one must not make two calls one."""
    seen: set[str] = set()
    kept: list[ToolCall] = []
    for at, call in enumerate(calls):
        call_id = call.call_id
        while call_id in seen:
            call_id = f"{call_id}~{at}"
        seen.add(call_id)
        kept.append(ToolCall(call_id, call.name, call.arguments_json))
    return kept


def no_further(  # noqa: PLR0913 - what may end a run
    hold: Hold,
    run: queries.RunRow,
    standing: queries.StandingRow,
    *,
    refusal: RunFailed | None,
    is_retired: bool,
    progress: Progress,
) -> End | None:
    """The end of a run that may not go on."""
    text = progress.open_text
    if run.cancel_requested_at is not None:
        return cancelled(text, run.interrupted_by)
    if refusal is not None:
        return End(refusal, text)
    if standing.organization_status != _ACTIVE:
        return failed("organization_restricted", "This organization is restricted.", text)
    if standing.user_status != _ACTIVE:
        return failed("user_restricted", "This account is restricted.", text)
    if not standing.generative_ai:
        return failed("ai_disabled", "This organization has switched generative AI off.", text)
    if is_retired and (progress.asked is not None or not progress.has_started):
        # What a crash cut goes on; what only would begin, or waits for a yes, does not.
        return failed("agent_retired", "This agent has been retired.", text)
    if hold.attempt - progress.waits > MAX_ATTEMPTS:
        return failed("attempts_exhausted", "The run was interrupted too often.", text)
    return None
