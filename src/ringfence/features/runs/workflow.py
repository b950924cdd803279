"""The durable story of a run: begin, then ask and perform until there is an answer, then finish.

No transaction is open while a model or a tool is awaited. What is not in the journal did not happen: a process that
takes over reads it and goes on after the last finished step.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import NoReturn
from uuid import UUID

import msgspec

from ringfence.base import log
from ringfence.base.problem import Problem
from ringfence.controls import guard
from ringfence.controls.coordination import Kind as Invalid
from ringfence.controls.tenancy import UNIQUE, Database, DatabaseError, Fenced, Unapproved
from ringfence.controls.vault import KeyOwner, Vault
from ringfence.features.edge import Kernel
from ringfence.features.knowledge.search import Search

from . import agent, budget, ending, queries, tools
from .asking import Asking
from .conversation import Past, past
from .ending import End, cancelled, failed
from .engine import Engine
from .events import (
    MessageRestarted,
    ModelFailed,
    Payload,
    RunCompleted,
    RunFailed,
    RunResumed,
    RunStarted,
)
from .executor import Executor
from .file_tools import READ_FILE, FileTools
from .file_tools import find as find_of_files
from .hold import Fresh, Hold, RunLost, Stop, Stopped, Told
from .journal import Journal
from .live import Live, LiveRun
from .model_keys import ModelKeys
from .models import Finish, FinishReason, ModelDelta, ModelError, Models, TextDelta, ToolCall, Usage, UserTurn
from .performing import Performing
from .progress import Progress, Spent, replay
from .queries import Status
from .start_rows import Share
from .telling import Answer, Ended, Fault, Telling, distinct, no_further, records_of

_EVENTS = 100_000
_AWAY = 503
_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Workflow:
    """Tells runs; holds the handles that this takes."""

    database: Database
    vault: Vault
    models: Models
    live: Live
    find_tool: agent.Find = tools.find
    registry: dict[str, tools.Perform] | None = None
    http: tools.HttpTools | None = None
    search: Search | None = None

    async def tell(self, hold: Hold, fresh: Fresh | None = None, refusal: RunFailed | None = None) -> Told:
        """Tells the run to its end, from wherever it stands.

        `fresh` carries what the run's start has read already; `refusal` is why its user may not go on. Raises Problem
        503 while the database is away at the beginning; later it waits.
        """
        run: Telling | None = None
        timer: asyncio.TimerHandle | None = None
        scope = hold.scope
        await self.vault.warm(
            KeyOwner.partner(scope.partner_id),
            KeyOwner.organization(scope.org_id),
            KeyOwner.user(scope.org_id, hold.user_id),
        )
        try:
            run = await (self._begin(hold, fresh) if fresh else self._take_over(hold, refusal))
            timer = asyncio.get_running_loop().call_later(run.agent.limits.max_seconds, hold.request, Stop.TIMED_OUT)
            await self._go_on(run)
        except RunLost:
            return Told.DROPPED
        except Ended as ended:
            return Told.NEXT if ended.has_next else Told.ENDED
        finally:
            if timer is not None:
                timer.cancel()
            if run is not None:
                run.journal.close()
            if hold.live is not None:
                self.live.close(hold.scope.org_id, hold.run_id, hold.live)

    async def break_off(self, hold: Hold) -> Told:
        """Ends a run that met a fault of ours; without its last event where the journal itself cannot be read."""
        fault = RunFailed("internal_error", "Something went wrong on our side. Nothing that was stored is lost.")
        try:
            return await self.tell(hold, None, fault)
        except Problem as refusal:
            if refusal.status == _AWAY:
                raise
        except (msgspec.MsgspecError, ValueError, LookupError) as failure:
            # What is stored is of a shape that this release does not know: nobody here will ever read it.
            log.error("run_unreadable", failure, run_id=hold.run_id)
        bounds = failed(fault.code, fault.detail).bounds(hold, records_of(self.vault, hold), Spent())
        try:
            await self.database.write(hold.scope, queries.fence(hold.run_id, hold.holder, hold.attempt), *bounds)
        except Fenced:
            return Told.DROPPED
        return Told.ENDED

    async def _begin(self, hold: Hold, fresh: Fresh) -> Telling:
        records = records_of(self.vault, hold)
        journal = Journal(self.database, hold, records=records, live=self._live(hold, 2), next_seq=2)
        before = await past(self.database, self.vault, hold) if fresh.has_files or not fresh.is_first else Past()
        messages = (*before.turns, UserTurn(fresh.text, before.files.of_run))
        agent_ = self._agent(hold, fresh.agent, before)
        progress = Progress(2, has_started=True)
        return Telling(hold, records, journal, agent_, messages, progress, sources=before.files.sources)

    async def _take_over(self, hold: Hold, refusal: RunFailed | None) -> Telling:
        """Reads how far the run has come and says so in the journal, or ends it where it may not go on."""
        found, asked, agents, standing, statuses, rows = await self.database.read(
            hold.scope,
            queries.run(hold.run_id),
            queries.asked(hold.run_id),
            queries.agent(hold.run_id),
            queries.standing(hold.user_id),
            queries.agent_status(hold.run_id),
            queries.events(hold.run_id, since=0, limit=_EVENTS),
        )
        if not found or not asked or found[0].status in queries.FINAL:
            raise RunLost
        records = records_of(self.vault, hold)
        progress = replay(records.open(rows))
        live = self._live(hold, progress.next_seq)
        journal = Journal(self.database, hold, records=records, live=live, next_seq=progress.next_seq)
        before = await past(self.database, self.vault, hold)
        messages = (*before.turns, UserTurn(records.open_message(asked[0]), before.files.of_run))
        agent_, sources = self._agent(hold, agents[0], before), before.files.sources
        run = Telling(hold, records, journal, agent_, messages, progress, is_taken_over=True, sources=sources)
        is_retired = statuses != [_ACTIVE]
        end = no_further(hold, found[0], standing[0], refusal=refusal, is_retired=is_retired, progress=progress)
        if end is not None:
            await self._end(run, end, *_restarted(progress))
        await self._reopen(run, is_running=found[0].status == Status.RUNNING)
        return run

    async def _reopen(self, run: Telling, *, is_running: bool) -> None:
        hold, progress = run.hold, run.progress
        begins = [] if is_running else [queries.begin(hold.run_id)]
        if progress.has_started:
            await run.journal.append(*_restarted(progress), RunResumed(hold.attempt), also=begins)
            progress.open_text = ""
            return
        started = RunStarted(str(hold.run_id), str(hold.conversation_id))
        try:
            await run.journal.append(started, also=begins)
        except DatabaseError as failure:
            if failure.sqlstate != UNIQUE:
                raise
            # Another run of the conversation is active, whatever the order of their ids says: it ends first.
            raise RunLost from None

    async def _go_on(self, run: Telling) -> NoReturn:
        try:
            while True:
                if not run.progress.pending:
                    answer = await self._ask(run)
                    if not answer.calls:
                        await self._finish(run, answer)
                    self._note_calls(run, answer)
                await self._performing.perform(run)
        except Stopped as stopped:
            await self._stop(run, stopped.stop)
        except ModelError as error:
            log.warning("model_failed", run_id=run.hold.run_id, code=error.code.value, reason=error.cause)
            await self._end(run, failed(error.code.value, error.detail, run.text))
        except Fault as fault:
            await self._end(run, failed(fault.code, fault.detail, run.text))

    async def _ask(self, run: Telling) -> Answer:
        """The answer of the agent's model, or, where its provider fails before a word of it, of those that follow."""
        run.check_budget()
        for name in run.agent.models:
            answer = Answer(model=name)
            try:
                await self._stream(run, answer)
            except ModelError as error:
                if answer.has_begun or name == run.agent.models[-1] or not error.is_of_provider:
                    raise
                if error.is_of_key and self._keys.is_own(name, run.agent.model_keys):
                    raise  # Another model would be asked at somebody else's cost, unnoticed by who brought the key.
                log.warning("model_failed", run_id=run.hold.run_id, code=error.code.value, reason=error.cause)
                run.owe(ModelFailed(name, run.progress.step + 1, error.code.value))
            else:
                return answer
        raise AssertionError  # An agent has a model.

    async def _stream(self, run: Telling, answer: Answer) -> None:
        """Asks one model; where a budget limits it, within what is reserved."""
        model = await self._keys.model(answer.model, run.agent.model_keys, hold=run.hold)
        request = run.request(answer.model)
        run.said.clear()
        if not run.agent.has_budget:
            await self._hear(run, answer, model.stream(request))
            return
        request = budget.limited(request)
        most = await budget.reserve(self.database, run, request)
        try:
            await self._hear(run, answer, model.stream(request))
        except (Stopped, ModelError) as cut:
            if answer.has_begun or (isinstance(cut, Stopped) and answer.is_asked):
                budget.keep(run, request, most)
            raise
        if answer.usage == Usage(0, 0):
            answer.usage = most  # Some servers count nothing: a limit must not be blind to them.

    async def _hear(self, run: Telling, answer: Answer, coming: AsyncGenerator[ModelDelta]) -> None:
        """Streams one answer to the readers and into the journal's open row."""
        stage = guard.outbound()
        with run.hold.outside():
            answer.is_asked = True
            async with aclosing(coming) as deltas:
                async for delta in deltas:
                    answer.has_begun = True
                    if isinstance(delta, TextDelta):
                        if text := stage.feed(delta.text):
                            run.said.append(text)
                            run.journal.say(text)
                    elif isinstance(delta, ToolCall):
                        answer.calls.append(delta)
                    elif isinstance(delta, Usage):
                        answer.usage = delta
                    elif isinstance(delta, Finish):
                        answer.reason = delta.reason
                    else:
                        answer.carried = delta.data
        answer.is_cut = stage.is_cut
        answer.calls = distinct(answer.calls)

    def _note_calls(self, run: Telling, answer: Answer) -> None:
        text = run.text
        said = [ending.message(run.hold, run.records, text, run.cited(text))] if text else []
        run.owe(*run.answered(answer), also=said)

    async def _finish(self, run: Telling, answer: Answer) -> NoReturn:
        text = run.text
        events = run.answered(answer)
        spent = run.progress.spent
        if not text and answer.reason in {FinishReason.REFUSAL, FinishReason.CONTENT_FILTER}:
            await self._end(run, failed("model_refused", "The model declined to answer this."), *events)
        if not text:
            await self._end(run, failed("model_empty_answer", "The model gave no answer."), *events)
        end = End(RunCompleted(spent.input_tokens, spent.output_tokens, spent.cost_micros))
        await self._end(run, end, *events, text=text)

    async def _stop(self, run: Telling, stop: Stop) -> NoReturn:
        match stop:
            case Stop.LOST:
                raise RunLost
            case Stop.DRAINED:
                await run.journal.append()
                raise RunLost
            case Stop.CANCELLED:
                rows = (await self.database.read(run.hold.scope, queries.run(run.hold.run_id)))[0]
                await self._end(run, cancelled(run.text, rows[0].interrupted_by if rows else None))
            case Stop.TIMED_OUT:
                await self._end(run, End(ending.EXPIRED, run.text))

    async def _end(self, run: Telling, end: End, *before: Payload, text: str = "") -> NoReturn:
        """Writes the end in one commit and leaves the story; `text` is a whole message that ends with it."""
        run.hold.is_finishing = True
        end = replace(end, citations=run.cited(end.cut_text))
        bounds = end.bounds(run.hold, run.records, run.progress.spent)
        if text:
            bounds.append(ending.message(run.hold, run.records, text, run.cited(text)))
        while True:
            told, closing = await self._performing.asking.closed(run)
            events = (*run.owed, *before, *told, *end.events())
            try:
                # NOTE: the question by its id first: `bounds` cancels whatever is open, and answers with its own end.
                answers = await run.journal.append(*events, also=[*closing, *bounds, *run.owed_beside])
            except Unapproved:
                continue  # Somebody answered the question in this moment: what became of it is read again.
            raise Ended(has_next=answers[len(closing)][0].has_next)

    @property
    def _performing(self) -> Performing:
        files = FileTools(self.database, self.vault, self.search)
        return Performing(Asking(self.database, self.vault), self.registry, self.http, files)

    @property
    def _keys(self) -> ModelKeys:
        return ModelKeys(self.database, self.vault, self.models)

    def _live(self, hold: Hold, next_seq: int) -> LiveRun:
        if hold.live is None:
            hold.live = self.live.open(hold.scope.org_id, hold.run_id, first_seq=next_seq)
        return hold.live

    def _agent(self, hold: Hold, row: queries.AgentRow, before: Past) -> agent.Agent:
        """The agent of this run; it can read files wherever there are any, whatever it declares."""
        found = agent.opened(
            self.vault, hold.scope.partner_id, row, find=lambda name: self.find_tool(name) or find_of_files(name)
        )
        if not before.files.by_message or found.allows(READ_FILE.name) is not None:
            return found
        return replace(found, tools=(*found.tools, READ_FILE))


