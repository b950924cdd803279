"""The Trust Center is held against the register: a promise left out, or painted green, turns its probe red."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ringfence.evidence import register
from ringfence.evidence.caller import Caller
from ringfence.evidence.probes import Outcome, trust
from ringfence.evidence.register import Promise, Register
from tests.evidence.ground import look, standing
from tests.house import house
from tests.world import Stage


@pytest.mark.promise("TRU-01")
async def test_a_page_that_leaves_a_promise_out_turns_the_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(stage, tmp_path) as northwind, standing(stage, tmp_path) as ground:
        at_home = replace(ground, http=Caller(northwind.client.base_url, ground.http.outbound))
        found = await look("trust.page", at_home)
        assert (found.outcome, found.faults) == (Outcome.OK, ())
        assert found.looked_at >= 90
        more = register.load().promises
        new = {"TRU-99": replace(more["TRU-01"], id="TRU-99")}
        monkeypatch.setattr(register, "load", lambda: Register({**more, **new}))
        assert (await look("trust.page", at_home)).faults == ("TRU-99 is not on the page",)


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"state": "passing"}, ["TEN-01 is green with open parts"]),
        ({"wording": "Trust us."}, ["TEN-01 has other words than the register"]),
        ({"other_probes": []}, ["TEN-01 does not show what b.two sees"]),
        ({"probe": None}, ["TEN-01 does not show what a.one sees"]),
    ],
)
def test_whatever_is_not_as_the_register_says_is_named(changed: dict[str, Any], said: list[str]):
    row = Promise(
        id="TEN-01", wording="Rows stay.", how=(), frameworks=(), code=(), tests=(), probe="a.one, b.two",
        cadence="", open=("backups",),
    )  # fmt: skip
    control = {
        "wording": "Rows stay.",
        "state": "in_part",
        "probe": {"name": "a.one"},
        "other_probes": [{"name": "b.two"}],
    }
    assert list(trust.faults({"TEN-01": {**control, **changed}}, {"TEN-01": row})) == said
