"""The tour of the demo: what the terminal prints and the page at `/` shows, made to be pasted."""

import os
import shlex
import sys
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from ringfence.cli.demo_product import DEFAULT_PORT
from ringfence.cli.demo_state import DemoState
from ringfence.features.ops import Step, Tour
from ringfence.settings import Settings


def tour_of(state: DemoState, *, model: str | None) -> Tour:
    """The tour for what was seeded; `model` is None for the scripted one."""
    agent = model or "the scripted model, which needs no key"
    env = _settings(state)
    own = env + _command()
    return Tour(
        f"Ringfence runs on {state.base_url}",
        f"Partner Northwind, organizations Rose and Thorn, one agent on {agent}. Paste what follows into a terminal.",
        (
            *_product(state),
            *_trust(state),
            Step(
                "Talk to the agent as Alice of Rose",
                "The answer streams; each word is stored encrypted as it comes.",
                f"{own} demo chat --as alice@rose 'Tell me a long story'",
            ),
            Step(
                "The same with curl",
                "A token that the partner signs buys a session; the session starts a run and streams it.",
                _pasted("tour.sh", state, own),
            ),
            Step(
                "Look at that run as another customer",
                "Mallory of Thorn gets the 404 of a run that never was.",
                f"{own} demo chat --as mallory@thorn --run $RUN",
            ),
            Step(
                "Ask both organizations' handbooks",
                "The same question, two answers, each with its source: no search knows another organization's files.",
                f"{own} demo chat --as alice@rose 'What are our payment terms?'\n"
                f"{own} demo chat --as mallory@thorn 'What are our payment terms?'",
            ),
            Step(
                "Take Rose's audit log home, and check it without us",
                "Its administrator exports it; verify.py needs Python and nothing else. Then one word is changed, and "
                "it says which entry. On a page: log in to Northwind as Ada, and open Audit log.",
                _pasted("tour_audit.sh", state, own),
            ),
            Step(
                "Crash it, which is the point",
                "While an answer streams, kill the server and start it again: the same stream goes on.",
                f"kill -9 {os.getpid()}\n{env}make demo",
            ),
            Step(
                "A real model, or a local Ollama",
                "Stop with Ctrl-C and start with one of these; nothing else changes.",
                f"{env}OPENAI_API_KEY=sk-... make demo\n"
                f"{env}OPENAI_BASE_URL=http://127.0.0.1:11434/v1 RINGFENCE_DEMO_MODEL=llama3.2 make demo",
            ),
        ),
    )


def _product(state: DemoState) -> tuple[Step, ...]:
    """The address to open first, where there is a product to look at."""
    if state.demo_url is None:
        return ()
    text = (
        "Northwind is a small product of somebody else's, with the assistant in it. Log in as Alice and ask: "
        "Which customers are late? Then: Remind Nordlys. It asks you before it sends. Ask what the payment "
        "terms are, and it cites Rose's handbook; or attach a file of yours and ask about it."
    )
    return (Step("Open this in a browser", text, state.demo_url, is_address=True),)


def _trust(state: DemoState) -> tuple[Step, ...]:
    """The address of the Trust Center."""
    if state.trust_url is None:
        return ()
    text = "Every promise as it stands on this very system: live checks, tests, and what is still open. Also as JSON."
    return (Step("See what is promised, and whether it holds", text, state.trust_url, is_address=True),)


def _command() -> str:
    """How this very program is called from the reader's directory."""
    program, here = Path(sys.argv[0]).absolute(), Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)


def _settings(state: DemoState) -> str:
    """What the reader's other terminal must set, where this demo is not in the usual place."""
    data, port = Path(state.private_key_path).parent, urlsplit(state.base_url).port
    usual = {name: field.default for name, field in Settings.model_fields.items()}
    place = "" if data == Path.cwd() / usual["data"] else f"RINGFENCE_DATA={shlex.quote(str(data))} "
    demo = None if state.demo_url is None else urlsplit(state.demo_url).port
    ports = "" if port == usual["port"] else f"RINGFENCE_PORT={port} "
    return place + ports + ("" if demo in {None, DEFAULT_PORT} else f"DEMO_PORT={demo} ")


def _pasted(script: str, state: DemoState, own: str) -> str:
    text = (resources.files("ringfence.cli") / script).read_text().strip()
    agent = next(iter(state.agents.values()))
    return text.replace("@RINGFENCE@", own).replace("@URL@", state.base_url).replace("@AGENT@", agent)
