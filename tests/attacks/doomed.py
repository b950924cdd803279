"""Canaries for an organization and a user who will be erased, and for those who stay, through every public input."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.served import Partner, Process, User, make_partner

# The kinds of canaries that are found again, opened, for everybody; and those of an organization.
OF_A_USER = (
    "message", "echo", "zone", "asked", "mail", "shown", "subject", "body", "file", "title",
)  # fmt: skip
OF_AN_ORGANIZATION = ("called", "secret", "knowledge", "headline")
# Overwritten before the last copy, refused, or kept as a hash alone.
NOWHERE = ("name", "query", "path", "bearer", "refused", "header", "agent", "token", "key")


@dataclass
class Someone:
    """Somebody with a mark that stands in everything they hand in."""

    mark: str
    org: str
    user: User
    files: list[str] = field(default_factory=list)

    def canaries(self, *kinds: str) -> list[str]:
        """What was planted of these kinds."""
        return [f"{self.mark}x{kind}x" for kind in kinds]

    @property
    def path(self) -> str:
        """Under which the keystore knows this user's key."""
        return f"organization/{UUID(self.org).hex}/user/{UUID(self.user.id).hex}"


@dataclass(frozen=True)
class Village:
    """Zed's organization is erased whole; of the other, Lee goes and Stella stays."""

    mark: str
    """What everybody's marks begin with."""
    server: Process
    northwind: Partner
    asking: str
    zed: Someone
    lee: Someone
    stella: Someone

    @property
    def all(self) -> tuple[Someone, ...]:
        """Everybody."""
        return (self.zed, self.lee, self.stella)

    @property
    def all_marks(self) -> list[str]:
        """What stands in everything that anybody handed in."""
        return [one.mark for one in self.all]


def settle(server: Process) -> Village:
    """Makes the partner, both organizations and everybody, each with canaries in what names them."""
    northwind = make_partner(server, "northwind", ["doomed", "staying"])
    asking = northwind.add_asking_agent()
    mark = f"cnry{secrets.token_hex(5)}"
    homes = {"zed": "doomed", "lee": "staying", "stella": "staying"}
    people = [_arrive(northwind, org, f"{mark}{name}") for name, org in homes.items()]
    for someone in (people[0], people[2]):
        _name(northwind, someone)
    return Village(mark, server, northwind, asking, *people)


def talk(village: Village, someone: Someone) -> None:
    """Hands in content: messages, what tools are asked and answer, questions that wait, answers that are kept."""
    user, mark = someone.user, someone.mark
    runs = [
        user.ask(f"Do you know {mark}xmessagex?")["id"],
        user.ask(f"Repeat after me: {mark}xechox")["id"],
        user.ask(f"What time is it in Europe/{mark.capitalize()}xzonex?")["id"],
    ]
    user.be_asked(f"What time is it in Europe/{mark.capitalize()}xaskedx?", agent=village.asking)
    body = {"agent_id": village.northwind.agent, "input": {"text": f"{mark}xbodyx"}}
    kept = user.call("POST", "/runs", body, headers={"Idempotency-Key": f"{mark}xkeyx of a run"})
    assert kept.status == 202, kept.raw
    for run in [*runs, kept.json["id"]]:
        assert user.finish(run)["status"] == "completed"
    someone.files.append(_hand_in(user, f"{mark}xtitlex.txt", f"A file about {mark}xfilex.\n" * 40))
    _be_refused(user, mark)


def keep(village: Village, someone: Someone) -> None:
    """Hands in what is an organization's: a secret, and a file of its knowledge."""
    mark, northwind = someone.mark, village.northwind
    secret = {
        "organization_id": someone.org, "name": "SHOP_TOKEN", "value": f"{mark}xsecretx",
        "allowed_hosts": ["api.example.com"],
    }  # fmt: skip
    answer = northwind.call("POST", "/secrets", secret, headers={"Idempotency-Key": f"{mark}xkeyx of a secret"})
    assert answer.status == 201, answer.raw
    form = _form(f"{mark}xheadlinex.txt", f"Everybody knows {mark}xknowledgex.\n" * 40)
    made = northwind.call("POST", f"/organizations/{someone.org}/files", **form)
    assert made.status == 201, made.raw
    path = f"/organizations/{someone.org}/files/{made.json['id']}"
    _until_ready(lambda: northwind.call("GET", path).json)
    someone.files.append(made.json["id"])


def _arrive(northwind: Partner, org: str, mark: str) -> Someone:
    user = northwind.user(
        f"{mark}xsubjectx", org, name=f"{mark}xnamex", email=f"{mark}xmailx@{org}.example",
    )  # fmt: skip
    return Someone(mark, northwind.organizations[org], user)


def _name(northwind: Partner, someone: Someone) -> None:
    path = f"/organizations/{someone.org}"
    assert northwind.call("PATCH", path, {"name": f"{someone.mark}xcalledx"}).status == 200


def rename(northwind: Partner, someone: Someone) -> None:
    """Gives the user another name, which the stored answer repeats; the first one stays in the log alone."""
    path = f"/organizations/{someone.org}/users/{someone.user.id}"
    headers = {"Idempotency-Key": f"{someone.mark}xkeyx"}
    answer = northwind.call("PATCH", path, {"display_name": f"{someone.mark}xshownx"}, headers=headers)
    assert answer.status == 200, answer.raw


def _be_refused(user: User, mark: str) -> None:
    """Ways that end in a refusal: nothing of them is kept anywhere."""
    refused = {"agent_id": f"{mark}xrefusedx", f"{mark}xrefusedx": f"{mark}xrefusedx"}
    for method, path, more in (
        ("GET", f"/runs?cursor={mark}xqueryx&limit=1", {}),
        ("GET", f"/runs/{mark}xpathx", {}),
        ("POST", "/runs", {"body": refused}),
        ("GET", "/me", {"headers": {"Last-Event-ID": f"{mark}xheaderx", "Request-Id": f"{mark}xheaderx!"}}),
        ("GET", "/me", {"headers": {"User-Agent": f"{mark}xagentx", "X-Forwarded-For": f"{mark}xheaderx"}}),
        ("POST", "/embed/auth", {"body": {"token": f"{mark}xtokenx.{mark}xtokenx.x"}}),
        ("POST", "/embed/refresh", {"body": {"refresh_token": f"{mark}xtokenx"}}),
        ("POST", "/files", _form(f"{mark}xrefusedx.exe", f"MZ{mark}xrefusedx")),
    ):
        user.call(method, path, **more)
    User(user.partner, f"{mark}xbearerx", "", "").call("GET", "/me")


def _hand_in(user: User, name: str, text: str) -> str:
    answer = user.call("POST", "/files", **_form(name, text))
    assert answer.status == 201, answer.raw
    _until_ready(lambda: user.call("GET", f"/files/{answer.json['id']}").json)
    return answer.json["id"]


def _form(name: str, text: str) -> dict[str, Any]:
    boundary = secrets.token_hex(8)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    raw = f"{head}Content-Type: text/plain\r\n\r\n{text}\r\n--{boundary}--\r\n".encode()
    return {"raw": raw, "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


def _until_ready(look: Any) -> None:
    deadline = time.monotonic() + 60
    while (found := look())["status"] != "ready":
        assert found["status"] in {"uploading", "scanning", "processing"}, found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
