"""Probes of the sealed log: an edit, a deletion, a lost hash, a stall and a transaction left open are each seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.base import ids, merkle
from ringfence.cli.doctor_database import sealing_told
from ringfence.controls.audit import stalls
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import PartnerScope, PlatformScope
from ringfence.evidence.probes import Ground, Outcome, sealing
from tests.evidence.ground import look, outcome, standing
from tests.sealed import an_entry, many, reader, seal_all
from tests.world import Cast, Stage, plant_cast


@asynccontextmanager
async def logged(stage: Stage, data: Path) -> AsyncIterator[tuple[Ground, Cast]]:
    """A deployment with entries in three kinds of logs, all of them sealed."""
    async with standing(stage, data) as ground:
        cast = await plant_cast(ground.database)
        ground.keystore.create(KeyOwner.organization(cast.rose))
        ground.keystore.create(KeyOwner.partner(cast.northwind))
        await ground.database.write(reader(cast, cast.rose), many(300))
        await ground.database.write(PartnerScope(cast.northwind), an_entry())
        await ground.database.write(PlatformScope(), an_entry())
        await seal_all(ground.database)
        yield ground, cast


@contextmanager
def unguarded(stage: Stage, table: str):
    """A superuser's connection, and the table's triggers off: whoever has that can change anything."""
    with stage.admin() as admin:
        admin.execute(f"alter table {table} disable trigger user".encode())
        try:
            yield admin
        finally:
            admin.execute(f"alter table {table} enable trigger user".encode())


@pytest.mark.promise("AUD-02")
async def test_where_nothing_was_ever_sealed_the_tree_is_unknown(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        assert await outcome("audit.tree", ground) is Outcome.UNKNOWN


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_a_log_that_says_what_was_sealed_is_well(stage: Stage, tmp_path: Path):
    async with logged(stage, tmp_path) as (ground, _):
        found = await look("audit.tree", ground)
        assert (found.outcome, found.faults) == (Outcome.OK, ())
        assert found.looked_at > 66
        found = await look("audit.sealing", ground)
        assert (found.outcome, found.facts["waiting"]) == (Outcome.OK, 0)


@pytest.mark.promise("AUD-02", "AUD-04")
@pytest.mark.parametrize(
    ("table", "change", "fault"),
    [
        ("app.audit_queue", "update app.audit_queue set reason = 'other' where scope_id = %s", "an entry was changed"),
        ("app.audit_queue", "delete from app.audit_queue where scope_id = %s", "an entry was deleted"),
        ("app.audit_sealed", "delete from app.audit_sealed where scope_id = %s and index = 299", "leaves are missing"),
        (
            "app.audit_node",
            "update app.audit_node set hash = sha256('x') where scope_id = %s",
            "a tree does not give its root",
        ),
        ("app.audit_node", "delete from app.audit_node where scope_id = %s", "hashes of a tree are missing"),
        (
            "app.audit_log",
            "update app.audit_log set root = sha256('x') where scope_id = %s",
            "a tree does not give its root",
        ),
    ],
)
async def test_what_a_database_administrator_does_to_a_log_turns_the_probe_red(
    stage: Stage, tmp_path: Path, table: str, change: str, fault: str
):
    async with logged(stage, tmp_path) as (ground, cast):
        with unguarded(stage, table) as admin:
            admin.execute(change.encode(), [cast.rose])
        found = await look("audit.tree", ground)
        assert (found.outcome, fault in found.faults) == (Outcome.FAILING, True), found.faults


@pytest.mark.promise("AUD-02", "AUD-04")
@pytest.mark.parametrize(
    ("comparison", "fault"),
    [
        ("_differences", "an entry was changed"),
        ("_differences", "an entry was deleted"),
        ("_differences", "leaves are missing"),
        ("_broken", "a tree does not give its root"),
    ],
)
async def test_a_comparison_that_misses_one_kind_of_fault_is_blind(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comparison: str, fault: str
):
    honest = getattr(sealing, comparison)
    monkeypatch.setattr(sealing, comparison, lambda *seen: [one for one in honest(*seen) if one != fault])
    async with logged(stage, tmp_path) as (ground, _):
        found = await look("audit.tree", ground)
        assert (found.outcome, found.faults, found.control) == (Outcome.FAILING, (), False)


@pytest.mark.promise("AUD-02", "AUD-04")
@pytest.mark.parametrize("passed_over", ["the root", "the way to it"])
async def test_a_tree_that_is_held_against_half_of_its_proof_is_blind(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed_over: str
):
    honest = sealing._broken
    if passed_over == "the root":
        monkeypatch.setattr(sealing, "_broken", lambda seen, proof: honest(seen, replace(proof, root=seen.head.root)))
    else:
        monkeypatch.setattr(merkle, "verifies_inclusion", lambda *_, **__: True)
    async with logged(stage, tmp_path) as (ground, _):
        found = await look("audit.tree", ground)
        assert (found.outcome, found.faults, found.control) == (Outcome.FAILING, (), False)


@pytest.mark.promise("AUD-02")
@pytest.mark.parametrize("unseen", ["what waits", "who is open"])
async def test_a_look_that_sees_no_stall_is_blind(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unseen: str
):
    honest = stalls.looks
    nobody = replace(stalls._OPEN(), sql=stalls._OPEN().sql.replace("limit 1000", "limit 0"))

    def blind(seconds: float):
        lag, opened = honest(seconds)
        return (honest(86_400)[0], opened) if unseen == "what waits" else (lag, nobody)

    async with logged(stage, tmp_path) as (ground, _):
        assert await outcome("audit.sealing", ground) is Outcome.OK
        monkeypatch.setattr(stalls, "looks", blind)
        found = await look("audit.sealing", ground)
        assert (found.outcome, found.faults, found.control) == (Outcome.FAILING, (), False)


@pytest.mark.promise("AUD-02")
async def test_an_entry_that_waits_too_long_turns_the_probe_red(stage: Stage, tmp_path: Path):
    async with logged(stage, tmp_path) as (ground, cast):
        with stage.admin() as admin:
            admin.execute(
                "insert into app.audit_queue (scope, scope_id, id, at, actor_kind, action, outcome) "
                "values ('org', %s, %s, now() - interval '2 minutes', 'system', 'access.denied', 'success')",
                [cast.rose, ids.new()],
            )
        found = await look("audit.sealing", ground)
        assert (found.outcome, found.facts["waiting"]) == (Outcome.FAILING, 1)
        (told,) = sealing_told(await stalls.find(ground.database))
        assert "1 entries" in told.what
        assert "sealing" in (told.mend or "")
        held = replace(await stalls.find(ground.database), open=(stalls.Open(False, "4711", "other", None, True),))
        assert "end process 4711" in (sealing_told(held)[0].mend or "")
        await seal_all(ground.database)
        assert await outcome("audit.sealing", ground) is Outcome.OK
        assert [one.mend for one in sealing_told(await stalls.find(ground.database))] == [None]
