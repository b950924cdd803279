"""What was decided about a tool call is in the organization's log, in the commit that begins the call."""

from pathlib import Path
from typing import Any

import pytest

from ringfence.base.principal import RunId
from ringfence.controls import audit
from ringfence.controls.audit import Action
from ringfence.features.runs.models import ToolCall
from tests.approving import CALL, REFUND, Till, process, question
from tests.running import Counted, Script, Theatre, theatre, until
from tests.world import Stage

CLOCK = ToolCall("c1", "current_time", "{}")


def decided(it: Theatre, run_id: RunId) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the log says was decided about a run's calls, in its order: outcome, reason and details."""
    with it.stage.admin() as admin:
        return admin.execute(
            "select outcome, reason, details from app.audit_queue where action = %s and target_id = %s order by id",
            [Action.RUN_TOOL_DECIDED.value, str(run_id)],
        ).fetchall()


@pytest.mark.promise("AUD-01", "AUD-03")
async def test_a_call_that_nobody_is_asked_about_is_an_entry_made_or_not_and_never_says_its_name(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        model = Script([CLOCK, ToolCall("c2", "send_to_alice_adams", '{"iban": "DK50"}')], ["well"])
        started = await it.start(it.process(model, registry={"current_time": Counted()}), "go")
        assert (await it.final(started.run_id)).status == "completed"
        found = decided(it, started.run_id)
        assert found == [("success", None, {"effect": "read"}), ("refused", "no_such_tool", {})]
        assert all(
            audit.FORMS[Action.RUN_TOOL_DECIDED].details["effect"](one[2].get("effect", "read")) for one in found
        )


@pytest.mark.promise("AUD-01")
async def test_a_call_whose_arguments_nobody_could_be_shown_is_refused_and_one_that_is_asked_about_has_its_approval(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        hidden = ToolCall("c0", REFUND.name, '{"customer": "Do\\u202era", "amount": 1}')
        here = process(it, Till(), [hidden, CALL], ["done"])
        started = await it.start(here, "refund")
        assert (await it.final(started.run_id)).status == "waiting"
        assert decided(it, started.run_id) == [("refused", "bad_arguments", {"effect": "pay"})]
        asked = await question(it, started.run_id)
        with it.stage.admin() as admin:
            (entry,) = admin.execute(
                "select details from app.audit_queue where action = 'approval.requested' and target_id = %s",
                [asked["approval_id"]],
            ).fetchall()
        assert entry[0]["effect"] == "pay"


@pytest.mark.promise("AUD-01", "AGT-03")
async def test_a_call_that_another_process_goes_on_with_was_decided_once(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        stuck = Counted("c1")
        dying = it.process(Script([CLOCK]), registry={"current_time": stuck})
        started = await it.start(dying, "what time is it")
        await until(lambda: stuck.keys)
        await it.kill(dying)
        heir = it.process(Script(["noon"]), registry={"current_time": Counted()})
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert len(decided(it, started.run_id)) == 1
