"""Seeds the demo through the public API, as a partner's engineer would: running it again changes nothing."""

from pathlib import Path

from ringfence.base.crypto import PartnerKey
from ringfence.cli import demo_state
from ringfence.cli.demo_state import DemoOrganization, DemoState
from ringfence.cli.http import Refused, call

_ORGANIZATIONS = {"rose": "Rose", "thorn": "Thorn"}
_AGENT = "Concierge"
_INSTRUCTIONS = "You help the people of a small company. Answer briefly. Use your tools for anything about time."
_CONFLICT = 409


def seed(base_url: str, data: Path, *, partner: tuple[str, str], audience: str, model: str) -> DemoState:
    """Registers the key, the organizations and the agent, and writes demo.json; `partner` is its id and API key."""
    partner_id, api_key = partner
    path = demo_state.private_key_path(data)
    key = PartnerKey.kept_in(path, demo_state.KID)
    _unless_there(
        base_url,
        "/api/v1/partner/signing-keys",
        api_key,
        {"kid": key.kid, "algorithm": key.algorithm, "public_key_pem": key.public_pem},
    )
    for external_id, name in _ORGANIZATIONS.items():
        _unless_there(base_url, "/api/v1/partner/organizations", api_key, {"external_id": external_id, "name": name})
    organizations = call(base_url, "GET", "/api/v1/partner/organizations?limit=200", bearer=api_key)["items"]
    state = DemoState(
        base_url=base_url,
        demo_url=None,
        trust_url=None,
        partner_id=partner_id,
        partner_api_key=api_key,
        issuer=demo_state.ISSUER,
        audience=audience,
        kid=key.kid,
        algorithm=key.algorithm,
        private_key_path=str(path.absolute()),
        agents={_AGENT: _agent(base_url, api_key, model)},
        organizations=[DemoOrganization(o["id"], o["external_id"], o["name"]) for o in organizations],
    )
    demo_state.write(data, state)
    return state


def _agent(base_url: str, api_key: str, model: str) -> str:
    known = call(base_url, "GET", "/api/v1/partner/agents?limit=200", bearer=api_key)["items"]
    found = next((agent for agent in known if agent["name"] == _AGENT), None)
    if found is None:
        tools = [{"name": "current_time", "kind": "builtin"}]
        definition = {"name": _AGENT, "instructions": _INSTRUCTIONS, "model": model, "tools": tools}
        found = call(base_url, "POST", "/api/v1/partner/agents", bearer=api_key, body=definition)
    elif found["model"] != model:
        call(base_url, "PATCH", f"/api/v1/partner/agents/{found['id']}", bearer=api_key, body={"model": model})
    return str(found["id"])


def _unless_there(base_url: str, path: str, api_key: str, body: dict[str, object]) -> None:
    try:
        call(base_url, "POST", path, bearer=api_key, body=body)
    except Refused as refusal:
        if refusal.status != _CONFLICT:
            raise
