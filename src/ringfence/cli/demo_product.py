"""The product around the demo: Northwind's little CRM (examples/partner_saas), a child process on DEMO_PORT.

It ends with its parent, however that ends: its standard input is a pipe that only the parent holds.
"""

import os
import secrets
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.cli.demo_state import DemoState
from ringfence.cli.serving import listen

_CHECKOUT = Path(__file__).parents[3]
_PROGRAM = _CHECKOUT / "examples" / "partner_saas" / "app.py"
# A partner installs it with pip; the demo takes it as it lies here.
_SDK = _CHECKOUT / "sdk" / "python" / "src"
DEFAULT_PORT = 8090
TOOL_SECRET = "NORTHWIND_KEY"  # noqa: S105 - its name
"""What the CRM's key is called among each organization's secrets."""
_KEY_FILE = "demo-tool-key"
_LAST_WORDS_SECONDS = 5


@dataclass(slots=True)
class Product:
    """The CRM's place: its socket is taken, and it serves once it is started."""

    data: Path
    listening: socket.socket
    child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port, as egress control names them."""
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that was taken."""
        return self.listening.getsockname()[1]

    @property
    def tool_key(self) -> str:
        """The key by which the CRM's API knows the agent's tools; the same after a restart."""
        path = self.data / _KEY_FILE
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(32))
        return path.read_text()

    def start(self, state: DemoState) -> None:
        """Starts the CRM for what was seeded."""
        log = self.data / "product.log"
        log.touch(mode=0o600)
        self.child = subprocess.Popen(  # noqa: S603 - our own example
            [sys.executable, str(_PROGRAM)],
            env={**_plain_environment(), **self._settings(state), "PYTHONPATH": str(_SDK)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log.open("ab"),
            pass_fds=[self.listening.fileno()],
            start_new_session=True,  # Ctrl-C is the parent's; the child ends by its standard input
        )

    def stop(self) -> None:
        """Ends the CRM."""
        self.listening.close()
        if self.child is None or self.child.stdin is None:
            return
        self.child.stdin.close()
        try:
            self.child.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()

    def _settings(self, state: DemoState) -> dict[str, str]:
        return {
            "LISTEN_FD": str(self.listening.fileno()),
            "RINGFENCE_URL": state.base_url,
            "AUDIENCE": state.audience,
            "ISSUER": state.issuer,
            "KID": state.kid,
            "SIGNING_KEY": state.private_key_path,
            "AGENT": next(iter(state.agents.values())),
            "TOOL_KEY": self.tool_key,
            "STORE": str(self.data / "northwind.db"),
        }


def take(data: Path) -> Product | None:
    """The CRM on DEMO_PORT; None where this is no checkout with examples. Raises PortInUse."""
    if not _PROGRAM.exists():
        return None
    listening = listen("127.0.0.1", int(os.environ.get("DEMO_PORT") or DEFAULT_PORT), variable="DEMO_PORT")
    return Product(data, listening)


def tools(product: Product) -> list[dict[str, Any]]:
    """What the agent may do in the CRM: look up by itself, and send what a person agreed to."""
    api = f"http://{product.address}/api/customers"
    whose = {
        "X-Northwind-Key": f"{{secret:{TOOL_SECRET}}}",
        "X-Northwind-Organization": "{org.external_id}",
        "X-Northwind-User": "{user.external_id}",
    }
    shared = {"kind": "http", "headers": whose, "output_trust": "first_party"}
    customer_id = {"type": "string", "description": "The customer's id, such as c-1042."}
    return [
        {
            **shared,
            "name": "find_customers",
            "description": "Lists customers with their balances: those who are late, or those of a name.",
            "method": "GET",
            "url": api,
            "parameters": _arguments(
                [],
                late={"type": "boolean", "description": "Only customers whose payment is overdue."},
                name={"type": "string", "description": "A part of the name.", "maxLength": 100},
            ),
            "effect": "read",
        },
        {
            **shared,
            "name": "get_customer",
            "description": "Gives one customer: contact, balance, days late.",
            "method": "GET",
            "url": api + "/{customer_id}",
            "parameters": _arguments(["customer_id"], customer_id=customer_id),
            "effect": "read",
        },
        {
            **shared,
            "name": "send_reminder",
            "description": "Sends the customer's contact a payment reminder by mail. Look the customer up first.",
            "method": "POST",
            "url": api + "/{customer_id}/reminders",
            "parameters": _arguments(
                ["customer_id", "customer", "amount", "currency", "message"],
                customer_id=customer_id,
                customer={"type": "string", "description": "The customer's name."},
                amount={"type": "integer", "description": "The balance that is due."},
                currency={"type": "string", "description": "Its currency, such as DKK.", "maxLength": 3},
                message={"type": "string", "description": "The mail's text.", "maxLength": 2000},
            ),
            "effect": "send",
            "approval": "policy",
            "idempotent": True,
            "args": {"customer_id": "target_id:customer", "amount": "amount", "message": "content"},
            "title": {
                "en": "Send {customer} a reminder about {amount} {currency}?",
                "da": "Send {customer} en rykker på {amount} {currency}?",
            },
        },
    ]


def _arguments(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _plain_environment() -> dict[str, str]:
    """The environment without what is Ringfence's own: a partner's product has no business with its keys."""
    own = ("RINGFENCE_", "OPENAI_", "ENCRYPTION_KEY", "LISTEN_FD")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
