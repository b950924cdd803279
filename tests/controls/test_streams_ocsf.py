"""Every action of the log has its event of OCSF, and each event is what version 1.5.0 of the schema asks for."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.audit import FORMS, Action, Log
from ringfence.controls.streams import ocsf, ocsf_classes
from ringfence.controls.streams.sealed import Sealed

pytestmark = pytest.mark.promise("AUD-05")
SCHEMA: Any = json.loads((Path(__file__).parents[1] / "vectors" / "ocsf.json").read_text(encoding="utf-8"))
AT = datetime(2026, 11, 22, 15, 0, 0, 123456, tzinfo=UTC)
LOG = Log.organization(OrgId(ids.new()))
ROWS: dict[str, dict[str, Any]] = {
    "a user": {"actor_kind": "user", "actor_id": str(ids.new()), "address_hash": "00ff" * 8, "network": "public"},
    "a key": {"actor_kind": "api_key", "actor_id": str(ids.new()), "request_id": str(ids.new())},
    "a process that failed": {"actor_kind": "system", "outcome": "failure", "reason": "timeout"},
    "nobody": {"actor_kind": "unknown", "outcome": "refused", "reason": "expired", "target_kind": None},
    "somebody newer": {"actor_kind": "administrator", "details": {"user_id": str(ids.new()), "count": 3}},
}


def sealed(action: str, **more: Any) -> Sealed:
    said: dict[str, Any] = {
        "index": 7, "leaf_hash": b"\x01" * 32, "leaf": b'{"v":1}', "sealed_at": AT, "at": AT, "id": str(ids.new()),
        "actor_kind": "user", "actor_id": None, "action": action, "target_kind": "run", "target_id": str(ids.new()),
        "outcome": "success", "reason": None, "permission": None, "request_id": None, "address_hash": None,
        "network": None, "details": {}, **more,
    }  # fmt: skip
    if said["target_kind"] is None:
        said["target_id"] = None
    return Sealed(**said)


def faults(event: dict[str, Any]) -> list[str]:
    """What the schema does not allow in an event."""
    wanted = SCHEMA["classes"][str(event["class_uid"])]
    named = {"category_uid": wanted["category_uid"], "class_name": wanted["caption"]}
    found = [f"{name} is not {value}" for name, value in named.items() if event[name] != value]
    if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
        found.append("type_uid")
    activities = wanted["attributes"]["activity_id"]["enum"]
    if event["activity_id"] != 99 and activities[str(event["activity_id"])] != event["activity_name"]:
        found.append(f"activity {event['activity_id']} is not {event['activity_name']}")
    return found + within("event", event, wanted)


def within(at: str, value: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    attributes = wanted["attributes"]
    found = [f"{at}.{name} is missing" for name, one in attributes.items() if one.get("required") and name not in value]
    some = wanted["constraints"].get("at_least_one")
    if some and not set(some) & set(value):
        found.append(f"{at} has none of {some}")
    for name, held in value.items():
        one = attributes.get(name)
        if one is None:
            found.append(f"{at}.{name} is unknown")
            continue
        for each in held if one.get("array") else [held]:
            found += typed(f"{at}.{name}", each, one)
    return found


def typed(at: str, value: Any, one: dict[str, Any]) -> list[str]:
    if one["type"] == "object_t":
        return [] if one["object"] == "object" else within(at, value, SCHEMA["objects"][one["object"]])
    if one["type"] in {"integer_t", "long_t", "timestamp_t"}:
        is_known = "enum" not in one or str(value) in one["enum"]
        return [] if type(value) is int and is_known else [f"{at} is {value!r}"]
    return [] if isinstance(value, str) and value else [f"{at} is {value!r}"]


def test_every_action_of_the_log_is_an_event():
    assert set(ocsf_classes.EVENTS) == set(Action), "give each action its line in controls/streams/ocsf_classes.py"
    assert SCHEMA["version"] == ocsf_classes.VERSION


@pytest.mark.parametrize("row", ROWS)
def test_every_event_is_what_the_schema_asks_for(row: str):
    for action in Action:
        made = {"target_kind": FORMS[action].target, **ROWS[row]}
        event = ocsf.event(LOG, sealed(action.value, **made))
        assert faults(event) == [], action
        assert (event["raw_data"], event["metadata"]["sequence"]) == ('{"v":1}', 7)
        assert event["time"] == 1_795_359_600_123
        assert event["severity_id"] > 1 or ROWS[row].get("outcome", "success") == "success"


def test_an_action_that_this_release_does_not_know_is_carried_all_the_same():
    event = ocsf.event(LOG, sealed("moon.landed"))
    assert (faults(event), event["class_uid"], event["activity_id"], event["message"]) == ([], 6003, 99, "moon.landed")


@pytest.mark.parametrize("name", ["metadata", "actor", "type_uid", "api", "src_endpoint"])
def test_an_event_without_an_attribute_is_found(name: str):
    event = ocsf.event(LOG, sealed("run.started"))
    del event[name]
    assert faults(event | {"type_uid": event.get("type_uid", 0)})


def test_an_event_of_another_shape_is_found():
    good = ocsf.event(LOG, sealed("auth.exchange"))
    for change in (
        {"severity_id": "1"},
        {"activity_name": "Logoff"},
        {"surprise": "1"},
        {"user": {}},
        {"category_uid": 6},
    ):
        assert faults(copy.deepcopy(good) | change)


def test_whose_log_in_it_was_is_said():
    alice = str(ids.new())
    event = ocsf.event(LOG, sealed("auth.exchange", target_kind="session", details={"user_id": alice}))
    assert event["user"] == {"uid": alice, "type": "user", "type_id": 1}
    event = ocsf.event(LOG, sealed("user.erased", target_kind="user", target_id=alice, actor_kind="api_key"))
    assert (event["user"]["uid"], event["actor"], event["activity_name"]) == (alice, {"app_name": "api_key"}, "Delete")
