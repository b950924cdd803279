"""Seeds the demo through the public API, as a partner's engineer would: running it again changes nothing."""

from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

from ringfence.base import clock, ids
from ringfence.base.crypto import PartnerKey
from ringfence.cli import demo_state
from ringfence.cli.demo_product import TOOL_SECRET, Product, tools
from ringfence.cli.demo_state import DemoOrganization, DemoState
from ringfence.cli.http import Refused, call, hand_in

_ORGANIZATIONS = {"rose": "Rose", "thorn": "Thorn"}
_AGENT = "Concierge"
_INSTRUCTIONS = (
    "You help the people of a small company with their customers' open balances. Answer briefly, in the user's "
    "language. Use your tools for anything about customers or time, and invent nothing. Before you send a reminder, "
    "look the customer up and show the draft; the user is asked by the product itself. How the company does things "
    "stands in its handbook: search the files for it, and cite what you found."
)
_BUILTINS = [{"name": name, "kind": "builtin"} for name in ("current_time", "search_files")]
_HANDBOOK = "Handbook.md"
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
    is_new = [
        _unless_there(base_url, "/api/v1/partner/organizations", api_key, {"external_id": external_id, "name": name})
        for external_id, name in _ORGANIZATIONS.items()
    ]
    organizations = call(base_url, "GET", "/api/v1/partner/organizations?limit=200", bearer=api_key)["items"]
    for organization in organizations:
        _handbook(base_url, api_key, organization)
        if product is not None:
            _secret(base_url, api_key, organization["id"], product)
    if product is not None:
        _allow(base_url, api_key, product.port)
    if any(is_new):
        _visitors(base_url, key, audience)
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
        agents={_AGENT: _agent(base_url, api_key, model, [*_BUILTINS, *(tools(product) if product else [])])},
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


def _handbook(base_url: str, api_key: str, organization: dict[str, Any]) -> None:
    """What the organization's agents know: a handbook of its own, where it is one of ours and has none yet."""
    source = resources.files("ringfence.cli") / "handbooks" / f"{organization['external_id']}.md"
    path = f"/api/v1/partner/organizations/{organization['id']}/files"
    if not source.is_file() or call(base_url, "GET", path, bearer=api_key)["items"]:
        return
    hand_in(base_url, path, name=_HANDBOOK, content=source.read_bytes(), bearer=api_key)


def _secret(base_url: str, api_key: str, organization_id: str, product: Product) -> None:
    """The key by which the organization's tools are known to the CRM; no model ever sees it."""
    body = {
        "organization_id": organization_id,
        "name": TOOL_SECRET,
        "value": product.tool_key,
        "allowed_hosts": [product.address],
    }
    call(base_url, "POST", "/api/v1/partner/secrets", bearer=api_key, body=body)


def _allow(base_url: str, api_key: str, port: int) -> None:
    """Lets the product's pages show the assistant, beside those that are allowed already."""
    path = "/api/v1/partner/settings"
    allowed: list[str] = call(base_url, "GET", path, bearer=api_key)["allowed_origins"]
    missing = [origin for host in ("127.0.0.1", "localhost") if (origin := f"http://{host}:{port}") not in allowed]
    if missing:
        call(base_url, "PATCH", path, bearer=api_key, body={"allowed_origins": [*allowed, *missing][-50:]})


def _visitors(base_url: str, key: PartnerKey, audience: str) -> None:
    """Rose's first day, so that its audit log has something to tell: who logged in, and who was not let in."""
    for subject, role in demo_state.ROLES.items():
        now = int(clock.now().timestamp())
        claims = {"iss": demo_state.ISSUER, "aud": audience, "sub": subject, "org": "rose", "jti": str(ids.new())}
        token = key.sign({**claims, "name": subject.title(), "role": role, "iat": now, "exp": now + 60})
        session = call(base_url, "POST", "/api/v1/embed/auth", body={"token": token})["session_token"]
        with suppress(Refused):  # an administrator's alone: the viewer is refused, and that is an entry
            call(base_url, "GET", "/api/v1/audit-log", bearer=session)


def _unless_there(base_url: str, path: str, api_key: str, body: dict[str, object]) -> bool:
    """Makes a thing; False where it is there already."""
    try:
        call(base_url, "POST", path, bearer=api_key, body=body)
    except Refused as refusal:
        if refusal.status != _CONFLICT:
            raise
        return False
    return True
