"""Which pages may hold a partner's sessions: the origins that the partner allows. Keeps EMB-07.

An entry is an exact origin, or one with a leading wildcard label for preview deployments. What a page sends is compared
as scheme, host and port; a prefix or a look-alike is another host. Proved in tests/controls/test_origins.py,
tests/promises/test_frame.py and tests/promises/test_pages.py.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base import clock
from ringfence.base.principal import PartnerId
from ringfence.controls.identity import rows
from ringfence.controls.tenancy import Database, PartnerScope, gate

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HTTPS: Final = re.compile(
    rf"https://(?P<wildcard>\*\.)?(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[1-9]\d{{0,4}}))?", re.ASCII
)
_LOCAL: Final = re.compile(r"http://(?P<host>localhost|127\.0\.0\.1)(?::(?P<port>[1-9]\d{0,4}))?", re.ASCII)
_MAX_PORT: Final = 65_535
_MAX_HOST: Final = 253
_DEFAULT_PORT: Final = {"https": 443, "http": 80}
_SHARED: Final = frozenset(
    {
        "ac.uk",
        "amplifyapp.com",
        "app.github.dev",
        "azurestaticapps.net",
        "azurewebsites.net",
        "cloudfront.net",
        "co.in",
        "co.jp",
        "co.kr",
        "co.nz",
        "co.uk",
        "co.za",
        "com.ar",
        "com.au",
        "com.br",
        "com.cn",
        "com.hk",
        "com.mx",
        "com.sg",
        "com.tr",
        "com.tw",
        "deno.dev",
        "devtunnels.ms",
        "firebaseapp.com",
        "fly.dev",
        "github.dev",
        "github.io",
        "gitlab.io",
        "glitch.me",
        "gov.uk",
        "herokuapp.com",
        "hf.space",
        "loca.lt",
        "me.uk",
        "netlify.app",
        "ngrok-free.app",
        "ngrok-free.dev",
        "ngrok.app",
        "ngrok.dev",
        "ngrok.io",
        "onrender.com",
        "org.uk",
        "pages.dev",
        "railway.app",
        "repl.co",
        "replit.app",
        "replit.dev",
        "run.app",
        "s3.amazonaws.com",
        "streamlit.app",
        "surge.sh",
        "trycloudflare.com",
        "vercel.app",
        "web.app",
        "webflow.io",
        "workers.dev",
    }
)
"""Anybody gets a name under these: a wildcard would let in everybody. The best known; no such list is complete."""
_KEPT_SECONDS: Final = 4.0
"""A removed origin is out within five seconds in every process, and no process has to be told."""
_CAPACITY: Final = 4096


class NoOrigin(ValueError):  # noqa: N818 - reads as the claim it is where it is caught
    """A text that no origin can be allowed by; the message says what would do."""


@dataclass(frozen=True, slots=True)
class AllowedOrigin:
    """An entry of a partner's list; with a wildcard it stands for every host below `host`, and not for that itself."""

    scheme: str
    host: str
    port: int
    is_wildcard: bool = False

    @property
    def is_local(self) -> bool:
        """Plain HTTP on the own machine: for development alone."""
        return self.scheme == "http"

    def matches(self, origin: str) -> bool:
        """Whether a page's origin, as a browser says it, is meant."""
        try:
            page = parse_origin(origin)
        except NoOrigin:
            return False
        if page.is_wildcard or page.scheme != self.scheme or page.port != self.port:
            return False
        if self.is_wildcard:
            return page.host.endswith("." + self.host)
        return page.host == self.host

    def __str__(self) -> str:
        host = f"*.{self.host}" if self.is_wildcard else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORT[self.scheme] else f":{self.port}")


