"""The plain page at `/`: the same tour that `make demo` prints. Without JavaScript, without anything fetched."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from string import Template


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the tour: what it shows, and lines to paste, or an address to open."""

    title: str
    text: str
    lines: str
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Tour:
    """What the page and the terminal tell a newcomer."""

    headline: str
    lead: str
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Told:
    """Holds the tour; the demo's root fills it in once there is something to show."""

    tour: Tour = Tour("This is a Ringfence server", "It answers the API below /api/v1.", ())


@cache
def _file(name: str) -> str:
    return (resources.files("ringfence.features.ops") / name).read_text()


@cache
def style_policy() -> str:
    """The page's content security policy: its one style sheet by hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_file("page.css").encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; frame-ancestors 'none'; base-uri 'none'"


def render(tour: Tour) -> str:
    """The page as HTML."""
    return Template(_file("page.html")).substitute(
        style=_file("page.css"),
        headline=escape(tour.headline),
        lead=escape(tour.lead),
        steps="".join(_item(step) for step in tour.steps),
    )


def _item(step: Step) -> str:
    lines = f'<pre tabindex="0"><code>{escape(step.lines)}</code></pre>'
    if step.is_address:
        lines = f'<p><a href="{escape(step.lines)}">{escape(step.lines)}</a></p>'
    return f"<li><h2>{escape(step.title)}</h2><p>{escape(step.text)}</p>{lines}</li>"
