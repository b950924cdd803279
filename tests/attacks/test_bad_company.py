"""What the server depends on misbehaves: model providers, sessions that end, and a database that dies."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import ANY

import pytest

from tests.served import Partner, User, deployment_directory, make_partner, model_server, process, request
from tests.sessions import session_of

FIVE_SECONDS = "Repeat after me: " + " ".join(f"w{number}" for number in range(100))


@pytest.fixture(scope="module")
def northwind() -> Iterator[Partner]:
    with (
        model_server() as base_url,
        deployment_directory() as directory,
        process(directory, openai_base_url=base_url) as server,
    ):
        yield make_partner(server, "northwind", ["rose"])


@pytest.fixture(scope="module")
def alice(northwind: Partner) -> User:
    return northwind.user("alice", "rose")


def misbehaving(alice: User, model: str) -> tuple[dict[str, str], str]:
    """A run with that provider, just started, and its agent."""
    agent = alice.partner.add_agent(f"openai:{model}")
    return alice.ask("Hello.", agent=agent), agent


def goes_on(alice: User, run: dict[str, str], agent: str) -> bool:
    """Whether the conversation works again once its agent has a model that does."""
    assert alice.partner.call("PATCH", f"/agents/{agent}", {"model": "scripted:fast"}).status == 200
    again = alice.ask("And now?", agent=agent, conversation=run["conversation_id"])
    return alice.finish(again["id"])["status"] == "completed"


@pytest.mark.promise("AGT-05")
@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("garbage", "model_bad_answer"),
        ("html", "model_bad_answer"),
        ("json-empty", "model_bad_answer"),
        ("huge-event", "model_too_large"),
        ("huge", "model_too_large"),
        ("cut", "model_cut_off"),
        ("half-event", "model_cut_off"),
        ("cut-before", "model_unavailable"),
        ("500", "model_unavailable"),
        ("401", "model_rejected"),
        ("404", "model_rejected"),
        pytest.param("429", "model_rate_limited", marks=pytest.mark.long, id="429 for ever"),
    ],
    ids=str,
)
def test_a_provider_that_misbehaves_fails_the_run_by_name_and_not_the_conversation(alice: User, model: str, code: str):
    run, agent = misbehaving(alice, model)
    ended = alice.finish(run["id"], seconds=120)
    assert (ended["status"], ended["failure_code"]) == ("failed", code)
    assert alice.events(run["id"])[-1][1:] == ("run.failed", {"code": code, "detail": ANY})
    assert goes_on(alice, run, agent)


@pytest.mark.promise("AGT-05")
@pytest.mark.parametrize("model", ["hang", "hang-mid"])
def test_a_provider_that_hangs_can_be_cancelled(alice: User, model: str):
    run, agent = misbehaving(alice, model)
    time.sleep(0.5)
    assert alice.call("GET", f"/runs/{run['id']}").json["status"] == "running"
    assert alice.call("POST", f"/runs/{run['id']}/cancel").status == 200
    assert alice.finish(run["id"])["status"] == "cancelled"
    assert goes_on(alice, run, agent)


def test_no_word_of_a_provider_reaches_the_user(alice: User):
    for model in ("error-in-stream", "401", "400-huge"):
        run = alice.ask("Hello.", agent=alice.partner.add_agent(f"openai:{model}"))
        assert alice.finish(run["id"], seconds=60)["status"] == "failed"
        raw = alice.call("GET", f"/runs/{run['id']}/events", headers={"Accept": "text/event-stream"}).raw
        assert b"planted-provider-words" not in raw
        assert b"sk-planted" not in raw


@pytest.mark.promise("EMB-04", "AGT-04")
def test_a_stream_ends_by_name_when_its_session_expires(alice: User):
    run = alice.ask(FIVE_SECONDS, agent=alice.partner.add_agent("scripted:demo"))
    short = User(alice.partner, session_of(alice, "rose", begins=0, lasts=2), "", alice.id)
    events = short.events(run["id"])
    assert events[-1][1] == "session.ended"
    assert alice.events(run["id"], events[-1][0])[-1][1] == "run.completed"


@pytest.mark.promise("OPS-01")
def test_the_database_may_die_and_come_back_under_the_server(alice: User):
    server = alice.partner.server
    slow = alice.ask(FIVE_SECONDS, agent=alice.partner.add_agent("scripted:demo"))
    before = alice.ask("Remember this.")
    alice.finish(before["id"])
    with ThreadPoolExecutor() as pool:
        stream = pool.submit(alice.events, slow["id"])
        time.sleep(1)
        server.kill_database()
        seen = until_it_works(alice)
        stream.result()
    assert seen <= {200, 503}
    assert alice.finish(slow["id"], seconds=60)["status"] == "completed"
    messages = alice.call("GET", f"/conversations/{before['conversation_id']}/messages").json["items"]
    assert len(messages) == 2
    assert alice.events(slow["id"])[-1][1] == "run.completed"


def until_it_works(alice: User) -> set[int]:
    """The statuses that a caller sees until a run can be started again, on the same process."""
    seen: set[int] = set()
    server, pid = alice.partner.server, alice.partner.server.pid
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        seen.add(request(server.base_url, "GET", "/readyz").status)
        seen.add(alice.call("GET", "/runs").status)
        started = alice.call("POST", "/runs", {"agent_id": alice.partner.agent, "input": {"text": "Again?"}})
        if started.status == 202:
            assert server.pid == pid
            return seen
        assert (started.status, started.headers["content-type"]) == (503, "application/problem+json")
        time.sleep(0.2)
    raise AssertionError("it did not come back")
