"""When the live checks changed their minds: the newest changes of each, newest first."""

from dataclasses import dataclass
from datetime import datetime

from ringfence.controls.tenancy import Database, PlatformScope, Statement
from ringfence.evidence.probes import Outcome

KEPT = 20


@dataclass(frozen=True, slots=True)
class Change:
    """What a live check became, when, and what it found then."""

    probe: str
    outcome: Outcome
    summary: str
    at: datetime


def _change(probe: str, outcome: str, summary: str, at: datetime) -> Change:
    return Change(probe, Outcome(outcome), summary, at)


_CHANGES = Statement(
    "select probe, outcome, summary, started_at from (select probe, outcome, summary, started_at, "
    "row_number() over (partition by probe order by started_at desc, id desc) as place from app.probe_result "
    "where is_change) newest where place <= $1::int order by probe, place",
    _change,
)


async def changes(database: Database) -> dict[str, list[Change]]:
    """The changes of each probe by its name."""
    found: dict[str, list[Change]] = {}
    for change in (await database.read(PlatformScope(), _CHANGES(KEPT)))[0]:
        found.setdefault(change.probe, []).append(change)
    return found
