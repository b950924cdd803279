"""The canaries' probes: over the public API, by raw SQL, and the permission matrix of what is running.

Each has its positive control: the same look finds what is planted for it. Proved in tests/evidence/test_canaries.py
and tests/evidence/test_canary_sql.py, where controls are switched off and each probe turns red.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, cast

from ringfence.base import clock
from ringfence.base.principal import Role
from ringfence.controls.identity import expired_session
from ringfence.controls.tenancy import attempts
from ringfence.evidence import isolation, matrix
from ringfence.evidence.canaries import Canaries, Canary, NotPlanted
from ringfence.evidence.isolation import Result
from ringfence.evidence.matrix import Asked, Cell
from ringfence.evidence.matrix import Outcome as Met
from ringfence.evidence.operations import Operation, operations
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe

_PLANTED_TABLES: Final = 5
_SHARES: Final = 3
_FORBIDDEN_A_ROUND: Final = 6
_SUSPECTS_A_ROUND: Final = 40
_MATRIX: Final = "isolation.matrix"
Key = tuple[str, str]
"""An operation, and who asks."""
_LIMIT: Final = timedelta(seconds=20)
Look = Callable[[Ground, Canaries, Mapping[str, Canary]], Awaitable[Finding]]


def with_canaries(look: Look) -> Callable[[Ground], Awaitable[Finding]]:
    """The look, where the canaries are there; red where they were and are not."""

    async def run(ground: Ground) -> Finding:
        canaries = cast("Canaries | None", ground.canaries)
        if canaries is None:
            return Finding(Outcome.UNKNOWN, "This process keeps no canary organizations.", 0, control=True)
        try:
            found = await canaries.find()
        except NotPlanted as missing:
            if not missing.was_there:
                return Finding(Outcome.UNKNOWN, "The canary organizations are not planted yet.", 0, control=True)
            summary = "A canary organization is gone, or its users may not come in."
            return Finding(Outcome.FAILING, summary, 0, control=False)
        return await look(ground, canaries, found)

    return run


async def by_api(ground: Ground, _canaries: Canaries, found: Mapping[str, Canary]) -> Finding:
    """Reads and changes each canary's things from the others, by every operation that names or lists any."""
    has_control = all([await isolation.finds_its_own(ground.http, canary) for canary in found.values()])
    wanted = isolation.crossings(await described(ground), found)
    crossed = await isolation.cross(ground.http, wanted)
    broken = [one for one in crossed if one.result in {Result.ALLOWED, Result.LEAKED}]
    unclear = [one for one in crossed if one.result is Result.UNCLEAR]
    common = isolation.held_in_common(found.values())
    routes = {one.operation.name for one in crossed}
    facts: dict[str, int | str] = {
        "requests": len(crossed),
        "operations": len(routes),
        "not denied": len(broken),
        "unclear": len(unclear),
    }
    summary = f"{len(crossed)} requests for another organization's things by {len(routes)} operations: all denied."
    outcome = Outcome.OK
    if unclear:
        outcome, summary = Outcome.UNKNOWN, f"{len(unclear)} of {len(crossed)} requests were not answered clearly."
    if broken:
        outcome, summary = Outcome.FAILING, f"{len(broken)} of {len(crossed)} requests were not denied."
    if common:
        outcome, summary = Outcome.FAILING, f"{len(common)} things were shown to more than one organization as its own."
    faults = tuple(f"{one.operation.name}: {one.status} {one.result}" for one in (*broken, *unclear))
    return Finding(outcome, summary, len(crossed), has_control, facts, faults)


async def by_sql(ground: Ground, _canaries: Canaries, found: Mapping[str, Canary]) -> Finding:
    """Tries by raw SQL, with the server's own role, to reach one canary's rows from another."""
    own, foreign, stranger = found["a"].scope, found["b"].scope, found["c"].partner.id
    tried = await attempts.attempt_all(ground.database, own, foreign, stranger=stranger)
    allowed, unclear = tried.of(attempts.Result.ALLOWED), tried.of(attempts.Result.UNCLEAR)
    facts: dict[str, int | str] = {
        "attempts": len(tried.attempts),
        "tables": tried.tables,
        "not denied": len(allowed),
        "unclear": len(unclear),
    }
    summary = f"{len(tried.attempts)} attempts by SQL on {tried.tables} tables: all denied."
    outcome = Outcome.OK
    if unclear:
        outcome, summary = Outcome.UNKNOWN, f"{len(unclear)} of {len(tried.attempts)} attempts came to no clear end."
    if allowed:
        outcome, summary = Outcome.FAILING, f"{len(allowed)} of {len(tried.attempts)} attempts were not denied."
    has_control = tried.own_rows == _PLANTED_TABLES and tried.foreign_rows == _PLANTED_TABLES
    faults = tuple(f"{one.aim}: {one.detail}" for one in (*allowed, *unclear))
    return Finding(outcome, summary, len(tried.attempts), has_control, facts, faults)


