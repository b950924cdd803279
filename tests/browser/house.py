"""Everything that a browser test needs, up and running: Ringfence, the partner's product, and a model that is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.browser.host import Host, serving
from tests.browser.model import Model, directed
from tests.served import Partner, Process, User, deployment_directory, make_partner, process, request

PREVIEWS = "https://*.preview.northwind.example"
REFUND = {
    "name": "refund",
    "description": "Refunds an order.",
    "kind": "http",
    "method": "POST",
    "url": "http://{address}/api/refunds",
    "headers": {"X-Acting-For": "{user.external_id}"},
    "parameters": {
        "type": "object",
        "properties": {
            "customer": {"type": "string"},
            "amount": {"type": "integer"},
            "currency": {"type": "string"},
        },
        "required": ["customer", "amount", "currency"],
        "additionalProperties": False,
    },
    "effect": "pay",
    "approval": "policy",
    "title": {
        "en": "Refund {amount} {currency} to {customer}",
        "da": "Refundér {amount} {currency} til {customer}",
    },
}
CUSTOMER = {
    "name": "look_up_customer",
    "description": "Finds a customer by name.",
    "kind": "http",
    "method": "GET",
    "url": "http://{address}/api/customers",
    "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "effect": "read",
    "title": {"en": "Look up {name}", "da": "Slå {name} op"},
}


@dataclass
class House:
    """One server with Northwind on it, its product and its model."""

    server: Process
    northwind: Partner
    host: Host
    model: Model

    @property
    def ringfence(self) -> str:
        return self.server.base_url

    def user(self, sub: str = "", org: str = "rose") -> User:
        """A session beside the browser's, to look at what is stored; by default of the same user."""
        return self.northwind.user(sub or self.host.tokens.sub, org)

    def log_out(self, refresh_token: str) -> None:
        """Ends a session behind the browser's back."""
        body = {"refresh_token": refresh_token}
        assert request(self.ringfence, "POST", "/api/v1/embed/logout", body=body).status == 204

    def messages(self, user: User | None = None) -> list[dict[str, Any]]:
        """The messages of the user's latest conversation, oldest first."""
        user = user or self.user()
        latest = user.call("GET", "/conversations").json["items"][0]["id"]
        return user.call("GET", f"/conversations/{latest}/messages").json["items"][::-1]


@contextmanager
def open_house(**settings: str) -> Iterator[House]:
    """A house whose agent has two tools of the product: one that only reads, one that pays and so asks first."""
    with serving() as host, directed() as model, deployment_directory() as directory:
        more: dict[str, Any] = {"egress_allow": host.address, **settings}
        with process(directory, openai_base_url=model.base_url, **more) as server:
            northwind = make_partner(server, "northwind", ["rose", "thorn"], model="openai:told")
            origins = {"allowed_origins": [host.origin, PREVIEWS]}
            assert northwind.call("PATCH", "/settings", origins).status == 200
            northwind.agent = add_agent(northwind, host)
            host.ringfence, host.partner = server.base_url, northwind
            yield House(server, northwind, host, model)


def add_agent(partner: Partner, host: Host, *, name: str = "Concierge", model: str = "openai:told") -> str:
    """An agent with the product's tools; its id."""
    tools = [{**tool, "url": tool["url"].format(address=host.address)} for tool in (REFUND, CUSTOMER)]
    body = {"name": name, "instructions": "Be brief.", "model": model, "tools": tools}
    answer = partner.call("POST", "/agents", body)
    assert answer.status == 201, answer.raw
    return answer.json["id"]