def parse_origin(text: str) -> AllowedOrigin:
    """The entry that a text stands for; NoOrigin with the reason."""
    found = _HTTPS.fullmatch(text) or _LOCAL.fullmatch(text)
    if found is None:
        raise NoOrigin(
            "an origin is https://host, https://host:port or https://*.preview.host, in lower case and without a path;"
            " in development also http://localhost:port and http://127.0.0.1:port"
        )
    parts = found.groupdict()
    scheme, host = text.partition(":")[0], parts["host"]
    port = int(parts["port"] or _DEFAULT_PORT[scheme])
    if port > _MAX_PORT:
        raise NoOrigin("a port is at most 65535")
    if len(host) > _MAX_HOST:
        raise NoOrigin("a host has at most 253 characters")
    # An address in a list for browsers never matches there (CSP3 section 6.7.2.8), except the own machine's.
    if scheme == "https" and host.rpartition(".")[2].isdigit():
        raise NoOrigin("name a host: a browser compares no addresses")
    is_wildcard = parts.get("wildcard") is not None
    if is_wildcard and ("." not in host or host in _SHARED):
        raise NoOrigin("a wildcard stands in front of a domain of your own, such as https://*.preview.example.com")
    return AllowedOrigin(scheme, host, port, is_wildcard)


@dataclass(frozen=True, slots=True)
class FramePartner:
    """Whose agent a frame shows, and where it may be shown."""

    partner_id: PartnerId
    allowed: tuple[AllowedOrigin, ...]

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may hold the frame."""
        return any(entry.matches(origin) for entry in self.allowed)


@final
class Origins:
    """The allowed origins of each partner; what this process read is kept for four seconds."""

    def __init__(self, database: Database, *, own: str, is_development: bool) -> None:
        self._database = database
        self._own = own.rstrip("/")
        self._is_development = is_development
        self._known: OrderedDict[PartnerId, tuple[float, tuple[AllowedOrigin, ...]]] = OrderedDict()

    def is_own(self, origin: str, host: str | None) -> bool:
        """Whether a page is this deployment's own; in development also under another name of this machine.

        `host` is the request's own: a page cannot choose it, and no cookie makes it worth anything.
        """
        if origin == self._own:
            return True
        if not self._is_development:
            return False
        return origin in {f"http://{host}", f"https://{host}"}

    async def admits(self, partner_id: PartnerId, page: str | None) -> bool:
        """Whether a page of this origin may hold a session of the partner; None is no foreign page, or none at all."""
        if page is None:
            return True
        return any(entry.matches(page) for entry in await self.of_partner(partner_id))

    def mend(self, page: str) -> str:
        """What the partner does to let a page in: told in development alone."""
        if not self._is_development:
            return "This page may not use this deployment."
        return (
            f"The origin {page[:300]!r} is not among the partner's allowed_origins. Add it: PATCH "
            f"{self._own}/api/v1/partner/settings with the partner's API key and "
            '{"allowed_origins": [...]}: the list replaces the former one.'
        )

    async def of_partner(self, partner_id: PartnerId) -> tuple[AllowedOrigin, ...]:
        """What the partner allows, as it was at most four seconds ago."""
        known = self._known.get(partner_id)
        if known is not None and known[0] > clock.monotonic():
            return known[1]
        found = (await self._database.read(PartnerScope(partner_id), rows.ALLOWED_ORIGINS()))[0]
        allowed = self._parsed(found[0] if found else [])
        self._known[partner_id] = (clock.monotonic() + _KEPT_SECONDS, allowed)
        self._known.move_to_end(partner_id)
        if len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return allowed

    def forget(self, partner_id: PartnerId) -> None:
        """Reads a partner's origins anew: whoever changed them here sees that at once."""
        self._known.pop(partner_id, None)

    async def of_agent(self, agent_id: UUID) -> FramePartner | None:
        """The partner of an agent that a frame may show; None for an unknown, retired or restricted partner's one."""
        partner_id = await gate.partner_of_agent(self._database, agent_id)
        if partner_id is None:
            return None
        found = (await self._database.read(PartnerScope(partner_id), rows.FRAME(agent_id)))[0]
        if not found:
            return None
        return FramePartner(partner_id, self._parsed(found[0]))

    def _parsed(self, texts: list[str]) -> tuple[AllowedOrigin, ...]:
        """The entries, without those that this release or this mode does not take."""
        entries: list[AllowedOrigin] = []
        for text in texts:
            try:
                entry = parse_origin(text)
            except NoOrigin:
                continue
            if self._is_development or not entry.is_local:
                entries.append(entry)
        return tuple(entries)
