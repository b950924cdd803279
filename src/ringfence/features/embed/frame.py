"""The frame that a partner's page holds: the widget's page for an allowed origin, a page without any power for others.

What the widget may do in there is its policy's to say: its own script and style, its own API, nothing inline, nothing
from elsewhere, and no HTML made of text.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Literal
from uuid import UUID

from ringfence.controls.identity import AllowedOrigin, FramePartner, NoOrigin, parse_origin

from .assets import Build

Mode = Literal["inline", "bubble"]
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_WORDS = {
    "en": {
        "title": "AI assistant",
        "refused": "This page may not show the assistant",
        "origin": "The owner of the assistant has not allowed {origin} to show it.",
        "unknown": "There is no assistant to show here.",
        "direct": "This address is for a frame in a page, not for a window of its own.",
        "production": "If you run this site, ask whoever set the assistant up.",
        "mend": "You run Ringfence in development. Allow the page with its partner's API key (the list is replaced):",
    },
    "da": {
        "title": "AI-assistent",
        "refused": "Denne side må ikke vise assistenten",
        "origin": "Assistentens ejer har ikke givet {origin} lov til at vise den.",
        "unknown": "Her er ingen assistent at vise.",
        "direct": "Denne adresse er til en ramme i en side, ikke til et vindue for sig.",
        "production": "Driver du dette websted, så spørg den, der har sat assistenten op.",
        "mend": "Ringfence kører i udviklingstilstand. Tillad siden med partnerens API-nøgle (listen erstattes):",
    },
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of a frame asks for."""

    agent_id: UUID
    parent: str
    mode: Mode
    locale: str


def page(wanted: Wanted, build: Build) -> str:
    """The widget's page: it holds no word of anybody, and no capability until its parent hands it a token."""
    language = wanted.locale or "en"
    return Template(_file("frame.html")).substitute(
        lang=escape(language),
        dir="rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr",
        title=_words(wanted.locale)["title"],
        style=f"/embed/{build.named['frame.css'].file}",
        script=f"/embed/{build.named['frame.js'].file}",
        agent=str(wanted.agent_id),
        parent=escape(wanted.parent),
        mode=wanted.mode,
        locale=escape(wanted.locale),
        version=build.version,
    )


def policy(allowed: Iterable[AllowedOrigin]) -> str:
    """The page's content security policy, with the partner's origins as the only ones that may hold it."""
    ancestors = " ".join(str(entry) for entry in allowed)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def unknown(locale: str) -> str:
    """What an unknown, a retired and a restricted partner's agent share."""
    return _refusal(locale, _words(locale)["unknown"])


def direct(locale: str) -> str:
    """For a frame that no page says to hold."""
    return _refusal(locale, _words(locale)["direct"])


def refused(locale: str, origin: str, *, mend: str | None) -> str:
    """For a page that is not allowed: which one, and in development (`mend`, lines to paste) what allows it."""
    words = _words(locale)
    more = f"<p>{escape(words['production'])}</p>"
    if mend is not None:
        more = f'<p>{escape(words["mend"])}</p><pre tabindex="0"><code>{escape(mend)}</code></pre>'
    return _refusal(locale, words["origin"].format(origin=origin), more)


def mend_of(partner: FramePartner, origin: str, *, base_url: str) -> str:
    """The command that adds an origin to those that are allowed; for one that cannot be added, what would do."""
    try:
        parse_origin(origin)
    except NoOrigin as reason:
        return str(reason)
    body = json.dumps({"allowed_origins": [*map(str, partner.allowed), origin]})
    return (
        f"curl -X PATCH {base_url}/api/v1/partner/settings \\\n"
        f"  -H \"Authorization: Bearer $RINGFENCE_API_KEY\" -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )


@cache
def refused_policy() -> str:
    """One style sheet by hash, and nothing else. Anybody may hold it, for it can do nothing."""
    digest = base64.b64encode(hashlib.sha256(_file("refused.css").encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _refusal(locale: str, text: str, more: str = "") -> str:
    words = _words(locale)
    return Template(_file("refused.html")).substitute(
        lang="da" if words is _WORDS["da"] else "en",
        title=escape(words["refused"]),
        style=_file("refused.css"),
        text=escape(text),
        more=more,
    )


def _words(locale: str) -> dict[str, str]:
    return _WORDS.get(locale.lower().partition("-")[0], _WORDS["en"])


@cache
def _file(name: str) -> str:
    return (resources.files("ringfence.features.embed") / name).read_text(encoding="utf-8")
