"""What the probes found, as the Trust Center and the command line read it: one round trip each.

Proved in tests/evidence/test_history.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ringfence.controls.tenancy import Database, PlatformScope, Statement
from ringfence.evidence.probes import Outcome

DAYS = 90


@dataclass(frozen=True, slots=True)
class ProbeState:
    """The newest result of a probe; `outcome` is unknown where that is `stale`: three cadences old, or older."""

    probe: str
    outcome: Outcome
    summary: str
    facts: Mapping[str, int | str]
    looked_at: int
    checked_at: datetime
    since: datetime
    """When the outcome became what it is."""
    stale: bool


@dataclass(frozen=True, slots=True)
class Day:
    """How often a probe came to each outcome on one day (UTC); a day without a row was not looked at."""

    day: date
    ok: int
    failing: int
    unknown: int


def _state(  # noqa: PLR0913 - the columns of a state
    probe: str,
    outcome: str,
    summary: str,
    facts: Mapping[str, int | str],
    looked_at: int,
    checked_at: datetime,
    since: datetime,
    stale: bool,  # noqa: FBT001 - a column
) -> ProbeState:
    shown = Outcome.UNKNOWN if stale else Outcome(outcome)
    return ProbeState(probe, shown, summary, facts, looked_at, checked_at, since, stale)


def _day(probe: str, day: date, ok: int, failing: int, unknown: int) -> tuple[str, Day]:
    return probe, Day(day, ok, failing, unknown)


_STATES = Statement(
    "select probe, outcome, summary, facts, looked_at, checked_at, since, "
    "checked_at < clock_timestamp() - make_interval(secs => 3 * cadence_seconds) from app.probe_state order by probe",
    _state,
)
_DAYS = Statement(
    "select probe, day, ok, failing, unknown from app.probe_day "
    "where day > (clock_timestamp() at time zone 'utc')::date - $1::int order by probe, day",
    _day,
)


async def states(database: Database) -> dict[str, ProbeState]:
    """The newest result of each probe by its name; a probe that never ran is not in it."""
    return {state.probe: state for state in (await database.read(PlatformScope(), _STATES()))[0]}


async def days(database: Database) -> dict[str, list[Day]]:
    """The last ninety days of each probe by its name, oldest first; days without a look are left out."""
    return _by_probe((await database.read(PlatformScope(), _DAYS(DAYS)))[0])


async def read(database: Database) -> tuple[dict[str, ProbeState], dict[str, list[Day]]]:
    """States and days in one round trip."""
    found, rows = await database.read(PlatformScope(), _STATES(), _DAYS(DAYS))
    return {state.probe: state for state in found}, _by_probe(rows)


def _by_probe(rows: list[tuple[str, Day]]) -> dict[str, list[Day]]:
    found: dict[str, list[Day]] = {}
    for probe, day in rows:
        found.setdefault(probe, []).append(day)
    return found
