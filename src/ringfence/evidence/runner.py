"""Runs probes: each bounded in time, what it found kept in one write a round, a change for the worse raised at once.

A probe that hangs is cut off, one that throws is recorded; one that found nothing to look at, or missed what was
planted for it, is never well. Keeps TRU-01. Proved in tests/evidence/test_runner.py.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.controls import audit
from ringfence.controls.tenancy import Bound, PlatformScope
from ringfence.evidence import records
from ringfence.evidence.probes import Finding, Ground, Outcome, Probe
from ringfence.evidence.probes.catalogue import PROBES
from ringfence.evidence.records import Before, Result

EVERY = timedelta(minutes=1)
"""How often a round looks for probes that are due."""
_AT_ONCE = 3
_JITTER = 0.1
_GRACE_SECONDS = 1.0
_LOGGED = 20


@final
class Runner:
    """The probes of one deployment, as run by one process, which the results name by `holder`."""

    def __init__(self, ground: Ground, holder: UUID, *, probes: Sequence[Probe] = PROBES) -> None:
        self._ground = ground
        self._holder = holder
        self._probes = probes
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._stuck: dict[str, asyncio.Task[Finding]] = {}

    async def round(self) -> int:
        """Runs the probes that are due; gives how many looked."""
        stood = await records.before(self._ground.database)
        due = [probe for probe in self._probes if _is_due(probe, stood.get(probe.name))]
        return len(await self._run(due, stood))

    async def run_now(self, names: Collection[str] = ()) -> list[Result]:
        """Runs these probes, or all, whatever their time; what they found is kept as always."""
        wanted = [probe for probe in self._probes if not names or probe.name in names]
        return await self._run(wanted, await records.before(self._ground.database))

    async def thin(self) -> int:
        """Deletes results that need not be kept; gives how many rows."""
        return await records.thin(self._ground.database)

    async def _run(self, probes: Sequence[Probe], stood: dict[str, Before]) -> list[Result]:
        looks = [asyncio.create_task(self._look(probe, stood.get(probe.name))) for probe in probes]
        try:
            results = list(await asyncio.gather(*looks))
        finally:
            for look in looks:
                look.cancel()
        if results:
            writes = [bound for result in results for bound in (*result.writes(self._holder), *self._raised(result))]
            await self._ground.database.write(PlatformScope(), *writes)
        return results

    async def _look(self, probe: Probe, before: Before | None) -> Result:
        async with self._turns:
            started_at, moment = clock.now(), clock.monotonic()
            finding = judged(await self._bounded(probe))
            took = timedelta(seconds=clock.monotonic() - moment)
            return Result(probe, finding, started_at, took, before)

    async def _bounded(self, probe: Probe) -> Finding:
        """What the probe gives within its limit. One that will not end is not begun again before it has."""
        if (left := self._stuck.get(probe.name)) is not None and not left.done():
            left.cancel()
            return _unknown("Could not look: the look before has not ended.")
        look = asyncio.create_task(_run(probe, self._ground))
        try:
            await asyncio.wait([look], timeout=probe.limit.total_seconds())
            if look.done():
                return _outcome_of(probe, look)
        finally:
            look.cancel()
        await asyncio.wait([look], timeout=_GRACE_SECONDS)
        if not look.done():
            self._stuck[probe.name] = look
            log.error("probe_does_not_end", job=probe.name)
        return _unknown(f"Took longer than {probe.limit.total_seconds():g} s.")

    def _raised(self, result: Result) -> list[Bound[Any]]:
        """What a change for the worse, or back, writes beside the result."""
        if not result.has_failed_now and not result.has_recovered:
            return []
        name = result.probe.name
        if result.has_failed_now:
            for fault in result.finding.faults[:_LOGGED] or ("",):
                log.error("probe_failing", job=name, count=result.finding.looked_at, reason=fault)
            action, outcome = audit.Action.PROBE_FAILED, "failure"
        else:
            log.info("probe_recovered", job=name)
            action, outcome = audit.Action.PROBE_RECOVERED, "success"
        entry = audit.entry(
            audit.Actor.system(self._holder), action, outcome=outcome, origin=audit.Origin.internal(), probe=code(name)
        )
        return [entry, self._alert(result)]

    def _alert(self, result: Result) -> Bound[None]:
        name, finding = result.probe.name, result.finding
        turn = "fails" if result.has_failed_now else "is well again"
        text = (
            f"{result.probe.title}\n\n{finding.summary}\n\nPromises: {', '.join(result.probe.promises)}.\n"
            f"Look again by hand: ringfence probe {name}\n"
        )
        dedupe = f"{name} {result.started_at.isoformat()}"
        return self._ground.outbox.alert("probe", subject=f"Probe {name} {turn}", text=text, dedupe=dedupe)


async def _run(probe: Probe, ground: Ground) -> Finding:
    return await probe.run(ground)


def _outcome_of(probe: Probe, look: asyncio.Task[Finding]) -> Finding:
    if look.cancelled():
        return _unknown("Could not look: it was cancelled.")
    failure = look.exception()
    if failure is None:
        return look.result()
    log.error("probe_failed_to_look", failure, job=probe.name)
    return _unknown(f"Could not look: {type(failure).__name__}.")


def judged(finding: Finding) -> Finding:
    """The finding as it counts: nothing to look at is no proof, and a probe that missed its plant is blind."""
    if finding.outcome is not Outcome.OK:
        return finding
    if not finding.control:
        return replace(finding, outcome=Outcome.FAILING, summary="The look missed what was planted for it.")
    if finding.looked_at <= 0:
        return replace(finding, outcome=Outcome.UNKNOWN, summary="Found nothing to look at.")
    return finding


def code(name: str) -> str:
    """A probe's name as the log's short codes are written."""
    return name.replace(".", "_")


def _is_due(probe: Probe, before: Before | None) -> bool:
    # What could not tell looks again in the next round: at a start, what it looks at may not be there yet.
    if before is None or before.outcome == Outcome.UNKNOWN:
        return True
    share = 1 - _JITTER * random.random()  # noqa: S311 - spreads the load, guards nothing
    return before.age_seconds >= probe.cadence.total_seconds() * share - EVERY.total_seconds() / 2


def _unknown(summary: str) -> Finding:
    return Finding(Outcome.UNKNOWN, summary, looked_at=0, control=False)
