"""What providers are told about keeping and training, as they received it; and that nothing here leads to training."""

import re
from contextlib import aclosing
from pathlib import Path

import pytest
from cyclopts import App
from pydantic import SecretStr

from ringfence.app import routed
from ringfence.base.outbound import Outbound
from ringfence.cli.commands import app as commands
from ringfence.features.agents.model_names import PROVIDERS
from ringfence.features.ops import Told
from ringfence.features.runs.models import Access, ModelConfig, ModelRequest, Models, ToolSpec, ToolTurn, UserTurn
from ringfence.features.runs.models.protocol import AssistantTurn, ToolCall
from ringfence.features.runs.models.switches import SWITCHES
from tests.fakes import anthropic_server, gemini_server, model_server, responses_server

SERVERS = {
    "openai": (model_server, "openai"),
    "openai-responses": (responses_server, "openai"),
    "anthropic": (anthropic_server, "anthropic"),
    "google": (gemini_server, "google"),
    "xai": (model_server, "xai"),
}
TELLING = re.compile(r"metadata|user_?id|\buser\"|end_?user|safety_identifier|cache_key|session|organi[sz]ation|trace")
TRAINING = re.compile(r"train|fine.?tun|data.?set|corpus|jsonl|distil", re.IGNORECASE)


async def received(provider: str) -> dict[str, object]:
    server, setting = SERVERS[provider]
    outbound, call = Outbound(), ToolCall("c", "current_time", "{}")
    turns = (UserTurn("Time?"), AssistantTurn("", (call,)), ToolTurn("c", "current_time", "noon"))
    tools = (ToolSpec("current_time", "Gives the time.", {"type": "object"}),)
    async with server.serve() as fake:
        models = Models(ModelConfig(**{setting: Access(SecretStr("sk"), fake.base_url)}), outbound)
        request = ModelRequest(f"{provider}:fake-1", "Be kind.", turns, tools, max_output_tokens=99, temperature=0.5)
        async with aclosing(models.get(request.model).stream(request)) as deltas:
            assert [delta async for delta in deltas]
        await outbound.close()
    return fake.requests[-1].body


@pytest.mark.promise("AGT-09")
@pytest.mark.parametrize("provider", list(SERVERS))
async def test_every_request_has_the_switches_that_its_provider_offers_and_names_nobody(provider: str):
    body = await received(provider)
    for name, value in SWITCHES[provider].members.items():
        assert body[name] == value
    assert not {name for name in body if TELLING.search(f'{name}"')}


@pytest.mark.promise("AGT-09")
def test_each_provider_says_which_switches_it_has():
    assert set(SWITCHES) == set(SERVERS) == {*PROVIDERS} - {"scripted"}
    assert [name for name in SWITCHES if SWITCHES[name].members.get("store") is not False] == ["anthropic"]
    assert all(one.otherwise for one in SWITCHES.values())


def names(app: App, path: str = "") -> list[str]:
    found = [path]
    for name in app:
        if not name.startswith("-"):
            found += names(app[name], f"{path} {name}")
    return found


@pytest.mark.promise("AGT-09")
def test_no_route_and_no_command_leads_to_training():
    paths = routed(Told()).openapi()["paths"]
    routes = [f"{path} {method} {what.get('summary', '')}" for path in paths for method, what in paths[path].items()]
    told = [*routes, *names(commands)]
    assert len(routes) > 30
    assert len(told) - len(routes) > 5
    assert [one for one in told if TRAINING.search(one)] == []
    assert TRAINING.search("/api/v1/fine-tuning POST")


@pytest.mark.promise("AGT-09")
def test_the_page_says_what_the_table_says():
    page = (Path(__file__).parents[2] / "docs/providers.md").read_text()
    for name, switches in SWITCHES.items():
        sent = ", ".join(f"`{member}: {str(value).lower()}`" for member, value in switches.members.items())
        assert f"| `{name}` | {sent + ' ' if sent else ''}| {switches.otherwise} |" in page
