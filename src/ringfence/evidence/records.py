"""What a round of probes writes: the newest state, a result, a day's count, and later the thinning of them.

Proved in tests/evidence/test_runner.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ringfence.base import ids
from ringfence.controls.tenancy import Bound, Database, PlatformScope, Statement, nothing, scalar
from ringfence.evidence.probes import Finding, Outcome, Probe

_SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Before:
    """How a probe stood before this look; `verdict` is the last outcome that decided something."""

    probe: str
    outcome: str
    verdict: str | None
    age_seconds: float


_STATE = Statement(
    "insert into app.probe_state as s (probe, outcome, verdict, summary, facts, looked_at, checked_at, since, "
    "cadence_seconds, duration_ms) values ($1, $2, nullif($2, 'unknown'), $3, $4::text::jsonb, $5, $6, $6, $7, $8) "
    "on conflict (probe) do update set outcome = excluded.outcome, verdict = coalesce(excluded.verdict, s.verdict), "
    "summary = excluded.summary, facts = excluded.facts, looked_at = excluded.looked_at, "
    "checked_at = excluded.checked_at, since = case when s.outcome = excluded.outcome then s.since "
    "else excluded.since end, cadence_seconds = excluded.cadence_seconds, duration_ms = excluded.duration_ms "
    "where s.checked_at <= excluded.checked_at",
    nothing,
)
_RESULT = Statement(
    "insert into app.probe_result (id, probe, outcome, summary, facts, looked_at, started_at, duration_ms, holder, "
    "is_change) values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10)",
    nothing,
)
_DAY = Statement(
    "insert into app.probe_day as d (probe, day, ok, failing, unknown) values ($1, ($2 at time zone 'utc')::date, "
    "($3 = 'ok')::int, ($3 = 'failing')::int, ($3 = 'unknown')::int) on conflict (probe, day) do update set "
    "ok = d.ok + excluded.ok, failing = d.failing + excluded.failing, unknown = d.unknown + excluded.unknown",
    nothing,
)
_BEFORE = Statement(
    "select probe, outcome, verdict, extract(epoch from clock_timestamp() - checked_at)::float8 from app.probe_state",
    Before,
)
# After a day one result an hour is enough, with each change; after ninety days nothing but what was counted.
_THIN = Statement(
    "with placed as (select id, row_number() over (partition by probe, date_trunc('hour', started_at) "
    "order by started_at, id) as place from app.probe_result "
    "where started_at < now() - interval '1 day' and not is_change), "
    "gone as (delete from app.probe_result r where r.started_at < now() - interval '90 days' "
    "or r.id in (select id from placed where place > 1) returning 1), "
    "days as (delete from app.probe_day where day < (now() at time zone 'utc')::date - 90 returning 1) "
    "select (select count(*) from gone) + (select count(*) from days)",
    scalar,
)


@dataclass(frozen=True, slots=True)
class Result:
    """One look of one probe, and how it stood before."""

    probe: Probe
    finding: Finding
    started_at: datetime
    took: timedelta
    before: Before | None = None

    @property
    def has_failed_now(self) -> bool:
        """It is failing, and the last time that it knew anything it was not."""
        return self.finding.outcome is Outcome.FAILING and self._verdict != Outcome.FAILING

    @property
    def has_recovered(self) -> bool:
        """It is well, and the last time that it knew anything it was failing."""
        return self.finding.outcome is Outcome.OK and self._verdict == Outcome.FAILING

    @property
    def _verdict(self) -> str | None:
        return self.before.verdict if self.before else None

    def writes(self, holder: UUID) -> Iterator[Bound[Any]]:
        """The statements that keep it."""
        finding, name = self.finding, self.probe.name
        facts = msgspec.json.encode(dict(finding.facts)).decode()
        took_ms = round(self.took.total_seconds() * 1000)
        summary, cadence = finding.summary[:_SUMMARY], round(self.probe.cadence.total_seconds())
        outcome, looked_at, at = finding.outcome.value, finding.looked_at, self.started_at
        is_change = self.before is None or self.before.outcome != outcome
        yield _STATE(name, outcome, summary, facts, looked_at, at, cadence, took_ms)
        yield _RESULT(ids.new(), name, outcome, summary, facts, looked_at, at, took_ms, holder, is_change)
        yield _DAY(name, at, outcome)


async def before(database: Database) -> dict[str, Before]:
    """How each probe stands, by its name."""
    return {row.probe: row for row in (await database.read(PlatformScope(), _BEFORE()))[0]}


async def thin(database: Database) -> int:
    """Deletes what need not be kept; gives how many rows."""
    return (await database.write(PlatformScope(), _THIN()))[0][0]
