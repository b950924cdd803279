"""A probe that a run survives the loss of its process: a canary's run is taken away from whoever executes it.

Keeps AGT-03. Its lease is ended and its attempt raised in the database, which is what a process that died and was taken
over looks like to the one that thought it held the run. Proved in tests/evidence/test_canaries.py, where nobody takes
runs over and the probe turns red.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ringfence.base import clock
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.tenancy import OrgScope, Statement, scalar
from ringfence.evidence import canary_planting as planting
from ringfence.evidence.canaries import Canaries, Canary
from ringfence.evidence.probes.canaries import with_canaries
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe

_WORDS: Final = " ".join(f"word{number}" for number in range(1, 41))
_TAKE: Final = Statement(
    "update app.run_lease set holder = null, attempt = attempt + 1, until = '-infinity' "
    "where run_id = $1 and holder is not null returning attempt",
    scalar,
)
_BEGIN_SECONDS: Final = 5.0
_RECOVER_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 0.2
_FINAL: Final = frozenset({"completed", "failed", "cancelled", "expired"})


async def by_taking(ground: Ground, canaries: Canaries, found: Mapping[str, Canary]) -> Finding:
    """Starts a run, takes it away in mid-answer, and sees it end with the whole answer."""
    canary = found["a"]
    ask = planting.Asker(replace(canaries.http, headers={"Accept": "application/json"}), canary.sessions[Role.MEMBER])
    agents = {one["name"]: one["id"] for one in await ask.items("/api/v1/agents")}
    text = f"Repeat after me: {_WORDS}"
    run = await ask.post("/api/v1/runs", {"agent_id": agents[planting.SLOW_AGENT], "input": {"text": text}})
    try:
        was_taken = await _take(ground, canary, ask, run["id"])
        started = clock.monotonic()
        status = await _ended(ask, run["id"])
        took_s = clock.monotonic() - started
        events = (await ask.get(f"/api/v1/runs/{run['id']}/events"))["items"]
    finally:
        await canaries.http.send("DELETE", f"/api/v1/conversations/{run['conversation_id']}", bearer=ask.bearer)
    return _finding(status, events, was_taken=was_taken, took_s=took_s)


async def _take(ground: Ground, canary: Canary, ask: planting.Asker, run_id: str) -> bool:
    """Whether the run was under way and is nobody's now."""
    patience = clock.monotonic() + _BEGIN_SECONDS
    while clock.monotonic() < patience:
        if (await ask.get(f"/api/v1/runs/{run_id}"))["started_at"] is not None:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    member = UserId(UUID(canary.users[Role.MEMBER]))
    scope = OrgScope(canary.partner.id, OrgId(UUID(canary.org_id)), Role.MEMBER, member)
    return bool((await ground.database.write(scope, _TAKE(UUID(run_id))))[0])


async def _ended(ask: planting.Asker, run_id: str) -> str:
    """The run's status, once it is final or patience is at its end."""
    patience = clock.monotonic() + _RECOVER_SECONDS
    while (status := str((await ask.get(f"/api/v1/runs/{run_id}"))["status"])) not in _FINAL:
        if clock.monotonic() >= patience:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return status


def _finding(status: str, events: list[dict[str, Any]], *, was_taken: bool, took_s: float) -> Finding:
    """What came of it; the positive control is that the run really was taken away, and says so in its own events."""
    if not was_taken:
        return Finding(Outcome.UNKNOWN, "The run had ended before it could be taken away.", 1, control=True)
    kinds = [event["event"] for event in events]
    said = [event["data"]["text"] for event in events if event["event"] == "message.completed"]
    is_whole = status == "completed" and bool(said) and said[-1].endswith(_WORDS.rsplit(" ", 1)[-1])
    if not is_whole:
        return Finding(
            Outcome.FAILING, f"A run that lost its process is {status}, without its whole answer.", 1, control=True
        )
    return Finding(
        Outcome.OK,
        f"A run that lost its process in mid-answer went on and ended whole, {took_s:.0f} s later.",
        looked_at=1,
        control="run.resumed" in kinds,
        facts={"seconds": round(took_s)},
    )


PROBES: Final = (
    Probe(
        "runs.recovery",
        ("AGT-03",),
        "A run that loses its process goes on and ends whole",
        timedelta(minutes=30),
        with_canaries(by_taking),
        timedelta(seconds=25),
    ),
)
