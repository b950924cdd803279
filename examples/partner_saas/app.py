"""Northwind, a small CRM that embeds an assistant: what a partner adds to its own product, and nothing else.

Four things are new in it: two lines in index.html, `agent_token` below, the API under /api that the agent's tools call,
and `audit_link` behind the administrators' link "Audit log". The rest (log-in, customers, activity) is what such a
product has anyway.
"""

import base64
import csv
import hashlib
import hmac
import json
import os
import re
import socket
import sqlite3
import sys
import threading
import time
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from ringfence_client import TokenSigner

RINGFENCE, AGENT, TOOL_KEY = os.environ["RINGFENCE_URL"], os.environ["AGENT"], os.environ["TOOL_KEY"]
SIGNER = TokenSigner(
    os.environ["ISSUER"], os.environ["AUDIENCE"], os.environ["KID"], Path(os.environ["SIGNING_KEY"]).read_bytes()
)
USERS = {
    "alice": ("Alice", "rose", "Rose Trading", "member"),
    "ada": ("Ada", "rose", "Rose Trading", "admin"),
    "mallory": ("Mallory", "thorn", "Thorn & Sons", "member"),
}
COLUMNS = "org, id, name, contact, email, balance, currency, days_late"
CUSTOMERS = """
rose,c-1042,Nordlys ApS,Mette Holm,mette@nordlys.example,4200,DKK,12
rose,c-1043,Havblik Hotel,Jonas Berg,jonas@havblik.example,18650,DKK,31
rose,c-1044,Fjordbryg,Sara Lund,sara@fjordbryg.example,2480,DKK,0
rose,c-1045,Kystens Cykler,Emil Dahl,emil@kystens.example,0,DKK,0
thorn,c-2001,Bramble Foods,Ines Vidal,ines@bramble.example,9900,EUR,5
thorn,c-2002,Larch Studio,Tom Reed,tom@larch.example,1250,EUR,0"""
HTML = (Path(__file__).parent / "index.html").read_text(encoding="utf-8")
HEAD, SIGNED_IN, SIGNED_OUT = re.split(r"<!-- signed (?:in|out) -->\n", HTML)
HASHES = {
    tag: " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"
        for block in re.findall(rf"<{tag}>(.*?)</{tag}>", HTML, re.DOTALL)
    )
    for tag in ("script", "style")
}
# The page's own script and style by hash, and the directives that the widget needs: script-src and frame-src.
POLICY = (
    f"default-src 'none'; script-src {RINGFENCE} {HASHES['script']}; style-src {HASHES['style']}; "
    f"frame-src {RINGFENCE}; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def agent_token(user: str) -> str:
    """Who is logged in here, signed for a minute."""
    name, org, _, role = USERS[user]
    return SIGNER.sign(user, org, name=name, role=role)


def audit_link(user: str) -> str:
    """Where an administrator's browser opens the audit log of the own organization: once, within a minute."""
    session = post("/api/v1/embed/auth", {"token": agent_token(user)})["session_token"]
    return post("/api/v1/audit-log/links", {}, bearer=session)["url"]


def post(path: str, body: dict[str, Any], *, bearer: str = "") -> Any:  # noqa: ANN401 - JSON
    """What Ringfence answers; raises OSError where it refuses or is away."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    request = Request(RINGFENCE + path, json.dumps(body).encode(), headers)  # noqa: S310 - the operator's address
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        return json.load(answer)


def ask(sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of one statement on the product's own data, which outlives a restart."""
    with sqlite3.connect(os.environ["STORE"], timeout=10) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, values)]


def customers(org: str) -> list[dict[str, Any]]:
    """An organization's customers."""
    return ask(f"select {COLUMNS} from customer where org = ? order by id", org)  # noqa: S608 - constant names


def mark(user: str) -> str:
    """What makes a log-in's cookie one that only this server can have set."""
    return hmac.new(TOOL_KEY.encode(), user.encode(), hashlib.sha256).hexdigest()


