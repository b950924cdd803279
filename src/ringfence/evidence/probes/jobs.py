"""Probes that each scheduled job runs in its time and ends well. Keeps HOK-03 (in part).

Proved in tests/evidence/test_probes_state.py.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from ringfence.controls.tenancy import PlatformScope, Statement, Tx, nothing
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_AGAIN_S = 2.0
_LATE_PLANT, _FAILED_PLANT = "planted_late", "planted_failed"


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    is_late: bool
    has_failed: bool


# A job that has never run is late once the deployment is older than a few minutes; one whose lease is renewed for half
# an hour hangs, since none has that much to do.
_JOBS = Statement(
    "select s.job, (s.until is null or s.until < clock_timestamp()) "
    "and s.next_at < clock_timestamp() - interval '5 minutes' and (s.next_at > '-infinity' "
    "or exists (select from app.schedule_run r where r.started_at < clock_timestamp() - interval '5 minutes')) "
    "or s.until >= clock_timestamp() and coalesce((select r.finished_at is null and r.holder = s.holder "
    "and r.started_at < clock_timestamp() - interval '30 minutes' from app.schedule_run r where r.job = s.job "
    "order by r.id desc limit 1), false), "
    "coalesce((select r.outcome = 'failure' from app.schedule_run r where r.job = s.job and r.finished_at is not null "
    "order by r.id desc limit 1), false) "
    "from app.schedule s where cardinality($1::text[]) = 0 or s.job = any($1::text[]) order by s.job",
    _Job,
)
_PLANT = Statement(
    "insert into app.schedule (job, next_at) values ('planted_late', clock_timestamp() - interval '1 hour'), "
    "('planted_failed', clock_timestamp() + interval '1 hour')",
    nothing,
)
_PLANT_RUN = Statement(
    "insert into app.schedule_run (id, job, holder, finished_at, outcome) values (gen_random_uuid(), 'planted_failed', "
    "gen_random_uuid(), now(), 'failure')",
    nothing,
)


async def _schedule(ground: Ground) -> Finding:
    """Plants a job that is late and one that failed, in a transaction that is rolled back: the look must name both."""
    wanted = list(ground.jobs)
    jobs = (await ground.database.read(PlatformScope(), _JOBS(wanted)))[0]
    if any(job.is_late for job in jobs):
        # At a start, or when a process has just gone, whoever is next may be about to begin.
        await asyncio.sleep(_AGAIN_S)
        jobs = (await ground.database.read(PlatformScope(), _JOBS(wanted)))[0]
    async with rolled_back(ground.database.platform()) as tx:
        control = await _finds_plants(tx, wanted)
    return weighed(
        _faults(jobs),
        well=f"All {len(jobs)} scheduled jobs run in their time, and each ended well the last time.",
        faulty="{} scheduled jobs are late or failed the last time.",
        looked_at=len(jobs),
        control=control,
        facts={"jobs": len(jobs)},
    )


async def _finds_plants(tx: Tx, wanted: list[str]) -> bool:
    asked = [*wanted, _LATE_PLANT, _FAILED_PLANT] if wanted else []
    jobs = (await tx.pipeline(_PLANT(), _PLANT_RUN(), _JOBS(asked)))[2]
    return {f"{_LATE_PLANT} is late", f"{_FAILED_PLANT} failed"} <= set(_faults(jobs))


def _faults(jobs: list[_Job]) -> list[str]:
    late = [f"{job.name} is late" for job in jobs if job.is_late]
    return late + [f"{job.name} failed" for job in jobs if job.has_failed]


PROBES = (Probe("schedule.jobs", ("HOK-03",), "Each scheduled job runs in its time", timedelta(minutes=5), _schedule),)
