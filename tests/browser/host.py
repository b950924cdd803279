"""A partner's product: pages that embed the widget under a strict policy, a token endpoint, and a small JSON API.

The endpoint's faults are switched by `host.tokens.fault`; whatever the API was asked lies in `host.asked`.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from tests.served import Partner

# The three directives that a host needs for the widget; everything else is closed.
POLICY = (
    "default-src 'none'; script-src 'self' {ringfence}; frame-src {ringfence}; connect-src 'self'; style-src 'self'"
)
_NUMBERS = count(1)
_SLOW_S = 12  # longer than the ten seconds that the loader waits


@dataclass
class Tokens:
    """What the token endpoint answers."""

    sub: str = field(default_factory=lambda: f"alice-{next(_NUMBERS)}")
    """Somebody new in each test: the widget goes on with a conversation that its user held lately."""
    org: str = "rose"
    claims: dict[str, Any] = field(default_factory=dict)
    lifetime_s: int = 600
    fault: str = ""
    """500, html, slow, empty, expired, or none."""
    delay_s: float = 0
    served: int = 0


@dataclass(frozen=True)
class Asked:
    """One request to the partner's API."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Host:
    """The product's server; one port under two names, of which `localhost` is another site than Ringfence's."""

    port: int
    ringfence: str = ""
    partner: Partner | None = None
    tokens: Tokens = field(default_factory=Tokens)
    pages: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def address(self) -> str:
        """What RINGFENCE_EGRESS_ALLOW names, and the tools' URLs begin with."""
        return f"127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Forgets what a test has set."""
        self.tokens, self.pages, self.asked = Tokens(), {}, []

    def page(
        self, name: str = "index", *, widgets: str | None = None, css: str = "", lang: str = "en", script: str = "",
        policy: str = POLICY,
    ) -> str:  # fmt: skip
        """Lays out a page; gives its URL. `widgets` defaults to one bubble."""
        assert self.partner is not None
        shown = self.widget() if widgets is None else widgets
        own = f'<script src="/js/{name}"></script>' if script else ""
        body = (
            f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Petal CRM</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="/css/{name}">{own}'
            f'<script src="{self.ringfence}/embed.js" async></script>'
            f"<main><h1>Customers</h1><p>The product around the widget.</p>{shown}</main></html>"
        )
        self.pages[f"/{name}"] = ("text/html; charset=utf-8", body, policy.format(ringfence=self.ringfence))
        self.pages[f"/css/{name}"] = ("text/css", css, "")
        self.pages[f"/js/{name}"] = ("text/javascript", script, "")
        return f"{self.origin}/{name}"

    def widget(self, attributes: str = "", *, agent: str = "") -> str:
        """The one element that a page needs."""
        assert self.partner is not None
        agent = agent or self.partner.agent
        return f'<ringfence-chat agent="{agent}" token-url="/agent-token" {attributes}></ringfence-chat>'

    def token(self) -> str:
        """A token as the product's back end signs it."""
        assert self.partner is not None
        now, tokens = int(time.time()), self.tokens
        begins = now - 7200 if tokens.fault == "expired" else now
        claims = {"iat": begins, "exp": begins + tokens.lifetime_s, **tokens.claims}
        return self.partner.key.sign(self.partner.claims(tokens.sub, tokens.org, **claims))


@contextmanager
def serving() -> Iterator[Host]:
    """The product on a free port, in threads of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.block_on_close = False
    host = server.host = Host(server.server_port)  # pyright: ignore[reportAttributeAccessIssue] - the handler knows only its server
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _host(self) -> Host:
        return self.server.host  # pyright: ignore[reportAttributeAccessIssue] - set where the server is made

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/"):
            self._api()
        elif path == "/favicon.ico":
            self._answer(204, "image/x-icon", "")
        elif path in self._host.pages:
            kind, text, policy = self._host.pages[path]
            self._answer(200, kind, text, {"Content-Security-Policy": policy} if policy else {})
        else:
            self._answer(404, "text/plain", "not here")

    def do_POST(self) -> None:
        if self.path == "/agent-token":
            self._read()
            self._token()
        else:
            self._api()

    def _token(self) -> None:
        tokens = self._host.tokens
        tokens.served += 1
        time.sleep(_SLOW_S if tokens.fault == "slow" else tokens.delay_s)
        if tokens.fault == "500":
            self._answer(500, "text/plain", "planted words of a broken back end")
        elif tokens.fault == "html":
            self._answer(200, "text/html", "<!doctype html><title>Log in</title>")
        elif tokens.fault == "empty":
            self._answer(200, "application/json", "{}")
        else:
            self._answer(200, "application/json", json.dumps({"token": self._host.token()}))

    def _api(self) -> None:
        body = json.loads(self._read() or b"null")
        self._host.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        self._answer(200, "application/json", json.dumps({"ok": True, "number": len(self._host.asked)}))

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, kind: str, text: str, more: dict[str, str] | None = None) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # The browser went elsewhere.

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing: a test's output is the test's."""
