"""What is planted in a canary by the public API, and how it is found again."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ringfence.base import clock
from ringfence.base.crypto import random_bytes
from ringfence.controls.identity import CanaryPartner
from ringfence.evidence import canary_tokens as tokens
from ringfence.evidence.caller import Caller, Reply, patiently
from ringfence.evidence.operations import Sent

_AGENT: Final = "Canary"
_ASKING_AGENT: Final = "Careful canary"
SLOW_AGENT: Final = "Slow canary"
"""Answers word by word, so that there is time to take its run away."""
_MODEL: Final = "scripted:fast"
_SLOW_MODEL: Final = "scripted:demo"
_OK: Final = 300
_CONFLICT: Final = 409
_PATIENCE_SECONDS: Final = 20.0
_SETTLED: Final = frozenset({"completed", "failed", "cancelled", "expired", "waiting"})
# The scripted model calls it when asked for the time; a person must agree first, and nobody ever does.
_ASKING_TOOL: Final[dict[str, object]] = {
    "name": "current_time",
    "kind": "http",
    "description": "Gives the time in a zone.",
    "method": "POST",
    "url": "https://canary.invalid/time",
    "effect": "send",
    "title": {"en": "Ask for the time in {zone}"},
    "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
}
_AGENTS: Final[tuple[tuple[str, str, tuple[dict[str, object], ...]], ...]] = (
    (_AGENT, _MODEL, ()),
    (_ASKING_AGENT, _MODEL, (_ASKING_TOOL,)),
    (SLOW_AGENT, _SLOW_MODEL, ()),
)


class Missing(Exception):  # noqa: N818 - what it names is the state
    """Something of a canary is not there, or its keeper may not come in; says what, without an id."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the public API with one credential."""

    http: Caller
    bearer: str = field(repr=False)

    def as_(self, bearer: str) -> "Asker":
        """The same with another credential."""
        return Asker(self.http, bearer)

    async def get(self, path: str) -> Any:  # noqa: ANN401 - whatever the API answers
        """The JSON of a good answer; Missing for any other."""
        # The matrix is asked at the same time, and what it meets is limits: one of them says nothing of the canaries.
        return _good("GET", path, await patiently(self.http, "GET", path, bearer=self.bearer))

    async def items(self, path: str) -> list[dict[str, Any]]:
        """The first page of a list."""
        return cast("list[dict[str, Any]]", (await self.get(f"{path}?limit=200"))["items"])

    async def secrets(self, org_id: str) -> list[dict[str, Any]]:
        """The organization's secrets, without their values."""
        return cast(
            "list[dict[str, Any]]", (await self.get(f"/api/v1/partner/secrets?organization_id={org_id}"))["items"]
        )

    async def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - as above
        """The same for a POST."""
        return _good("POST", path, await patiently(self.http, "POST", path, body, bearer=self.bearer))

    async def post_once(self, path: str, body: object) -> int:
        """1 where it was made, 0 where it is there already."""
        reply = await patiently(self.http, "POST", path, body, bearer=self.bearer)
        if reply.status == _CONFLICT:
            return 0
        _good("POST", path, reply)
        return 1


async def plant_partner(ask: Asker, partner: CanaryPartner, names: tuple[str, ...]) -> int:
    """Signing key, organizations and agents of a canary partner; gives how many were made."""
    key = {"kid": tokens.KID, "algorithm": "EdDSA", "public_key_pem": partner.signing_key_pem}
    known = {one["kid"] for one in await ask.items("/api/v1/partner/signing-keys")}
    made = 0 if tokens.KID in known else await ask.post_once("/api/v1/partner/signing-keys", key)
    there = {one["external_id"] for one in await ask.items("/api/v1/partner/organizations")}
    for name in names:
        body = {"external_id": tokens.external_id(name), "name": f"Canary {partner.mark_of(name)}"}
        if body["external_id"] not in there:
            made += await ask.post_once("/api/v1/partner/organizations", body)
    agents = {one["name"] for one in await ask.items("/api/v1/partner/agents")}
    for agent, model, tools in _AGENTS:
        if agent not in agents:
            instructions = f"You are a canary. {partner.mark}"
            body = {"name": agent, "instructions": instructions, "model": model, "tools": tools}
            made += await ask.post_once("/api/v1/partner/agents", body)
    return made