def open_engine(  # noqa: PLR0913 - its handles, and what a process executes
    kernel: Kernel,
    models: Models,
    *,
    holder: UUID,
    lease_seconds: float,
    http: tools.HttpTools | None = None,
    search: Search | None = None,
    most: int = 256,
    look_s: float = 1.0,
    share: Share | None = None,
) -> Engine:
    """The runs of this process, at most so many at once; nothing is executed before `start`."""
    live = Live()
    story = Workflow(kernel.database, kernel.vault, models, live, http=http, search=search)
    resume = kernel.identity.resume
    executor = Executor(
        kernel.database,
        live=live,
        story=story,
        resume=resume,
        holder=holder,
        lease_s=lease_seconds,
        most=most,
        look_s=look_s,
        share=share,
    )
    for kind in (Invalid.USER, Invalid.ORGANIZATION, Invalid.PARTNER):
        # A process that knows nothing for a while cuts nobody's run off: it drops no cache here.
        kernel.invalidation.subscribe(kind, executor.cut_off, forget_all=_forget_nothing)
    return Engine(executor, live)


def _forget_nothing() -> None:
    """What the subscription of runs drops when revocations are unknown."""


def _restarted(progress: Progress) -> tuple[Payload, ...]:
    """What a take-over writes first.

    NOTE: always the very next row when a model may have been asked, even if nothing of its answer was stored: a reader
    may have seen text of that row, and this is what makes it discard it.
    """
    may_have_asked = progress.has_started and not progress.pending
    return (MessageRestarted(),) if may_have_asked else ()