def is_same(given: str, wanted: str) -> bool:
    """Whether two secrets are one, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), wanted.encode())


class Northwind(BaseHTTPRequestHandler):
    """The pages, their data, and the API for the agent's tools."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The page and its lists."""
        url, user = urlsplit(self.path), self.user()
        if url.path.startswith("/api/"):
            return self.tool(url.path, {name: values[-1] for name, values in parse_qs(url.query).items()})
        if url.path == "/":
            return self.page(user)
        if user is None:
            return self.answer(401, {"error": "Log in first."})
        org = USERS[user][1]
        if url.path == "/audit-log" and USERS[user][3] == "admin":
            return self.audit_log(user)
        if url.path == "/customers":
            return self.answer(200, customers(org))
        return self.answer(200, ask("select at, who, text from activity where org = ? order by at desc limit 20", org))

    def audit_log(self, user: str) -> None:
        """Sends an administrator on to the log."""
        try:
            self.answer(303, b"", Location=audit_link(user))
        except OSError:
            self.answer(502, b"The audit log is out of reach for the moment. Try again.", Content_Type="text/plain")

    def do_POST(self) -> None:
        """Log-in, log-out, the assistant's token, and what tools do."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65_536))
        if self.path.startswith("/api/"):
            return self.tool(self.path, json.loads(body or b"{}"))
        if self.headers.get("Origin") not in {None, f"http://{self.headers.get('Host')}"}:
            return self.answer(403, {"error": "Another page cannot do this."})
        if self.path in {"/login", "/logout"}:
            name = parse_qs(body.decode()).get("user", [""])[0]
            kept = f"{name}.{mark(name)}" if name in USERS else "; Max-Age=0"
            return self.answer(303, b"", Location="/", Set_Cookie=f"northwind={kept}; HttpOnly; SameSite=Lax; Path=/")
        user = self.user()
        if user is None or self.path != "/agent-token":
            return self.answer(401, {"error": "Log in first."})
        return self.answer(200, {"token": agent_token(user)})

    def tool(self, path: str, asked: dict[str, Any]) -> None:
        """What the agent's tools may do: for the organization and the user that Ringfence names, never the model."""
        org, user = self.headers.get("X-Northwind-Organization", ""), self.headers.get("X-Northwind-User", "")
        if not is_same(self.headers.get("X-Northwind-Key", ""), TOOL_KEY) or user not in USERS:
            return self.answer(401, {"error": "This API is for the assistant's tools."})
        known, customer_id = customers(org), path.removeprefix("/api/customers").strip("/").partition("/")[0]
        if not customer_id:
            name, late = asked.get("name", "").casefold(), asked.get("late") == "true"
            found = [row for row in known if name in row["name"].casefold() and (row["days_late"] or not late)]
            return self.answer(200, {"customers": found})
        customer = next((row for row in known if row["id"] == customer_id), None)
        if customer is None:
            return self.answer(404, {"error": "No such customer."})
        if self.command == "GET":
            return self.answer(200, customer)
        if [asked.get(name) for name in ("customer", "amount", "currency")] != [
            customer[name] for name in ("name", "balance", "currency")
        ]:
            return self.answer(409, {"error": "The books say otherwise. Look the customer up again."})
        # The key of a call is the activity's own: a call that is made again is noted, and sent, once.
        text = f"Reminder about {customer['balance']:,} {customer['currency']} sent to {customer['name']}"
        note = (self.headers["Idempotency-Key"], org, time.time(), f"{USERS[user][0]}, through the assistant", text)
        ask("insert or ignore into activity values (?, ?, ?, ?, ?)", *note)
        return self.answer(200, {"status": "sent", "to": customer["email"]})

    def user(self) -> str | None:
        """Who is logged in."""
        kept = SimpleCookie(self.headers.get("Cookie")).get("northwind")
        name, _, found = (kept.value if kept else "").partition(".")
        return name if name in USERS and is_same(found, mark(name)) else None

    def page(self, user: str | None) -> None:
        """The product's page for whoever is logged in, else its log-in."""
        name, org, organization, role = USERS[user] if user else ("", "", "", "")
        words = {"RINGFENCE": RINGFENCE, "AGENT": AGENT, "NAME": name, "ORGANIZATION": organization}
        words["EXAMPLE"] = "Nordlys" if org == "rose" else "Bramble"
        html = HEAD + (SIGNED_IN if user else SIGNED_OUT)
        html = html if role == "admin" else re.sub(r"<a class=\"audit\".*?</a>\n", "", html)
        html = re.sub(r"\{\{([A-Z]+)\}\}", lambda place: escape(words[place[1]]), html)
        self.answer(200, html.encode(), Content_Type="text/html; charset=utf-8", Content_Security_Policy=POLICY)

    def answer(self, status: int, body: Any, **headers: str) -> None:  # noqa: ANN401 - JSON
        """Sends bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", "Cache_Control": "no-store", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Says nothing: the terminal belongs to the demo."""


def main() -> None:
    """Serves on the socket that the demo hands down, or on PORT; ends when its standard input does."""
    ask(f"create table if not exists customer ({COLUMNS}, primary key (id))")
    ask("create table if not exists activity (key primary key, org, at, who, text)")
    for row in csv.reader(CUSTOMERS.splitlines()[1:], quoting=csv.QUOTE_NONE):
        books = [int(value) if value.isdigit() else value for value in row]
        ask("insert or ignore into customer values (?, ?, ?, ?, ?, ?, ?, ?)", *books)
    handed, port = os.environ.get("LISTEN_FD"), int(os.environ.get("PORT", "8090"))
    listening = socket.socket(fileno=int(handed)) if handed else socket.create_server(("127.0.0.1", port))
    server = ThreadingHTTPServer(("127.0.0.1", port), Northwind, bind_and_activate=False)
    server.socket = listening
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while sys.stdin.buffer.read(4096):
        pass


if __name__ == "__main__":
    main()
