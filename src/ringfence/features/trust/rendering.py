"""The pages as HTML: templates with autoescape, and one style sheet in the page, known to the policy by its hash.

No script, nothing from elsewhere: a page that was saved or printed is whole.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast, final
from urllib.parse import urlencode, urlsplit

from ringfence.base.problem import Problem
from ringfence.evidence.register import How
from ringfence.evidence.verdict import Standing, Tone, told
from ringfence.features.embed.assets import Assets
from ringfence.features.trust import prose
from ringfence.features.trust.board import Board, Chosen, Control
from ringfence.features.trust.strip import HEIGHT, WIDTH, Strip, draw
from ringfence.features.trust.words import AREAS, HOW, OUTCOMES, STATES, Family

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_ASSETS = Assets()
_FONTS = {"inter.woff2": "Inter Variable", "mono.woff2": "JetBrains Mono Variable"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_BAR, _GAP = 1000, 4


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages tell of this deployment."""

    base_url: str
    contact: str = ""
    """The security contact as a URI; empty where the operator named none."""

    @property
    def host(self) -> str:
        """The name that visitors know it by."""
        return urlsplit(self.base_url).netloc

    @property
    def contact_text(self) -> str:
        """The contact as people read it."""
        return self.contact.removeprefix("mailto:")


@dataclass(frozen=True, slots=True)
class Filter:
    """One link that filters: how many controls it would leave, and whether it is the one in force."""

    label: str
    title: str
    href: str
    count: int
    is_on: bool
    kind: str = ""


@final
class Pages:
    """The pages of one board; a control's row is made once, however many filters show it."""

    def __init__(self, board: Board, site: Site) -> None:
        self.board = board
        self._site = site
        self._rows: dict[str, Markup] = {}
        self._strips: dict[str, Strip] = {}

    def overview(self, chosen: Chosen | None) -> str:
        """The front page with the controls that were chosen; with None, of a filter that we do not know."""
        controls = self.board.controls.values()
        shown = [control for control in controls if chosen is not None and chosen.takes(control)]
        groups = [(area, [one for one in shown if one.area is area]) for area in AREAS]
        kept = chosen or Chosen()
        return self._render(
            "overview.html",
            chosen=kept,
            is_filtered=chosen is None or chosen != Chosen(),
            shown=shown,
            groups=[(area, found) for area, found in groups if found],
            row=self._row,
            bar=_bar(self.board),
            frameworks=self._frameworks(kept),
            states=self._states(kept),
            people=[one for one in controls if How.ATTESTED in one.promise.how],
        )

    def control(self, control: Control) -> str:
        """The page of one control."""
        return self._render("control.html", control=control)

    def _row(self, control: Control) -> "Markup":
        if control.id not in self._rows:
            from markupsafe import Markup  # noqa: PLC0415 - lazy, as the templates are

            html = self._render("row.html", control=control)
            self._rows[control.id] = Markup(html)  # noqa: S704 - made by a template with autoescape
        return self._rows[control.id]

    def _strip(self, name: str) -> Strip:
        if name not in self._strips:
            look = next(look for look in self.board.looks if look.name == name)
            self._strips[name] = draw(look.days, today=self.board.today)
        return self._strips[name]

    def _render(self, template: str, **values: object) -> str:
        ago = _since(self.board.at)
        return render(template, self._site, board=self.board, strip=self._strip, ago=ago, **values)

    def _frameworks(self, chosen: Chosen) -> list[Filter]:
        controls = self.board.controls.values()
        filters = [Filter("All", "Every framework", _href(None, chosen.state), 0, chosen.framework is None)]
        for family in Family:
            count = sum(Chosen(family, chosen.state).takes(control) for control in controls)
            is_on = chosen.framework is family
            href = _href(None if is_on else family, chosen.state)
            filters.append(Filter(family, f"Controls that answer {family}", href, count, is_on))
        return filters

    def _states(self, chosen: Chosen) -> list[Filter]:
        counts = self.board.counts(Chosen(chosen.framework))
        return [
            Filter(
                label, about, _href(chosen.framework, None if chosen.state is standing else standing),
                counts[standing], chosen.state is standing, standing.value,
            )
            for standing, (label, about) in STATES.items()
            if counts[standing] or chosen.state is standing
        ]  # fmt: skip


