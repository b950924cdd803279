"""The closed list of what is recorded, and what an entry may never hold."""

import time
from datetime import timedelta

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import UserId
from ringfence.controls import audit
from ringfence.controls.audit import Action, Actor, AddressHasher, Origin, Unrecordable
from ringfence.controls.audit.actions import FORMS
from ringfence.controls.tenancy import PLATFORM_ID

HASHER = AddressHasher(b"k" * 32)
INTERNAL = Origin.internal()
SMUGGLED = [
    (Action.USER_CREATED, {"role": "Alice Adams"}),
    (Action.USER_CREATED, {"email": "alice@rose.example"}),
    (Action.USER_CHANGED, {"fields": ["role", "alice@rose.example"]}),
    (Action.USER_CHANGED, {"fields": "role"}),
    (Action.USER_ERASED, {"organization_id": "rose"}),
    (Action.RUN_FINISHED, {"state": "my secret text"}),
    (Action.RUN_FINISHED, {"failure_code": "The model said: hello"}),
    (Action.RUN_FINISHED, {"input_tokens": -1}),
    (Action.RUN_FINISHED, {"input_tokens": True}),
    (Action.COMMAND_RUN, {"command": "partner create Northwind"}),
]


@pytest.mark.promise("AUD-01")
def test_every_action_has_a_form_and_every_form_an_action():
    assert set(FORMS) == set(Action)


@pytest.mark.promise("AUD-03")
@pytest.mark.parametrize(("action", "details"), SMUGGLED)
def test_a_detail_off_the_list_is_refused_and_not_quoted(action: Action, details: dict):
    with pytest.raises(Unrecordable) as refusal:
        audit.entry(Actor.operator(), action, origin=INTERNAL, **details)
    assert not any(str(value) in str(refusal.value) for value in details.values())


@pytest.mark.parametrize(
    "fault",
    [
        {"target": ids.new()},
        {"outcome": "maybe"},
        {"reason": "Alice was rude"},
        {"permission": "everything"},
    ],
)
def test_the_members_of_an_entry_are_closed_too(fault: dict):
    with pytest.raises(Unrecordable):
        audit.entry(Actor.operator(), Action.COMMAND_RUN, origin=INTERNAL, **fault)


def test_an_address_needs_the_scope_under_whose_key_it_is_hashed():
    origin = Origin(str(ids.new()), "192.0.2.7", HASHER)
    with pytest.raises(TypeError, match="within"):
        audit.entry(Actor.unknown(), Action.AUTH_EXCHANGE, origin=origin)
    with pytest.raises(TypeError, match="hasher"):
        Origin("x", "192.0.2.7").address_hash(PLATFORM_ID)


@pytest.mark.promise("AUD-03")
def test_address_hashes_differ_between_scopes_months_and_keys():
    rose, thorn = ids.new(), ids.new()
    hashes = {
        HASHER.hash(rose, "192.0.2.7", month="2026-11"),
        HASHER.hash(rose, "192.0.2.8", month="2026-11"),
        HASHER.hash(thorn, "192.0.2.7", month="2026-11"),
        HASHER.hash(rose, "192.0.2.7", month="2026-12"),
        AddressHasher(b"l" * 32).hash(rose, "192.0.2.7", month="2026-11"),
    }
    assert len(hashes) == 5
    assert HASHER.hash(rose, "192.0.2.7") == HASHER.hash(rose, "192.0.2.7", month=clock.now().strftime("%Y-%m"))


def test_a_callers_own_request_id_is_recorded_as_a_hash_alone():
    own = str(ids.new())
    assert Origin(own).recorded_request_id() == own
    assert INTERNAL.recorded_request_id() is None
    recorded = Origin("alice-adams-1").recorded_request_id()
    assert recorded is not None
    assert recorded.startswith("sha256:")


def test_actors_are_named_by_kind_and_id():
    alice, holder = UserId(ids.new()), ids.new()
    assert (Actor.user(alice).kind, Actor.user(alice).id) == ("user", alice)
    assert (Actor.system(holder).kind, Actor.system(holder).id) == ("system", holder)
    assert {Actor.operator().kind, Actor.unknown().kind} == {"operator", "unknown"}


@pytest.mark.long
def test_an_entry_is_cheap():
    origin, alice, org = Origin(str(ids.new()), "192.0.2.7", HASHER), UserId(ids.new()), ids.new()
    started = time.process_time()
    for _ in range(10_000):
        audit.entry(Actor.user(alice), Action.RUN_STARTED, target=org, origin=origin, within=org, conversation_id=org)
    assert timedelta(seconds=time.process_time() - started) / 10_000 < timedelta(milliseconds=1)
