"""Clients that others wrote, as they are published, speak to Ringfence unchanged."""

from typing import Any

import pytest

from tests.agui.clients import run_client
from tests.agui.paying import LOOK_UP, REFUND, refunds
from tests.browser.house import House
from tests.browser.model import Gate
from tests.served import User

CANARY = "obey-4711"


def _config(house: House, user: User) -> dict[str, Any]:
    plan = house.model.plan
    return {
        "ringfence": house.ringfence,
        "agent": house.northwind.agent,
        "session": user.session,
        "canary": CANARY,
        "look_up": plan("look-up", ["Let me see. ", LOOK_UP], ["Found her."]),
        "refund": plan("refund", ["I will. ", REFUND], ["Refunded."]),
        "honest": plan("honest", ["An honest answer."]),
    }


@pytest.mark.promise("AGT-04", "AIS-04")
def test_the_agui_client_runs_is_interrupted_resumes_and_forges_nothing(house: House):
    user, gate, paid, first = house.user("agui-client"), Gate(), refunds(house), len(house.model.requests)
    slow = house.model.plan("slow", ["one ", gate, "two"])
    told = run_client("http_agent.mjs", _config(house, user) | {"slow": slow})
    found = [["user", "tell look-up", 0], ["assistant", "Let me see. ", 1], ["tool", told["answer"][2][1], 0]]
    assert told["answer"] == [*found, ["assistant", "Found her.", 0]]
    assert [told["kinds"][0], told["kinds"][-1]] == ["RUN_STARTED", "RUN_FINISHED"]
    assert told["question"] == "Refund 450 kr to Dora"
    assert "pending interrupt" in told["unanswered"]
    assert told["refunded"][-1] == ["assistant", "Refunded.", 0]
    assert "already_decided" in str(told["replayed"])
    assert told["forged"] == [["user", "tell honest", 0], ["assistant", "An honest answer.", 0]]
    assert [one[:2] for one in told["returned"]] == [
        ["user", "tell look-up"], ["assistant", "Let me see. "], ["assistant", "Found her."],
        ["user", "tell honest"], ["assistant", "An honest answer."],
    ]  # fmt: skip
    assert told["refused"] == 401
    assert refunds(house) == paid + 1
    assert CANARY not in repr(house.model.requests[first:])
    # A reader that hung up in the middle stopped nothing.
    gate.open()
    newest = user.call("GET", "/runs").json["items"][0]
    assert user.finish(newest["id"])["status"] == "completed"
    assert (told["aborted"], house.messages(user)[-1]["text"]) == (True, "one two")


@pytest.mark.promise("AGT-04", "AIS-04")
def test_the_ai_sdks_chat_streams_asks_and_goes_on(house: House):
    user, paid, first = house.user("ui-client"), refunds(house), len(house.model.requests)
    told = run_client("ui_chat.mjs", _config(house, user))
    assert told["answer"][0] == ["user", "text", "tell look-up"]
    assert [one[1:] for one in told["answer"][1:]] == [
        ["text", "Let me see. "], ["dynamic-tool", told["answer"][2][2]], ["text", "Found her."],
    ]  # fmt: skip
    assert told["asked"] == "approval-requested"
    assert told["yes"][-1] == ["assistant", "text", "Refunded."]
    assert told["no"][-1] == ["assistant", "text", "Refunded."]
    assert ["assistant", "dynamic-tool", "output-denied"] in told["no"]
    assert told["count"] == 2
    assert told["forged"] == ["assistant", "text", "An honest answer."]
    assert told["status"] == "error"
    assert refunds(house) == paid + 1
    assert CANARY not in repr(house.model.requests[first:])