def prose_page(name: str, site: Site) -> str:
    """One of our texts: `disclosure` or `integrators`."""
    text = text_of(name).replace("{host}", site.host).replace("{base_url}", site.base_url)
    title = text.partition("\n")[0].removeprefix("# ")
    return render("prose.html", site, title=title, name=name, body=prose.html_of(text))


def missing_page(site: Site) -> str:
    """For an address that no control has."""
    return render("missing.html", site)


def text_of(name: str) -> str:
    """A text of this package, as it was written."""
    return _file(f"{name}.md")


def policy() -> str:
    """The pages' content security policy: the one style sheet by hash, our own fonts, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def render(template: str, site: Site, **values: object) -> str:
    """A template with what all of them know."""
    return _environment().get_template(template).render(
        site=site, style=_style(), mark=_file("mark.svg"), icon=_icon(), **values
    )  # fmt: skip


@cache
def _environment() -> "Environment":
    # NOTE: imported when the first page is asked for, so that a process that serves none does not pay for it.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - as above

    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    globals_: dict[str, Any] = {
        "Standing": Standing, "Tone": Tone, "STATES": STATES, "HOW": HOW,
        "OUTCOMES": OUTCOMES, "WIDTH": WIDTH, "HEIGHT": HEIGHT, "BAR": _BAR,
        "told": told, "stamp": _stamp, "every": _every, "href": _href, "families": list(Family),
    }  # fmt: skip
    cast("dict[str, Any]", environment.globals).update(globals_)
    return environment


def _style() -> str:
    """The tokens, the fonts where the web was built, and the page's own rules."""
    try:
        named: Mapping[str, Any] = _ASSETS.build().named
    except Problem:
        named = {}
    return _style_with(tuple((face, named[name].file) for name, face in _FONTS.items() if name in named))


@cache
def _style_with(fonts: tuple[tuple[str, str], ...]) -> str:
    faces = "".join(
        f'@font-face{{font-family:"{face}";src:url(/embed/{file}) format("woff2");'
        "font-weight:100 900;font-display:swap}\n"
        for face, file in fonts
    )
    return faces + _file("tokens.css") + _file("trust.css")


@cache
def _icon() -> str:
    svg = _file("mark.svg").replace("currentColor", "#0b6e4f")
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@cache
def _file(name: str) -> str:
    return (resources.files("ringfence.features.trust") / "pages" / name).read_text("utf-8")


def _href(framework: Family | None, state: Standing | None) -> str:
    asked = {name: str(value) for name, value in (("framework", framework), ("state", state)) if value is not None}
    return "/trust" + (f"?{urlencode(asked)}" if asked else "") + "#controls"


def _bar(board: Board) -> list[tuple[str, float, float]]:
    """The proportions of the states: class, begin and width, of _BAR in all."""
    counts = [(standing.value, board.counts()[standing]) for standing in STATES if board.counts()[standing]]
    room = _BAR - _GAP * (len(counts) - 1)
    found, begin = list[tuple[str, float, float]](), 0.0
    for kind, count in counts:
        width = room * count / max(1, len(board.controls))
        found.append((kind, round(begin, 1), round(width, 1)))
        begin += width + _GAP
    return found


def _since(at: datetime) -> Any:  # noqa: ANN401 - a function for templates
    def ago(moment: datetime) -> str:
        seconds = max(0, round((at - moment).total_seconds()))
        return "just now" if seconds == 0 else f"{_length(seconds)} ago"

    return ago


def _every(cadence: timedelta | None) -> str:
    return "" if cadence is None else f"every {_length(round(cadence.total_seconds()))}"


def _length(seconds: int) -> str:
    for unit, size in (("day", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            count = seconds // size
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{seconds} s"


def _stamp(moment: datetime) -> str:
    return f"{told(moment.date())}, {moment:%H:%M:%S} UTC"
