"""Northwind, a small CRM that embeds an assistant: what a partner adds to its own product, and nothing else.

Three things are new in it: two lines in index.html, `agent_token` below, and the API under /api that the agent's tools
call. Everything else (log-in, customers, activity) is what such a product has anyway.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import sqlite3
import sys
import threading
import time
from html import escape
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

RINGFENCE, AGENT = os.environ["RINGFENCE_URL"], os.environ["AGENT"]
AUDIENCE, ISSUER, KID = os.environ["AUDIENCE"], os.environ["ISSUER"], os.environ["KID"]
KEY = RSAKey.import_key(Path(os.environ["SIGNING_KEY"]).read_bytes())
TOOL_KEY = os.environ["TOOL_KEY"]
USERS = {"alice": ("Alice", "rose", "Rose Trading"), "mallory": ("Mallory", "thorn", "Thorn & Sons")}
CUSTOMERS = [
    ("rose", "c-1042", "Nordlys ApS", "Mette Holm", "mette@nordlys.example", 4200, "DKK", 12),
    ("rose", "c-1043", "Havblik Hotel", "Jonas Berg", "jonas@havblik.example", 18650, "DKK", 31),
    ("rose", "c-1044", "Fjordbryg", "Sara Lund", "sara@fjordbryg.example", 2480, "DKK", 0),
    ("rose", "c-1045", "Kystens Cykler", "Emil Dahl", "emil@kystens.example", 0, "DKK", 0),
    ("thorn", "c-2001", "Bramble Foods", "Ines Vidal", "ines@bramble.example", 9900, "EUR", 5),
    ("thorn", "c-2002", "Larch Studio", "Tom Reed", "tom@larch.example", 1250, "EUR", 0),
]
COLUMNS = ("id", "name", "contact", "email", "balance", "currency", "days_late")
HEAD, SIGNED_IN, SIGNED_OUT = re.split(
    r"<!-- (?:signed in|signed out) -->\n", (Path(__file__).parent / "index.html").read_text(encoding="utf-8")
)


def agent_token(user: str) -> str:
    """The six lines: who is logged in here, signed for a minute."""
    name, org, _ = USERS[user]
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user, "org": org, "name": name, "jti": secrets.token_hex(16)}
    return jwt.encode({"alg": "RS256", "kid": KID}, {**claims, "iat": now, "exp": now + 60}, KEY)


def policy() -> str:
    """A strict policy: script and style of this page by hash, and the three directives that the widget needs."""

    def hashes(tag: str) -> str:
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", HEAD + SIGNED_IN + SIGNED_OUT, re.DOTALL)
        digests = (base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks)
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    return (
        f"default-src 'none'; script-src {RINGFENCE} {hashes('script')}; style-src {hashes('style')}; "
        f"frame-src {RINGFENCE}; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def database() -> sqlite3.Connection:
    """The product's own data, kept across restarts."""
    connection = sqlite3.connect(os.environ["STORE"], timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def prepare() -> None:
    """Makes the tables and the customers, once."""
    with database() as connection:
        connection.executescript(
            f"create table if not exists customer (org, {', '.join(COLUMNS)}, primary key (id));"
            "create table if not exists activity (id integer primary key, org, at, who, text);"
            "create table if not exists answered (key primary key, body);"
        )
        connection.executemany("insert or ignore into customer values (?, ?, ?, ?, ?, ?, ?, ?)", CUSTOMERS)


def customers(connection: sqlite3.Connection, org: str, **wanted: str) -> list[dict[str, Any]]:
    """The organization's customers: all, those of a name, or those who are late."""
    rows = connection.execute(f"select {', '.join(COLUMNS)} from customer where org = ? order by id", (org,))  # noqa: S608 - constant names
    name, late = wanted.get("name", "").casefold(), wanted.get("late") == "true"
    return [dict(row) for row in rows if name in row["name"].casefold() and (row["days_late"] > 0 or not late)]


def remind(connection: sqlite3.Connection, org: str, user: str, customer: dict[str, Any], asked: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Sends a reminder (here: notes it), if it says what the books say; None where it does not."""
    if (asked["customer"], asked["amount"], asked["currency"]) != tuple(
        customer[name] for name in ("name", "balance", "currency")
    ):
        return None
    text = f"Reminder about {customer['balance']:,} {customer['currency']} sent to {customer['name']}"
    who = f"{USERS[user][0]}, through the assistant"
    connection.execute("insert into activity (org, at, who, text) values (?, ?, ?, ?)", (org, time.time(), who, text))
    return {"status": "sent", "to": customer["email"], "customer": customer["name"]}


class Northwind(BaseHTTPRequestHandler):
    """The pages, their data, and the API for the agent's tools."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Pages and lists."""
        url = urlsplit(self.path)
        if url.path.startswith("/api/"):
            return self.tool(url.path, {name: values[-1] for name, values in parse_qs(url.query).items()})
        user = self.user()
        if url.path == "/":
            return self.page(user)
        if user is None:
            return self.answer(401, {"error": "Log in first."})
        org = USERS[user][1]
        with database() as connection:
            rows = connection.execute(
                "select at, who, text from activity where org = ? order by id desc limit 20", (org,)
            )
            data = {"/customers": customers(connection, org), "/activity": [dict(row) for row in rows]}
        return self.answer(200, data[url.path]) if url.path in data else self.answer(404, {"error": "No such page."})

    def do_POST(self) -> None:
        """Log-in, log-out, the assistant's token, and what tools do."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65_536))
        if self.path.startswith("/api/"):
            return self.tool(self.path, json.loads(body or b"{}"))
        if self.headers.get("Origin") not in {None, f"http://{self.headers.get('Host')}"}:
            return self.answer(403, {"error": "Another page cannot do this."})
        if self.path in {"/login", "/logout"}:
            return self.enter(parse_qs(body.decode()).get("user", [""])[0])
        user = self.user()
        if self.path != "/agent-token" or user is None:
            return self.answer(401, {"error": "Log in first."})
        return self.answer(200, {"token": agent_token(user)})

    def tool(self, path: str, asked: dict[str, Any]) -> None:
        """What the agent's tools may do: for the organization and user that Ringfence names, never the model."""
        if not hmac.compare_digest(self.headers.get("X-Northwind-Key") or "", TOOL_KEY):
            return self.answer(401, {"error": "This API is for the assistant's tools."})
        org, user = self.headers.get("X-Northwind-Organization", ""), self.headers.get("X-Northwind-User", "")
        key = self.headers.get("Idempotency-Key")
        with database() as connection:
            found = re.fullmatch(r"/api/customers(?:/(c-\d+)(/reminders)?)?", path)
            if found is None or user not in USERS:
                return self.answer(404, {"error": "No such thing."})
            if found[1] is None:
                return self.answer(200, {"customers": customers(connection, org, **asked)})
            customer = next((row for row in customers(connection, org) if row["id"] == found[1]), None)
            if customer is None or (found[2] is None) != (self.command == "GET"):
                return self.answer(404, {"error": "No such customer."})
            if found[2] is None:
                return self.answer(200, customer)
            # The same key is the same act: its answer is given again, and nothing is sent twice.
            connection.execute("begin immediate")
            earlier = connection.execute("select body from answered where key = ?", (key,)).fetchone()
            if earlier is not None:
                return self.answer(200, json.loads(earlier["body"]))
            sent = remind(connection, org, user, customer, asked)
            if sent is None:
                return self.answer(409, {"error": "The books say otherwise. Look the customer up again."})
            connection.execute("insert into answered values (?, ?)", (key, json.dumps(sent)))
        return self.answer(200, sent)

    def user(self) -> str | None:
        """Who is logged in, by a cookie that only this server can sign."""
        kept = SimpleCookie(self.headers.get("Cookie")).get("northwind")
        name, _, mark = (kept.value if kept else "").partition(".")
        return name if name in USERS and hmac.compare_digest(mark, signed(name)) else None

    def enter(self, user: str) -> None:
        """Sets or takes the cookie and shows the page."""
        value = f"{user}.{signed(user)}" if user in USERS else "; Max-Age=0"
        self.answer(303, b"", Location="/", Set_Cookie=f"northwind={value}; HttpOnly; SameSite=Lax; Path=/")

    def page(self, user: str | None) -> None:
        """The product's page for whoever is logged in, else its log-in."""
        html = HEAD + (SIGNED_OUT if user is None else SIGNED_IN)
        name, org, organization = USERS[user] if user else ("", "", "")
        example = "Nordlys" if org == "rose" else "Bramble"
        words = {"RINGFENCE": RINGFENCE, "AGENT": AGENT, "NAME": name, "ORGANIZATION": organization, "EXAMPLE": example}
        for place, value in words.items():
            html = html.replace(f"{{{{{place}}}}}", escape(value))
        self.answer(200, html.encode(), Content_Type="text/html; charset=utf-8", Content_Security_Policy=policy())

    def answer(self, status: int, body: Any, **headers: str) -> None:  # noqa: ANN401 - JSON
        """Sends bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status, HTTPStatus(status).phrase)
        for name, value in {"Content_Type": "application/json", "Cache_Control": "no-store", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Says nothing: the terminal belongs to the demo."""


def signed(name: str) -> str:
    """The mark of a log-in."""
    return hmac.new(TOOL_KEY.encode(), name.encode(), hashlib.sha256).hexdigest()


def main() -> None:
    """Serves on the socket that the demo hands down, or on PORT; ends when its standard input does."""
    prepare()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Northwind, bind_and_activate=False)
    if handed := os.environ.get("LISTEN_FD"):
        server.socket = socket.socket(fileno=int(handed))
        server.server_name, server.server_port = "127.0.0.1", server.socket.getsockname()[1]
    else:
        server.server_bind()
        server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while sys.stdin.buffer.read(4096):
        pass


if __name__ == "__main__":
    main()
