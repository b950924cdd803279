"""Alice's session and her partner's, recorded on a real server, with planted words in whatever they write."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.attacks.replay import Asked, Recorder
from tests.served_cast import Cast

STREAM = "text/event-stream"
OF_ALICE = ("name", "mail", "said", "streamed", "rectified", "asked")
OF_NORTHWIND = ("org", "contact", "rectified", "mail", "agent", "instructions")
# Bob is of Rose, so its name is his to read.
BEYOND_BOB = {*OF_ALICE, *OF_NORTHWIND} - {"org"}


@dataclass(frozen=True)
class Recording:
    """What was asked by Alice and by Northwind's own back end, and the marks in it."""

    cast: Cast
    mark: str
    alice: list[Asked]
    northwind: list[Asked]
    ids: set[str]


def record(served: Cast) -> Recording:
    """Asks everything once, with planted words in all that Alice and Northwind write."""
    mark = f"planted{secrets.token_hex(6)}"
    alice = served.northwind.user("alice", "rose", name=f"Alice {mark}-name", email=f"{mark}-mail@rose.example")
    by_alice = Recorder(served.server, alice.session)
    by_northwind = Recorder(served.server, served.northwind.api_key)
    agent = served.northwind.add_agent("scripted:fast", name=f"{mark}-agent", instructions=f"Say {mark}-instructions.")
    ids = set(_converse(by_alice, agent, served.northwind.add_asking_agent(), mark))
    _manage(by_northwind, served, alice.id, agent=agent, mark=mark)
    return Recording(served, mark, by_alice.asked, by_northwind.asked, ids)


def _converse(ask: Recorder, agent: str, careful: str, mark: str) -> Iterator[str]:
    """Everything that a user can do; gives the ids of what is hers."""
    ask("GET", "/me")
    conversation = ask("POST", "/conversations", {"agent_id": agent}).json["id"]
    said = {"agent_id": agent, "conversation_id": conversation, "input": {"text": f"Repeat after me: {mark}-said"}}
    run = ask("POST", "/runs", said, Idempotency_Key=f"key-{mark}").json["id"]
    streamed = {"agent_id": agent, "input": {"text": f"What of {mark}-streamed?"}}
    ask("POST", "/runs", streamed, Accept=STREAM)
    ask("GET", f"/runs/{run}/events", Accept=STREAM)
    for path in ("/conversations", f"/conversations/{conversation}", f"/conversations/{conversation}/messages"):
        ask("GET", path)
    for path in ("/runs", f"/runs?conversation_id={conversation}", f"/runs/{run}", f"/runs/{run}/events"):
        ask("GET", path, Accept="application/json")
    ask("GET", f"/runs/{run}/events", Accept=STREAM, Last_Event_ID="1:0")
    for path in ("/runs", "/conversations"):
        cursor = ask("GET", f"{path}?limit=1").json["next_cursor"]
        ask("GET", f"{path}?limit=1&cursor={cursor}")
    ask("POST", f"/runs/{run}/cancel")
    asking = ask("POST", "/runs", {"agent_id": careful, "input": {"text": f"The time in Zone/{mark}-asked?"}}).json
    until_asked(ask, asking["id"])
    listed = ask("GET", f"/approvals?conversation_id={asking['conversation_id']}").json["items"][0]
    ask("GET", f"/approvals/{listed['id']}")
    ask("GET", "/approvals?status=pending")
    ask("GET", f"/runs/{asking['id']}/events", Accept="application/json")
    # About other arguments, so that the question stays open and her own replay finds it again.
    ask("POST", f"/approvals/{listed['id']}", {"decision": "deny", "args_sha256": "0" * 64})
    message = {"id": f"{mark}-message", "role": "user"}
    thread = {"threadId": f"{mark}-thread", "runId": f"{mark}-run"}
    ask("POST", f"/agui/{agent}", {**thread, "messages": [{**message, "content": f"And {mark}-agui?"}]})
    shown = [{**message, "parts": [{"type": "text", "text": f"And {mark}-ui?"}]}]
    ask("POST", f"/ui/{agent}", {"id": conversation, "messages": shown})
    doomed = ask("POST", "/conversations", {"agent_id": agent}).json["id"]
    ask("DELETE", f"/conversations/{doomed}")
    yield from (run, conversation, asking["id"], listed["id"])


def until_asked(ask: Recorder, run: str) -> None:
    """Returns once the run waits; these looks are not part of the recording."""
    look = Recorder(ask.server, ask.bearer)
    deadline = time.monotonic() + 60
    while look("GET", f"/runs/{run}").json["status"] != "waiting":
        assert time.monotonic() < deadline, "nobody is asked"
        time.sleep(0.05)


def _manage(ask: Recorder, cast: Cast, user: str, *, agent: str, mark: str) -> None:
    """Everything that the partner's back end can read and change about them."""
    rose = f"/partner/organizations/{cast.northwind.organizations['rose']}"
    ask("PATCH", rose, {"name": f"Rose {mark}-org"})
    ask("PATCH", "/partner/settings", {"security_contact": f"{mark}-contact@northwind.example"})
    ask("PATCH", f"{rose}/users/{user}", {"display_name": f"Alice {mark}-rectified"})
    for path in ("", "/users", f"/users/{user}"):
        ask("GET", rose + path)
    for path in ("settings", "organizations", "agents", f"agents/{agent}", "signing-keys", "api-keys"):
        ask("GET", f"/partner/{path}")
