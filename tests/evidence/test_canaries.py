"""The canaries are planted once, heal, and are nowhere in the clear; their probes notice what is switched off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock
from ringfence.base.principal import Role
from ringfence.controls import access
from ringfence.controls.access import CredentialKind
from ringfence.controls.limits import RULES
from ringfence.controls.tenancy import gate
from ringfence.evidence import isolation, matrix
from ringfence.evidence.canaries import HOUSES, Canary
from ringfence.evidence.isolation import Result
from ringfence.evidence.matrix import Cell, Visitor
from ringfence.evidence.matrix import Outcome as Met
from ringfence.evidence.operations import Operation, operations
from ringfence.evidence.probes import Outcome, recovery
from ringfence.evidence.probes import canaries as probes
from tests.evidence.canary_house import CanaryHouse, canary_house
from tests.world import Stage

API, SQL, MATRIX, RECOVERY = "isolation.api", "isolation.sql", "isolation.matrix", "runs.recovery"
LEAK = "create policy leak on app.{table} to ringfence_app using (true)"
SEAL = "drop policy leak on app.{table}"


@asynccontextmanager
async def broken(house: CanaryHouse, off: str, on: str) -> AsyncIterator[None]:
    """A control that is off for a while."""
    house.do(off)
    try:
        yield
    finally:
        house.do(on)


@pytest.mark.promise("TEN-06")
async def test_canaries_are_planted_once_and_every_probe_is_well_and_cheap(stage: Stage, tmp_path: Path):
    async with canary_house(stage, tmp_path) as house:
        assert await house.canaries.plant() == 0
        found = await house.canaries.find()
        assert {canary.name: canary.partner.label for canary in found.values()} == {
            name: label for label, names in HOUSES.items() for name in names
        }
        looked_at: dict[str, int] = {}
        for probe in (API, SQL, MATRIX):
            finding = await house.finding(probe)
            assert (finding.outcome, finding.control) == (Outcome.OK, True), (probe, finding)
            looked_at[probe] = finding.looked_at
        assert min(looked_at.values()) > 100
        # Both begin at once, from one address: beyond its limit they would be put off until their time is over.
        assert looked_at[API] + looked_at[MATRIX] < 0.95 * RULES["default"].limit, looked_at
        await _every_operation_is_tried(house)
        await _nothing_of_them_is_in_the_clear(house)
        await _an_erased_canary_is_noticed_and_heals(house)
        await _a_restricted_canary_is_noticed_and_stays_restricted(house)
        house.do("delete from app.message")
        assert {await house.outcome(probe) for probe in (API, SQL)} == {Outcome.FAILING}


async def _every_operation_is_tried(house: CanaryHouse) -> None:
    """The full way that `ringfence prove isolation` goes: each operation that names an id, and each cell."""
    found, listed = await house.canaries.find(), await probes.described(house.ground)
    crossed = await isolation.cross(house.ground.http, isolation.crossings(listed, found, isolation.ALL))
    assert {(one.operation.name, one.status) for one in crossed if one.result is not isolation.Result.DENIED} == set()
    named = {one.name for one in listed if one.names_something and one.permission != "public"}
    assert named <= {one.operation.name for one in crossed}
    refused = await probes.refused_credentials(house.canaries, found["a"])
    cells = list(matrix.cells(listed, matrix.visitors(found["a"], refused=refused)))
    asked = await matrix.ask(house.ground.http, cells, found["c"])
    assert [(one.cell.operation.name, one.cell.visitor.who, one.status) for one in asked if not one.is_kept] == []
    assert {one.name for one in listed} == {cell.operation.name for cell in cells}


async def _nothing_of_them_is_in_the_clear(house: CanaryHouse) -> None:
    found = await house.canaries.find()
    secret = [found["a"].api_key, found["a"].mark, found["a"].partner.mark, *found["a"].sessions.values()]
    with house.stage.admin() as admin:
        tables = admin.execute(
            "select c.relname from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'"
        ).fetchall()
        for (table,) in tables:
            query = f"select coalesce(string_agg(t::text, ' '), '') from app.{table} t"
            (text,) = admin.execute(query.encode()).fetchone() or ("",)
            assert not [one for one in secret if one in text or one.encode().hex() in text], table


async def _an_erased_canary_is_noticed_and_heals(house: CanaryHouse) -> None:
    before = await house.canaries.find()
    erased = await house.ground.http.send(
        "DELETE", f"/api/v1/partner/organizations/{before['b'].org_id}", bearer=before["b"].api_key
    )
    assert erased.status == 200
    house.canaries.forget()
    assert {await house.outcome(probe) for probe in (API, SQL, MATRIX)} == {Outcome.FAILING}
    assert await house.canaries.plant() > 0
    assert (await house.canaries.find())["b"].org_id != before["b"].org_id
    assert await house.outcome(API) is Outcome.OK


async def _a_restricted_canary_is_noticed_and_stays_restricted(house: CanaryHouse) -> None:
    canary = (await house.canaries.find())["a"]
    for status, outcome in (("restricted", Outcome.FAILING), ("active", Outcome.OK)):
        path = f"/api/v1/partner/organizations/{canary.org_id}"
        changed = await house.ground.http.send("PATCH", path, {"status": status}, bearer=canary.api_key)
        assert changed.status == 200
        house.canaries.forget()
        await house.canaries.plant()
        await house.ground.invalidation.poll()
        assert await house.outcome(API) is outcome


@pytest.mark.promise("TEN-05", "TEN-06")
async def test_each_control_that_is_switched_off_turns_its_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with canary_house(stage, tmp_path) as house:
        for table, found_by in (("conversation", {API, SQL}), ("directory", {API, SQL})):
            async with broken(house, LEAK.format(table=table), SEAL.format(table=table)):
                red = {probe for probe in (API, SQL) if await house.outcome(probe) is Outcome.FAILING}
            assert red >= found_by, table
            await house.canaries.plant()  # What a leak let others delete was deleted.
        found = await house.canaries.find()
        async with broken(house, LEAK.format(table="run"), SEAL.format(table="run")):
            # A list of runs holds ids and states alone: no mark is in it.
            assert await _leaking(house, found) >= {"GET /api/v1/runs"}
            # Who looks for the canaries' things during the leak is shown another's as its own.
            assert isolation.held_in_common((await house.canaries.find()).values())
            assert await house.outcome(API) is Outcome.FAILING
        await house.canaries.plant()
        assert (await house.outcome(API), await house.outcome(MATRIX)) == (Outcome.OK, Outcome.OK)
        with monkeypatch.context() as patch:
            patch.setattr(access, "require", lambda _principal, _permission: None)
            assert await house.outcome(MATRIX) is Outcome.FAILING
        with monkeypatch.context() as patch:
            patch.setattr(type(house.ground.invalidation), "is_revoked", lambda *_, **__: False)
            assert await house.outcome(MATRIX) is Outcome.FAILING
            assert {who for _, who in house.ground.memory[MATRIX]} >= {"ended session"}
        with monkeypatch.context() as patch:
            patch.setattr(probes, "operations", lambda document: [*operations(document), Operation("GET", "/x", None)])
            assert await house.outcome(MATRIX) is Outcome.FAILING


def test_what_was_not_as_declared_is_asked_at_each_round_until_it_is():
    cells = [
        Cell(Operation("GET", f"/{number}", None), Visitor(who, None), expected)
        for number in range(60)
        for who, expected in (("nobody", Met.UNKNOWN), ("viewer", Met.FORBIDDEN))
    ]
    suspects = {("GET /7", "nobody"), ("GET /9", "viewer")}
    asked, sizes = set[tuple[str, str]](), set[int]()
    try:
        for turn in range(60):
            clock.travel(timedelta(minutes=10 * turn))
            keys = [(cell.operation.name, cell.visitor.who) for cell in probes._sampled(cells, suspects)]
            assert suspects <= set(keys)
            assert len(keys) == len(set(keys))
            asked |= set(keys)
            sizes.add(len(probes._sampled(cells, ())))
    finally:
        clock.travel(timedelta())
    assert len(asked) == len(cells), "each has its turn"
    assert max(sizes) <= 26


async def _leaking(house: CanaryHouse, found: dict[str, Canary]) -> set[str]:
    lists = [one for one in await probes.described(house.ground) if one.method == "GET" and not one.named_in_path]
    crossed = await isolation.cross(house.ground.http, isolation.crossings(lists, found))
    return {one.operation.name for one in crossed if one.result is Result.LEAKED}


@pytest.mark.promise("AGT-03")
async def test_a_run_that_is_taken_away_recovers_and_where_nobody_takes_over_the_probe_is_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with canary_house(stage, tmp_path) as house:
        finding = await house.finding(RECOVERY)
        assert (finding.outcome, finding.control) == (Outcome.OK, True), finding

        async def claims_nothing(*_: object, **__: object) -> list[object]:
            return []

        monkeypatch.setattr(recovery, "_RECOVER_SECONDS", 2.0)
        with monkeypatch.context() as patch:
            patch.setattr(gate, "claim_runs", claims_nothing)
            assert await house.outcome(RECOVERY) is Outcome.FAILING


def test_a_caller_carries_what_its_role_and_its_kind_of_credential_carry():
    home: Any = None
    reader = isolation.Reader("viewer", "", Role.VIEWER, CredentialKind.SESSION, home)
    assert reader.may("runs:read")
    assert reader.may("agents:read")
    assert not reader.may("agents:read by api_key")
    assert not reader.may("runs:create")
    assert not reader.may("public")
    assert not reader.may(None)