async def by_permission(ground: Ground, canaries: Canaries, found: Mapping[str, Canary]) -> Finding:
    """Asks operations as callers of every kind: a third of all cells, and those that were not as declared before."""
    suspects: set[Key] = ground.memory.setdefault(_MATRIX, set())
    listed = await described(ground)
    home = found["a"]
    refused = await refused_credentials(canaries, home)
    wanted = list(matrix.cells(listed, matrix.visitors(home, refused=refused)))
    asked = await matrix.ask(ground.http, _sampled(wanted, suspects), found["c"])
    undeclared = {cell.operation.name for cell in wanted if cell.expected is None}
    broken = [one for one in asked if not one.is_kept and one.found is not Met.UNCLEAR]
    unclear = [one for one in asked if one.found is Met.UNCLEAR]
    suspects |= {_key(one.cell) for one in broken}
    suspects -= {_key(one.cell) for one in asked if one.is_kept}
    facts: dict[str, int | str] = {
        "cells": len(asked),
        "operations": len(listed),
        "undeclared": len(undeclared),
        "not as declared": len(broken),
    }
    summary = (
        f"{len(asked)} cells of the permission matrix over {len(listed)} operations are as declared; "
        f"all {len(wanted)} have their turn."
    )
    outcome = Outcome.OK
    if unclear:
        outcome, summary = Outcome.UNKNOWN, f"{len(unclear)} of {len(asked)} cells were not answered clearly."
    if broken:
        outcome, summary = Outcome.FAILING, f"{len(broken)} of {len(asked)} cells are not as declared."
    if undeclared:
        outcome, summary = Outcome.FAILING, f"{len(undeclared)} of {len(listed)} operations declare no permission."
    faults = tuple(f"{one.cell.operation.name} as {one.cell.visitor.who}: {one.status}" for one in (*broken, *unclear))
    return Finding(outcome, summary, len(asked), _saw_each(asked), facts, (*faults, *sorted(undeclared)))


async def described(ground: Ground) -> list[Operation]:
    """The operations of the running system, from its own description."""
    document = (await ground.http.get("/openapi.json")).json()
    return operations(cast("Mapping[str, Any]", document))


async def refused_credentials(canaries: Canaries, home: Canary) -> dict[str, str | None]:
    """Credentials that let nobody in: none, no credential at all, one that has expired, one that was logged out."""
    session = home.sessions[Role.MEMBER]
    return {
        "nobody": None,
        "garbage": "garbage",
        "expired session": expired_session(canaries.keystore, session, audience=canaries.audience),
        "ended session": await canaries.ended_session(home),
    }


def _key(cell: Cell) -> Key:
    return cell.operation.name, cell.visitor.who


def _sampled(wanted: Sequence[Cell], suspects: Collection[Key]) -> list[Cell]:
    """A third of all cells, the next one ten minutes later; of those of 403, each of which is an audit entry, a few.

    And the suspects, which were not as declared: else the next third would tell that all is well again.
    All at once are more than the limit of an address allows beside the other look over HTTP, which begins at the same
    time: both would be put off until their time was over, at every round, and so would everybody at this address.
    """
    forbidden = [cell for cell in wanted if cell.expected is Met.FORBIDDEN]
    others = [cell for cell in wanted if cell.expected not in {Met.FORBIDDEN, None}]
    rounds = max(1, -(-len(forbidden) // _FORBIDDEN_A_ROUND))
    turn = int(clock.now().timestamp() // _CADENCE.total_seconds())
    sample = [*others[turn % _SHARES :: _SHARES], *forbidden[turn % rounds :: rounds]]
    there = {_key(cell) for cell in sample}
    again = [cell for cell in wanted if _key(cell) in suspects and _key(cell) not in there]
    return [*sample, *again[:_SUSPECTS_A_ROUND]]


def _saw_each(asked: Sequence[Asked]) -> bool:
    """The positive control: callers were let in as well as kept out, so that neither is what always comes back."""
    return {Met.ADMITTED, Met.FORBIDDEN, Met.UNKNOWN} <= {one.found for one in asked}


_CADENCE: Final = timedelta(minutes=10)
BY_API: Final = Probe(
    "isolation.api",
    ("TEN-05", "TEN-06"),
    "One canary organization is read and changed from another over the public API",
    timedelta(minutes=10),
    with_canaries(by_api),
    _LIMIT,
)
BY_SQL: Final = Probe(
    "isolation.sql",
    ("TEN-01", "TEN-06"),
    "One canary organization is read and changed from another by raw SQL",
    timedelta(minutes=15),
    with_canaries(by_sql),
    _LIMIT,
)
BY_PERMISSION: Final = Probe(
    _MATRIX,
    ("TEN-05",),
    "Every operation is asked by every kind of caller, and answers as it declares",
    _CADENCE,
    with_canaries(by_permission),
    _LIMIT,
)
PROBES: Final = (BY_API, BY_SQL, BY_PERMISSION)
