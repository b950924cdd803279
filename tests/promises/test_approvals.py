"""AIS-04, ACC-02: an agent acts only on a person's word about exactly that act, once, whatever dies in between."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.approving import pass_time
from tests.served import Answer, User, deployment_directory, model_server, process, request, tool_server
from tests.served_cast import Cast, make_cast

ORDER = 'refund {"amount": 450, "customer": "Dora"}'
EXACTLY = {"amount": 450, "customer": "Dora"}


@dataclass(frozen=True)
class Shop:
    """The cast on a server whose agents can refund, and the partner's API that refunds."""

    cast: Cast
    api: str

    def calls(self) -> list[dict[str, Any]]:
        """What reached the API's tools so far."""
        return [one for one in request(self.api, "GET", "/requests").json if one["path"].startswith("/refunds")]

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.cast.server.database().superuser_dsn, autocommit=True) as admin:
            yield admin


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with deployment_directory() as directory, model_server() as model, tool_server() as api:
        place = api.removeprefix("http://")
        with process(directory, openai_base_url=model, egress_allow=place) as server:
            yield Shop(make_cast(server), api)


def agent(shop: Shop, path: str = "/refunds", **changes: Any) -> str:
    """An agent that may refund when somebody agrees."""
    tool = {
        "name": "refund", "description": "Refunds a customer.", "kind": "http", "method": "POST",
        "url": shop.api + path, "effect": "pay", "title": {"en": "Refund {amount} kr to {customer}"},
        "parameters": {
            "type": "object", "required": ["amount", "customer"],
            "properties": {"amount": {"type": "number"}, "customer": {"type": "string"}},
        },
        **changes,
    }  # fmt: skip
    body = {"name": "Till", "instructions": "Refund.", "model": "openai:obey", "tools": [tool]}
    answer = shop.cast.northwind.call("POST", "/agents", body)
    assert answer.status == 201, answer.raw
    return answer.json["id"]


