"""Executes runs in this process: those it accepts at once, and those whose lease ran out or that nobody began.

One heartbeat a second extends all leases and brings wishes to cancel; one claim a second takes over what is due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, final
from uuid import UUID

from ringfence.base import log
from ringfence.base.principal import OrgId, Principal, Role, RunId
from ringfence.base.problem import Problem
from ringfence.controls.identity import AccessEnded
from ringfence.controls.tenancy import Database, DatabaseError, OrgScope, gate, scope_of

from . import queries
from .events import RunFailed
from .hold import Fresh, Hold, Stop, Told
from .live import Live
from .start_rows import Share

_BEAT_S = 1.0
_BEATS_A_LEASE = 4
_CLAIMS = 32
_AWAY = 503


class Story(Protocol):
    """What a run does; runs.workflow tells it."""

    async def tell(self, hold: Hold, fresh: Fresh | None = None, refusal: RunFailed | None = None) -> Told:
        """Tells the run to its end."""
        ...

    async def break_off(self, hold: Hold) -> Told:
        """Ends a run that met a fault of ours."""
        ...


Resume = Callable[[gate.ClaimedRun], Awaitable[Principal]]
"""Gives the user of a claimed run as a principal, or raises AccessEnded where that user may not go on."""


@dataclass(frozen=True, slots=True)
class _Abandoned:
    """A run whose lease may still name this process, though nothing here executes it."""

    scope: OrgScope
    run_id: RunId
    attempt: int


@final
class Executor:
    """The runs that this process holds, under one holder id."""

    def __init__(  # noqa: PLR0913 - its handles and its two settings
        self,
        database: Database,
        *,
        live: Live,
        story: Story,
        resume: Resume,
        holder: UUID,
        lease_s: float,
        most: int = 256,
        look_s: float = 1.0,
        share: Share | None = None,
    ) -> None:
        self.holder = holder
        self.lease_s = lease_s
        self.share = share or Share()
        self._database = database
        self._live = live
        self._story = story
        self._resume = resume
        self._most = most
        self._look_s = min(look_s, lease_s)
        self._is_draining = False
        self._holds: dict[RunId, Hold] = {}
        self._tasks: dict[asyncio.Task[Told], Hold | gate.ClaimedRun] = {}
        self._abandoned: list[_Abandoned] = []
        self._woken = asyncio.Event()

    @property
    def holder_for_start(self) -> UUID | None:
        """Who holds a run that starts now: this process; nobody where it is full, about to go, or executes none."""
        return None if self._is_draining or len(self._tasks) >= self._most else self.holder

    @property
    def tasks(self) -> tuple["asyncio.Task[Told]", ...]:
        """What is being told now."""
        return tuple(self._tasks)

    def accept(self, hold: Hold, fresh: Fresh) -> None:
        """Begins a run that its start has leased to this process."""
        self._holds[hold.run_id] = hold
        self._follow(asyncio.create_task(self._story.tell(hold, fresh)), hold)

    def abandon(self, scope: OrgScope, run_id: RunId, attempt: int) -> None:
        """Gives a lease back that this process may hold without executing the run: its heartbeat must not keep it."""
        self._abandoned.append(_Abandoned(scope, run_id, attempt))

    def find(self, org_id: OrgId, run_id: RunId) -> Hold | None:
        """The hold of a run that is executed here."""
        hold = self._holds.get(run_id)
        return hold if hold is not None and hold.scope.org_id == org_id else None

    async def settled(self, hold: Hold, *, within_s: float) -> None:
        """Returns when that run is no longer executed here, or after that time."""
        tasks = [task for task, held in self._tasks.items() if held is hold]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)

    def cut_off(self, subject_id: UUID) -> None:
        """Lets go of every run of a user, an organization or a partner: whoever claims it asks whether it may go on."""
        for hold in self._holds.values():
            whose = (hold.user_id, hold.scope.org_id, hold.scope.partner_id)
            if subject_id in whose and not hold.is_finishing and not hold.is_broken:
                hold.request(Stop.LOST)

    def wake(self) -> None:
        """Claims now what is due."""
        self._woken.set()

    async def run(self) -> None:
        """Heartbeats and claims until cancelled. Losing the database is not an error: it is logged, and tried again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat_on())
            group.create_task(self._claim_on())

    def begin_drain(self) -> None:
        """No run is begun here any more; streams close, and their readers come back to another process."""
        self._is_draining = True
        self._live.shut()

    async def drain(self, *, within_s: float) -> None:
        """Hands every run over: open text is stored, leases are given back. Call it after `run` was cancelled."""
        self.begin_drain()
        for hold in self._holds.values():
            hold.request(Stop.DRAINED)
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=within_s)
        remaining = list(self._tasks)
        for task in remaining:
            task.cancel()
        await asyncio.gather(*remaining, return_exceptions=True)
        try:
            await gate.release_leases(self._database, self.holder)
        except (Problem, DatabaseError) as failure:
            log.error("leases_not_released", failure, holder=self.holder)

    async def beat(self) -> None:
        """One heartbeat: extends what is held, tells runs that are lost or to be cancelled."""
        await self._give_back()
        held = dict(self._holds)
        if not held:
            return
        # NOTE: by name. A lease whose claim was never answered is executed by nobody and must not live for ever.
        executed = held.keys() | {one.run_id for one in self._tasks.values()}
        leases = await gate.extend_leases(self._database, self.holder, seconds=self.lease_s, executed=executed)
        extended = {lease.run_id: lease for lease in leases}
        for run_id, hold in held.items():
            lease = extended.get(run_id)
            if hold.is_finishing:
                continue  # its lease may just have been deleted with its end
            if lease is None or lease.attempt != hold.attempt:
                hold.request(Stop.LOST)
            elif lease.is_cancelled:
                hold.request(Stop.CANCELLED)

    async def claim(self) -> int:
        """Takes over what is due and begins it; gives how many."""
        room = min(_CLAIMS, self._most - len(self._tasks))
        if room <= 0 or self._is_draining:
            return 0
        claimed = await gate.claim_runs(
            self._database, self.holder, seconds=self.lease_s, most=room, share=self.share.executed
        )
        for one in claimed:
            if (older := self._holds.pop(one.run_id, None)) is not None:
                older.request(Stop.LOST)
            self._follow(asyncio.create_task(self._take_over(one)), one)
        return len(claimed)

    async def _beat_on(self) -> None:
        pause_s = min(_BEAT_S, self.lease_s / _BEATS_A_LEASE)
        while True:
            await asyncio.sleep(pause_s)
            try:
                await self.beat()
            except (Problem, DatabaseError) as failure:
                log.error("heartbeat_failed", failure, holder=self.holder)

    async def _claim_on(self) -> None:
        while True:
            self._woken.clear()
            claimed = 0
            try:
                claimed = await self.claim()
            except (Problem, DatabaseError) as failure:
                log.error("claim_failed", failure, holder=self.holder)
            if claimed == _CLAIMS:
                continue
            timer = asyncio.get_running_loop().call_later(self._look_s, self._woken.set)
            await self._woken.wait()
            timer.cancel()

    async def _take_over(self, claimed: gate.ClaimedRun) -> Told:
        refusal: RunFailed | None = None
        try:
            scope = scope_of(await self._resume(claimed))
        except AccessEnded as ended:
            refusal = RunFailed(ended.reason, "The user of this run may no longer use it.")
            scope = _scope(claimed)
        rows = (await self._database.read(scope, queries.run(claimed.run_id)))[0]
        if not rows:
            return Told.DROPPED
        row = rows[0]
        hold = Hold(scope, row.id, row.conversation_id, row.user_id, self.holder, claimed.attempt)
        self._holds[row.id] = hold
        task = asyncio.current_task()
        if task is not None:
            self._tasks[task] = hold
        if self._is_draining:
            return Told.DROPPED
        log.info("run_taken_over", run_id=row.id, attempt=claimed.attempt)
        return await self._story.tell(hold, None, refusal)

    def _follow(self, task: "asyncio.Task[Told]", held: Hold | gate.ClaimedRun) -> None:
        self._tasks[task] = held
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Told]") -> None:
        held = self._tasks.pop(task)
        if isinstance(held, Hold) and self._holds.get(held.run_id) is held:
            del self._holds[held.run_id]
        if task.cancelled():
            return
        failure = task.exception()
        if failure is None:
            self._told(held, task.result())
        elif isinstance(failure, Problem) and failure.status == _AWAY:
            self._told(held, Told.DROPPED)
        else:
            log.error("run_broken", failure, run_id=held.run_id)
            self._break_off(held)

    def _told(self, held: Hold | gate.ClaimedRun, told: Told) -> None:
        if told is Told.NEXT:
            self.wake()
        if told is Told.DROPPED:
            self.abandon(_scope(held), held.run_id, held.attempt)

    def _break_off(self, held: Hold | gate.ClaimedRun) -> None:
        """Ends what met a fault of ours, once; if that fails too, the lease goes back, and attempts are counted."""
        if isinstance(held, gate.ClaimedRun) or held.is_broken:
            self._told(held, Told.DROPPED)
            return
        again = Hold(held.scope, held.run_id, held.conversation_id, held.user_id, held.holder, held.attempt)
        again.is_broken = True
        self._holds[again.run_id] = again
        self._follow(asyncio.create_task(self._story.break_off(again)), again)

    async def _give_back(self) -> None:
        abandoned, self._abandoned = self._abandoned, []
        for at, one in enumerate(abandoned):
            try:
                await self._database.write(one.scope, queries.yield_lease(one.run_id, self.holder, one.attempt))
            except (Problem, DatabaseError):
                self._abandoned.extend(abandoned[at:])
                raise


def _scope(held: Hold | gate.ClaimedRun) -> OrgScope:
    if isinstance(held, Hold):
        return held.scope
    return OrgScope(held.partner_id, held.org_id, Role.MEMBER, held.user_id)
