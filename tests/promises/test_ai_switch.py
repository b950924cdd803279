"""Switched off is off: an organization without generative AI starts no run, and those under way end within seconds."""

import time
from collections.abc import Iterator

import pytest

from tests.served import Partner, User, deployment_directory, make_partner, process

STORY = "Tell me a long story."


@pytest.fixture(scope="module")
def northwind() -> Iterator[Partner]:
    with deployment_directory() as directory, process(directory) as server:
        yield make_partner(server, "northwind", ["rose", "thorn"], model="scripted:demo")


def switch(northwind: Partner, org: str, *, to: bool) -> None:
    path = f"/organizations/{northwind.organizations[org]}"
    assert northwind.call("PATCH", path, {"settings": {"generative_ai": to}}).status == 200


def is_telling(user: User, run: str) -> None:
    """Returns once the model has said something."""
    while (
        "message.delta"
        not in user.call("GET", f"/runs/{run}/events", headers={"Accept": "application/json"}).raw.decode()
    ):
        time.sleep(0.05)


@pytest.mark.promise("PRV-03", "AIS-01")
def test_switching_generative_ai_off_ends_running_runs_of_that_organization_alone(northwind: Partner):
    alice, mallory = northwind.user("alice", "rose"), northwind.user("mallory", "thorn")
    hers, theirs = alice.ask(STORY)["id"], mallory.ask(STORY)["id"]
    is_telling(alice, hers)
    is_telling(mallory, theirs)
    switch(northwind, "rose", to=False)
    try:
        ended = alice.finish(hers, seconds=5)
        assert (ended["status"], ended["failure_code"]) == ("failed", "ai_disabled")
        assert alice.events(hers)[-1][1] == "run.failed"
        body = {"agent_id": northwind.agent, "input": {"text": "And now?"}}
        refused = alice.call("POST", "/runs", body)
        assert (refused.status, refused.code) == (403, "ai_disabled")
        assert alice.call("GET", "/conversations").status == 200
        assert mallory.call("GET", f"/runs/{theirs}").json["status"] == "running"
    finally:
        switch(northwind, "rose", to=True)
    assert alice.finish(alice.ask("Repeat after me: back")["id"])["status"] == "completed"
