"""Seeds the demo through the public API, as a partner's engineer would: running it again changes nothing."""

from pathlib import Path
from typing import Any

from ringfence.base.crypto import PartnerKey
from ringfence.cli import demo_state
from ringfence.cli.demo_product import Product, tools
from ringfence.cli.demo_state import DemoOrganization, DemoState
from ringfence.cli.http import Refused, call

_ORGANIZATIONS = {"rose": "Rose", "thorn": "Thorn"}
_AGENT = "Concierge"
_INSTRUCTIONS = (
    "You help the people of a small company with their customers' open balances. Answer briefly, in the user's "
    "language. Use your tools for anything about customers or time, and invent nothing. Before you send a reminder, "
    "look the customer up and show the draft; the user is asked by the product itself."
)
_CLOCK = {"name": "current_time", "kind": "builtin"}
_CONFLICT = 409


def seed(  # noqa: PLR0913 - what a demo consists of
    base_url: str, data: Path, *, partner: tuple[str, str], audience: str, model: str, product: Product | None
) -> DemoState:
    """Registers the key, the organizations and the agent, and writes demo.json; `partner` is its id and API key.

    With a product, its pages may show the assistant, and the agent has its tools.
    """
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
    if product is not None:
        _allow(base_url, api_key, product.port)
    organizations = call(base_url, "GET", "/api/v1/partner/organizations?limit=200", bearer=api_key)["items"]
    state = DemoState(
        base_url=base_url,
        demo_url=None if product is None else f"http://{product.address}",
        trust_url=f"{base_url}/trust",
        partner_id=partner_id,
        partner_api_key=api_key,
        issuer=demo_state.ISSUER,
        audience=audience,
        kid=key.kid,
        algorithm=key.algorithm,
        private_key_path=str(path.absolute()),
        agents={_AGENT: _agent(base_url, api_key, model, [_CLOCK, *(tools(product) if product else [])])},
        organizations=[DemoOrganization(o["id"], o["external_id"], o["name"]) for o in organizations],
    )
    demo_state.write(data, state)
    return state


def _agent(base_url: str, api_key: str, model: str, wanted: list[dict[str, Any]]) -> str:
    known = call(base_url, "GET", "/api/v1/partner/agents?limit=200", bearer=api_key)["items"]
    found = next((agent for agent in known if agent["name"] == _AGENT), None)
    definition = {"instructions": _INSTRUCTIONS, "model": model, "tools": wanted}
    if found is None:
        found = call(base_url, "POST", "/api/v1/partner/agents", bearer=api_key, body={"name": _AGENT, **definition})
    elif not _is(found, definition):
        call(base_url, "PATCH", f"/api/v1/partner/agents/{found['id']}", bearer=api_key, body=definition)
    return str(found["id"])


def _is(agent: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the agent is so already; of its tools only what is declared here counts, the rest are defaults."""
    if agent["model"] != wanted["model"] or agent["instructions"] != wanted["instructions"]:
        return False
    if len(agent["tools"]) != len(wanted["tools"]):
        return False
    pairs = zip(agent["tools"], wanted["tools"], strict=True)
    return all(there.get(name) == value for there, tool in pairs for name, value in tool.items())


def _allow(base_url: str, api_key: str, port: int) -> None:
    """Lets the product's pages show the assistant, beside those that are allowed already."""
    path = "/api/v1/partner/settings"
    allowed: list[str] = call(base_url, "GET", path, bearer=api_key)["allowed_origins"]
    missing = [origin for host in ("127.0.0.1", "localhost") if (origin := f"http://{host}:{port}") not in allowed]
    if missing:
        call(base_url, "PATCH", path, bearer=api_key, body={"allowed_origins": [*allowed, *missing][-50:]})


def _unless_there(base_url: str, path: str, api_key: str, body: dict[str, object]) -> None:
    try:
        call(base_url, "POST", path, bearer=api_key, body=body)
    except Refused as refusal:
        if refusal.status != _CONFLICT:
            raise