def asking(shop: Shop, user: User | None = None, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run that waits, and its approval as its user sees it."""
    user = user or shop.cast.alice
    run = user.ask(f"Please do it.\n{ORDER}", agent=agent(shop, **changes))
    assert user.finish(run["id"])["status"] == "waiting"
    listed = user.call("GET", f"/approvals?status=pending&conversation_id={run['conversation_id']}")
    assert listed.status == 200, listed.raw
    [asked] = listed.json["items"]
    return run, asked


def decide(user: User, asked: dict[str, Any], decision: str = "approve", **changes: Any) -> Answer:
    headers = changes.pop("headers", {})
    body = {"decision": decision, "args_sha256": asked["args_sha256"], **changes}
    return user.call("POST", f"/approvals/{asked['id']}", body, headers=headers)


def ended(user: User, run: dict[str, Any], *, seconds: float = 60) -> dict[str, Any]:
    """The run once it waits no more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = user.call("GET", f"/runs/{run['id']}").json
        if found["status"] not in {"waiting", "running"}:
            return found
        time.sleep(0.05)
    raise AssertionError(f"run {run['id']} does not end")


def again(user: User, run: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The next question of a run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        path = f"/approvals?status=pending&conversation_id={run['conversation_id']}"
        found = [one for one in user.call("GET", path).json["items"] if one["id"] != asked["id"]]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("nobody is asked again")


def until_called(shop: Shop, path: str) -> None:
    deadline = time.monotonic() + 60
    while not any(one["path"] == path for one in request(shop.api, "GET", "/requests").json):
        assert time.monotonic() < deadline, "the tool was never called"
        time.sleep(0.02)


@pytest.mark.promise("AIS-04", "ACC-02")
def test_what_was_shown_and_agreed_to_is_what_is_executed_once(shop: Shop):
    alice, before = shop.cast.alice, shop.calls()
    run, asked = asking(shop)
    assert (asked["args"], asked["titles"], asked["effect"]) == (EXACTLY, {"en": "Refund 450 kr to Dora"}, "pay")
    assert (asked["reason"], asked["may_decide"], asked["status"]) == ("policy", True, "pending")
    assert [(one["path"], one["source"]) for one in asked["evidence"]] == [("/amount", "user"), ("/customer", "user")]
    assert shop.calls() == before
    heard = alice.events(run["id"])
    assert (heard[-1][1], heard[-1][2]["approval_id"]) == ("run.waiting", asked["id"])
    answer = decide(alice, asked)
    assert (answer.status, answer.json["status"], answer.json["decided_by"]) == (200, "approved", alice.id)
    rest = alice.events(run["id"], last=heard[-1][0])
    assert [kind for _, kind, _ in rest][:4] == ["run.resumed", "approval.decided", "tool.called", "tool.completed"]
    assert rest[-1][1] == "run.completed"
    [call] = shop.calls()[len(before) :]
    assert json.loads(call["body"]) == EXACTLY == rest[2][2]["args"]
    assert call["headers"]["idempotency-key"] == rest[2][2]["idempotency_key"]
    assert alice.call("GET", f"/approvals/{asked['id']}").json["status"] == "spent"


@pytest.mark.promise("AIS-04")
def test_a_reader_who_comes_back_after_the_decision_misses_nothing_and_gets_nothing_twice(shop: Shop):
    alice = shop.cast.alice
    run, asked = asking(shop)
    heard = alice.events(run["id"])
    with ThreadPoolExecutor(1) as pool:
        assert decide(alice, asked).status == 200
        heard += pool.submit(alice.events, run["id"], heard[-1][0]).result()
    listed = alice.call("GET", f"/runs/{run['id']}/events", headers={"Accept": "application/json"}).json
    whole = [(one["id"].split(":")[0], one["event"]) for one in listed["items"]]
    seen = [(place.split(":")[0], kind) for place, kind, _ in heard]
    assert list(dict.fromkeys(seen)) == whole


@pytest.mark.promise("AIS-04")
def test_of_a_hundred_answers_at_once_one_is_taken_and_one_call_is_made(shop: Shop):
    alice, ada, before = shop.cast.alice, shop.cast.ada, len(shop.calls())
    run, asked = asking(shop)
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda at: decide(alice if at % 2 else ada, asked), range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 99
    assert {answer.code for answer in answers if answer.status == 409} == {"already_decided"}
    assert ended(alice, run)["status"] == "completed"
    assert len(shop.calls()) == before + 1


@pytest.mark.promise("AIS-04", "ACC-02", "TEN-05")
def test_an_answer_by_others_about_something_else_or_a_second_time_does_nothing(shop: Shop):
    cast, before = shop.cast, len(shop.calls())
    run, asked = asking(shop)
    for user, status, code in (
        (cast.bob, 404, "not_found"),
        (cast.mallory, 404, "not_found"),
        (cast.zoe, 404, "not_found"),
        (cast.vera, 403, "forbidden"),
    ):
        answer = decide(user, asked)
        assert (answer.status, answer.code) == (status, code)
        assert user.call("GET", f"/approvals/{asked['id']}").status == 404 or user is cast.vera
    for decision, changes, status, code in (
        ("approve", {"args_sha256": "0" * 64}, 422, "args_mismatch"),
        ("endorse", {}, 422, "not_available_yet"),
        ("yes", {}, 422, "invalid_request"),
        ("approve", {"args_sha256": asked["args_sha256"].upper()}, 422, "invalid_request"),
        ("approve", {"args": {"amount": 9, "customer": "Eve"}}, 422, "invalid_request"),
    ):
        answer = decide(cast.alice, asked, decision, **changes)
        assert (answer.status, answer.code) == (status, code)
    assert cast.alice.call("GET", f"/runs/{run['id']}").json["status"] == "waiting"
    assert len(shop.calls()) == before
    assert decide(cast.alice, asked, "deny").status == 200
    assert decide(cast.alice, asked).code == "already_decided"
    assert ended(cast.alice, run)["status"] == "completed"
    assert len(shop.calls()) == before


@pytest.mark.promise("AIS-04")
def test_a_late_answer_finds_the_question_expired_and_the_run_goes_on_without_the_call(shop: Shop):
    alice, before = shop.cast.alice, len(shop.calls())
    run, asked = asking(shop)
    with shop.superuser() as admin:
        pass_time(admin, {"approval_id": asked["id"]}, hours=2)
    assert decide(alice, asked).code == "approval_expired"
    assert ended(alice, run)["status"] == "completed"
    said = [data for _, kind, data in alice.events(run["id"]) if kind == "approval.decided"]
    assert [(one["decision"], one["decided_by"]) for one in said] == [("expired", None)]
    assert alice.call("GET", f"/approvals/{asked['id']}").json["status"] == "expired"
    assert len(shop.calls()) == before


@pytest.mark.promise("ACC-02", "AIS-04")
def test_four_eyes_are_two_people(shop: Shop):
    cast, before = shop.cast, len(shop.calls())
    run, asked = asking(shop, cast.ada, approvers="four_eyes")
    assert asked["may_decide"] is False
    refused = decide(cast.ada, asked)
    assert (refused.status, refused.code) == (403, "may_not_decide")
    eve = cast.northwind.user("eve", "rose", role="admin")
    assert eve.call("GET", f"/approvals/{asked['id']}").json["may_decide"] is True
    assert decide(eve, asked).status == 200
    assert ended(cast.ada, run)["status"] == "completed"
    assert len(shop.calls()) == before + 1


@pytest.mark.promise("AIS-04")
def test_stop_is_a_no_that_ends_the_run(shop: Shop):
    alice, before = shop.cast.alice, len(shop.calls())
    run, asked = asking(shop)
    assert decide(alice, asked, "stop").json["status"] == "denied"
    assert ended(alice, run)["status"] == "cancelled"
    assert len(shop.calls()) == before


@pytest.mark.promise("AIS-04")
def test_the_same_idempotency_key_gives_the_same_answer_and_decides_once(shop: Shop):
    alice, before = shop.cast.alice, len(shop.calls())
    run, asked = asking(shop)
    key = {"Idempotency-Key": f"decide-{asked['id']}"}
    first, second = (decide(alice, asked, headers=key) for _ in range(2))
    assert (first.status, second.status, second.raw) == (200, 200, first.raw)
    other = decide(alice, asked, "deny", headers=key)
    assert (other.status, other.code) == (422, "idempotency_mismatch")
    assert ended(alice, run)["status"] == "completed"
    assert len(shop.calls()) == before + 1


@pytest.mark.promise("AIS-04")
@pytest.mark.parametrize("how", ["cancel", "delete", "restrict", "switch off"])
def test_a_question_whose_run_may_not_go_on_is_closed_and_nothing_is_executed(shop: Shop, how: str):
    northwind, before = shop.cast.northwind, len(shop.calls())
    user, rose = northwind.user(f"user-{how[:3]}", "rose"), f"/organizations/{northwind.organizations['rose']}"
    ada = shop.cast.ada
    run, asked = asking(shop, user)
    if how == "cancel":
        assert user.call("POST", f"/runs/{run['id']}/cancel").json["status"] == "cancelled"
    elif how == "delete":
        assert user.call("DELETE", f"/conversations/{run['conversation_id']}").status == 204
    elif how == "restrict":
        assert northwind.call("PATCH", f"{rose}/users/{user.id}", {"status": "restricted"}).status == 200
    else:
        assert northwind.call("PATCH", rose, {"settings": {"generative_ai": False}}).status == 200
    try:
        if how == "delete":
            assert decide(ada, asked).status == 404
        else:
            assert ended(ada, run, seconds=5)["failure_code"] in {None, "user_restricted", "ai_disabled"}
            assert ada.call("GET", f"/approvals/{asked['id']}").json["status"] == "cancelled"
            assert decide(ada, asked).code == "already_decided"
    finally:
        northwind.call("PATCH", rose, {"settings": {"generative_ai": True}})
    assert len(shop.calls()) == before


@pytest.mark.promise("AIS-04", "AGT-03")
def test_a_question_survives_the_death_of_the_server_and_so_does_its_answer(shop: Shop):
    alice, server, before = shop.cast.alice, shop.cast.server, len(shop.calls())
    run, asked = asking(shop)
    heard = alice.events(run["id"])
    server.kill(signal.SIGKILL)
    server.start()
    assert alice.call("GET", f"/approvals/{asked['id']}").json == asked
    assert decide(alice, asked).status == 200
    server.kill(signal.SIGKILL)
    server.start()
    assert ended(alice, run)["status"] == "completed"
    assert len(shop.calls()) == before + 1
    rest = alice.events(run["id"], last=heard[-1][0])
    assert [kind for _, kind, _ in rest].count("approval.decided") == 1


@pytest.mark.promise("AIS-04", "AGT-03")
def test_a_call_that_was_cut_by_the_servers_death_is_not_repeated_unless_somebody_agrees_again(shop: Shop):
    alice, server = shop.cast.alice, shop.cast.server
    run, asked = asking(shop, path="/silent")
    assert decide(alice, asked).status == 200
    until_called(shop, "/silent")
    server.kill(signal.SIGKILL)
    server.start()
    second = again(alice, run, asked)
    assert (second["reason"], second["args"]) == ("interrupted", EXACTLY)
    assert alice.call("GET", f"/approvals/{asked['id']}").json["status"] == "spent"
    assert decide(alice, second, "deny").status == 200
    assert ended(alice, run)["status"] == "completed"
    answer = [data["text"] for _, kind, data in alice.events(run["id"]) if kind == "message.completed"][-1]
    assert "whether it took effect is not known" in answer
    silent = [one for one in request(shop.api, "GET", "/requests").json if one["path"] == "/silent"]
    assert len(silent) == 1


@pytest.mark.promise("AIS-04", "AUD-01", "AUD-03")
def test_asking_deciding_and_spending_each_leave_an_entry_without_a_word_of_content(shop: Shop):
    alice = shop.cast.alice
    run, asked = asking(shop)
    decide(alice, asked)
    ended(alice, run)
    with shop.superuser() as admin:
        entries = admin.execute(
            "select action, actor_kind, details from app.audit_queue where target_id = %s order by id", [asked["id"]]
        ).fetchall()
        row = admin.execute("select a::text from app.approval a where id = %s", [asked["id"]]).fetchone()
    told = {"run_id": run["id"], "effect": "pay"}
    assert entries == [
        ("approval.requested", "system", {**told, "approvers": "user", "cause": "policy"}),
        ("approval.decided", "user", {**told, "decision": "approve"}),
        ("approval.spent", "system", told),
    ]
    assert row is not None
    assert not any(word in row[0] for word in ("Dora", "refund", asked["args_sha256"]))
