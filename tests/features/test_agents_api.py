"""Agents over HTTP: each change is a new version, and a version never changes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, house
from tests.world import Stage

AGENTS = "/api/v1/partner/agents"
CONCIERGE: dict[str, Any] = {
    "name": "Concierge",
    "instructions": "Be brief.",
    "model": "scripted:demo",
    "tools": [{"name": "current_time", "kind": "builtin"}],
    "limits": {"max_steps": 4},
}


async def made(home: House, **changes: object) -> dict[str, Any]:
    answer = await home.api("POST", AGENTS, CONCIERGE | changes)
    assert answer.status == 201, answer.body
    return answer.body


@pytest.mark.promise("AGT-01")
async def test_an_agent_is_made_as_it_was_sent_with_a_digest_that_anyone_can_check(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await made(home)
        assert CONCIERGE.items() <= agent.items()
        definition = {key: agent[key] for key in ("instructions", "limits", "model", "policy", "tools")}
        canonical = json.dumps(definition, sort_keys=True, separators=(",", ":")).encode()
        assert (agent["version"], agent["digest"]) == (1, hashlib.sha256(canonical).hexdigest())
        assert (await home.api("GET", f"{AGENTS}/{agent['id']}")).body == agent


@pytest.mark.promise("AGT-01")
async def test_each_change_is_a_new_version_and_the_old_one_stays(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await made(home)
        path = f"{AGENTS}/{agent['id']}"
        changed = (await home.api("PATCH", path, {"instructions": "Be very brief."})).body
        same = (await home.api("PATCH", path, {"instructions": "Be very brief."})).body
        assert (changed["version"], same["version"], changed["model"]) == (2, 2, "scripted:demo")
        first = (await home.api("GET", f"{path}/versions/1")).body
        assert (first["instructions"], first["digest"]) == ("Be brief.", agent["digest"])
        versions = (await home.api("GET", f"{path}/versions?limit=1")).body
        rest = (await home.api("GET", f"{path}/versions?limit=1&cursor={versions['next_cursor']}")).body
        assert [page["items"][0]["version"] for page in (versions, rest)] == [2, 1]
        assert (await home.api("GET", f"{path}/versions/3")).status == 404


@pytest.mark.promise("AGT-01", "AGT-02")
async def test_the_models_to_fall_back_on_are_a_part_of_the_version(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent = await made(home, model="anthropic:claude-opus-5-5")
        path, others = f"{AGENTS}/{agent['id']}", ["google:gemini-2.5-pro", "openai-responses:gpt-5"]
        changed = (await home.api("PATCH", path, {"fallback": others})).body
        assert (agent["fallback"], changed["fallback"], changed["version"]) == ([], others, 2)
        definition = {key: changed[key] for key in ("instructions", "limits", "model", "policy", "tools", "fallback")}
        canonical = json.dumps(definition, sort_keys=True, separators=(",", ":")).encode()
        assert changed["digest"] == hashlib.sha256(canonical).hexdigest()
        assert (await home.api("PATCH", path, {"model": others[0]})).code == "unknown_model"
        assert (await home.api("PATCH", path, {"model": others[0], "fallback": []})).body["version"] == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "unknown:model"}, "unknown_model"),
        ({"model": "scripted:nothing"}, "unknown_model"),
        ({"model": "gpt"}, "invalid_request"),
        ({"model": "openai-realtime:gpt"}, "unknown_model"),
        ({"fallback": ["unknown:model"]}, "unknown_model"),
        ({"fallback": ["scripted:demo"]}, "unknown_model"),
        ({"fallback": ["xai:grok", "xai:grok"]}, "unknown_model"),
        ({"fallback": ["xai:a", "xai:b", "xai:c", "xai:d"]}, "invalid_request"),
        ({"tools": [{"name": "web", "kind": "mcp", "url": "https://x.example"}]}, "not_available_yet"),
        ({"tools": [{"name": "weather", "kind": "builtin"}]}, "unknown_tool"),
        ({"tools": [{"name": "current_time", "kind": "builtin", "url": "x"}]}, "unknown_tool"),
        ({"limits": {"max_steps": 0}}, "invalid_request"),
        ({"policy": {"anything": True}}, "invalid_request"),
        ({"instructions": "a\u0000b"}, "invalid_request"),
        ({"instructions": ""}, "invalid_request"),
    ],
)
async def test_an_agent_that_could_not_run_is_422(stage: Stage, tmp_path: Path, change: dict[str, Any], code: str):
    async with house(stage, tmp_path) as home:
        answer = await home.api("POST", AGENTS, CONCIERGE | change)
        assert (answer.status, answer.code) == (422, code)
        agent = await made(home)
        assert (await home.api("PATCH", f"{AGENTS}/{agent['id']}", change)).code == code


async def test_a_retired_agent_is_offered_to_nobody_and_its_versions_stay(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent, alice = await made(home), await home.session()
        path = f"{AGENTS}/{agent['id']}"
        assert [(await home.api("DELETE", path)).status for _ in range(2)] == [204, 404]
        assert (await alice("GET", "/api/v1/agents")).body["items"] == []
        assert (await home.api("GET", AGENTS)).body["items"] == []
        assert (await home.api("GET", path)).body["status"] == "retired"
        assert (await home.api("PATCH", path, {"name": "Again"})).status == 404


async def test_a_user_sees_the_names_of_its_partners_agents_and_nothing_more(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        agent, alice = await made(home), await home.session(role="viewer")
        listed = await alice("GET", "/api/v1/agents")
        assert listed.body["items"] == [{"id": agent["id"], "name": "Concierge"}]
        for path in (AGENTS, f"{AGENTS}/{agent['id']}", f"{AGENTS}/{agent['id']}/versions"):
            assert (await alice("GET", path)).status == 403


@pytest.mark.promise("CRY-01")
async def test_instructions_lie_sealed_in_the_database(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await made(home, instructions="the canary sings")
        with stage.admin() as admin:
            rows = admin.execute("select instructions, tools from app.agent_version").fetchall()
        assert rows
        assert not any(b"canary" in bytes(column) or b"current_time" in bytes(column) for row in rows for column in row)