async def plant_conversation(ask: Asker, mark: str) -> int:
    """As a user: a conversation with a finished run, and one that waits for approval; gives how many were made."""
    there = {one["agent_id"] for one in await ask.items("/api/v1/conversations")}
    agents = {one["name"]: str(one["id"]) for one in await ask.items("/api/v1/agents")}
    made = 0
    for agent, text in ((_AGENT, f"Repeat after me: {mark}"), (_ASKING_AGENT, f"What time is it in Zone/C{mark}?")):
        if agents[agent] not in there:
            await _settle(ask, await ask.post("/api/v1/runs", {"agent_id": agents[agent], "input": {"text": text}}))
            made += 1
    if not await ask.items("/api/v1/files"):
        await ask.post("/api/v1/files", _file(mark))
        made += 1
    return made


async def plant_secret(ask: Asker, org_id: str) -> int:
    """As the partner: a secret of the organization, which no tool ever uses; gives how many were made."""
    if await ask.secrets(org_id):
        return 0
    body = {
        "organization_id": org_id,
        "name": "CANARY",
        "value": f"canary {random_bytes(16).hex()}",
        "allowed_hosts": ["canary.invalid"],
    }
    await ask.post("/api/v1/partner/secrets", body)
    return 1


def _file(mark: str) -> Sent:
    """A form with one file, whose name and text hold the mark."""
    head = f'--canary\r\nContent-Disposition: form-data; name="file"; filename="{mark}.txt"\r\n\r\n'
    return Sent("multipart/form-data; boundary=canary", f"{head}A canary's file. {mark}\r\n--canary--\r\n".encode())


async def organization(ask: Asker, name: str) -> str:
    """The id of one of the partner's canaries; Missing."""
    found = [one for one in await ask.items("/api/v1/partner/organizations") if one["external_id"] == f"canary-{name}"]
    if not found:
        raise Missing("a canary organization is gone")
    return str(found[0]["id"])


async def found_of_partner(ask: Asker) -> dict[str, str]:
    """Ids of what the partner has; Missing."""
    agents = [one for one in await ask.items("/api/v1/partner/agents") if one["name"] == _AGENT]
    keys = [one for one in await ask.items("/api/v1/partner/signing-keys") if one["kid"] == tokens.KID]
    if not agents or not keys:
        raise Missing("an agent or a signing key of a canary partner is gone")
    return {"agent_id": str(agents[0]["id"]), "signing_key_id": str(keys[0]["id"])}


async def found_secret(ask: Asker, org_id: str) -> str:
    """The id of the organization's secret; Missing."""
    found = await ask.secrets(org_id)
    if not found:
        raise Missing("a canary's secret is gone")
    return str(found[0]["id"])


async def found_of_user(ask: Asker) -> dict[str, str]:
    """Ids of what the user has; Missing."""
    runs = [one for one in await ask.items("/api/v1/runs") if one["status"] == "completed"]
    approvals = await ask.items("/api/v1/approvals")
    files = await ask.items("/api/v1/files")
    if not runs or not approvals or not files:
        raise Missing("a canary's run, its approval or its file is gone")
    first = runs[-1]
    return {
        "conversation_id": str(first["conversation_id"]),
        "run_id": str(first["id"]),
        "approval_id": str(approvals[-1]["id"]),
        "file_id": str(files[-1]["id"]),
        "upload_id": str(files[-1]["id"]),
    }


async def _settle(ask: Asker, run: dict[str, Any]) -> None:
    """Waits until the run has ended or waits for a person."""
    patience = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < patience:
        if (await ask.get(f"/api/v1/runs/{run['id']}"))["status"] in _SETTLED:
            return
        await asyncio.sleep(0.05)
    raise Missing("a canary's run did not end")


def _good(method: str, path: str, reply: Reply) -> Any:  # noqa: ANN401 - whatever the API answers
    if reply.status >= _OK:
        raise Missing(f"{method} {path.partition('?')[0]} answers {reply.status}")
    return reply.json()
