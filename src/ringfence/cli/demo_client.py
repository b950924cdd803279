"""The demo's other side: signs a user's token as the partner does, and talks to the agent from the terminal."""

import sys
import time
from datetime import timedelta

from ringfence.base import clock, ids
from ringfence.base.crypto import PartnerKey
from ringfence.cli import demo_state
from ringfence.cli.demo_state import DemoState
from ringfence.cli.deployment import NoDatabase
from ringfence.cli.http import Refused, call, events
from ringfence.settings import Settings

_LIFETIME = timedelta(minutes=10)
_FINAL = frozenset({"run.completed", "run.failed", "run.cancelled", "run.expired", "run.waiting", "session.ended"})
_PATIENCE_SECONDS = 120.0


def sign(user: str, organization: str) -> str:
    """A partner-signed token for a user of one of the demo's organizations."""
    state = _state()
    now = int(clock.now().timestamp())
    claims = {
        "iss": state.issuer,
        "aud": state.audience,
        "sub": user,
        "org": organization,
        "iat": now,
        "exp": now + int(_LIFETIME.total_seconds()),
        "jti": str(ids.new()),
        "name": user.capitalize(),
        "role": demo_state.ROLES.get(user, "member"),
    }
    key = PartnerKey.kept_in(demo_state.private_key_path(Settings().data), state.kid)
    return key.sign(claims)


def chat(message: str | None, *, speaker: str, run: str | None) -> int:
    """Starts a run (or watches one) and prints its answer as it comes; gives the exit code."""
    user, _, organization = speaker.partition("@")
    state = _state()
    try:
        session = _session(state, user, organization)
        if run is not None:
            return _follow(state, session, run)
        conversation: str | None = None
        while True:
            text = message or _ask()
            if text is None:
                return 0
            started = _start(state, session, text, conversation)
            conversation = str(started["conversation_id"])
            print(f"run {started['id']}", file=sys.stderr)
            code = _follow(state, session, str(started["id"]))
            if message is not None or code != 0:
                return code
    except Refused as refusal:
        print(f"ringfence: {refusal}", file=sys.stderr)
        return 1


def _session(state: DemoState, user: str, organization: str) -> str:
    answer = call(state.base_url, "POST", "/api/v1/embed/auth", body={"token": sign(user, organization)})
    return str(answer["session_token"])


def _start(state: DemoState, session: str, text: str, conversation: str | None) -> dict[str, object]:
    body: dict[str, object] = {"agent_id": next(iter(state.agents.values())), "input": {"text": text}}
    if conversation is not None:
        body["conversation_id"] = conversation
    return call(state.base_url, "POST", "/api/v1/runs", bearer=session, body=body)


def _follow(state: DemoState, session: str, run: str) -> int:
    """Prints a run's events until its end, across restarts of the server."""
    last: str | None = None
    patience = clock.monotonic() + _PATIENCE_SECONDS
    is_away = False
    while clock.monotonic() < patience:
        try:
            path = f"/api/v1/runs/{run}/events"
            for event_id, event, data in events(state.base_url, path, bearer=session, last_event_id=last):
                last = event_id
                if is_away:
                    print("\n[the server is back]", file=sys.stderr)
                    is_away = False
                patience = clock.monotonic() + _PATIENCE_SECONDS
                _show(event, data)
                if event in _FINAL:
                    print()
                    return 0 if event == "run.completed" else 1
        except OSError:
            if not is_away:
                print("\n[the server went away; waiting for it]", file=sys.stderr)
            is_away = True
        time.sleep(0.3)
    print("ringfence: the server did not come back in time.", file=sys.stderr)
    return 1


def _show(event: str, data: dict[str, object]) -> None:
    if event == "message.delta":
        print(data["text"], end="", flush=True)
    elif event == "message.restarted":
        print("\n[a crash cut the answer short; it is asked again]", file=sys.stderr)
    elif event == "tool.called":
        print(f"\n[calls {data['name']} {data['args']}]", file=sys.stderr)
    elif event in _FINAL and event != "run.completed":
        print(f"\n[{event} {data}]", file=sys.stderr)


def _ask() -> str | None:
    try:
        return input("> ") or None
    except EOFError:
        return None


def _state() -> DemoState:
    state = demo_state.read(Settings().data)
    if state is None:
        raise NoDatabase(f"No demo runs on {Settings().data.absolute()}. Start it with: make demo")
    return state
