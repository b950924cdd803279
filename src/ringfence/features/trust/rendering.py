"""The pages as HTML: a board with its filters, the page of a control, and our texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, final
from urllib.parse import urlencode, urlsplit

from ringfence.evidence.register import How
from ringfence.evidence.verdict import Standing, Tone, told
from ringfence.features.embed.templates import Templates
from ringfence.features.trust import prose
from ringfence.features.trust.board import Board, Chosen, Control
from ringfence.features.trust.strip import HEIGHT, WIDTH, Strip, draw
from ringfence.features.trust.words import AREAS, HOW, OUTCOMES, STATES, Family

if TYPE_CHECKING:
    from markupsafe import Markup

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
class Proof:
    """What anybody may hold the audit logs against: the keys that sign, oldest first, and the checkpoint over all."""

    keys: Sequence[str] = ()
    checkpoint: str | None = None


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

    def __init__(self, board: Board, site: Site, proof: Proof | None = None) -> None:
        self.board = board
        self._site = site
        self._proof = proof or Proof()
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
            proof=self._proof,
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
    return _TEMPLATES.file(f"{name}.md")


def policy() -> str:
    """The pages' content security policy: the one style sheet by hash, our own fonts, and nothing else."""
    return _TEMPLATES.policy()


def render(template: str, site: Site, **values: object) -> str:
    """A template with what all of them know."""
    return _TEMPLATES.render(template, site=site, **values)


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


_TEMPLATES: Final = Templates(
    "ringfence.features.trust", style="trust.css",
    Standing=Standing, Tone=Tone, STATES=STATES, HOW=HOW, OUTCOMES=OUTCOMES, WIDTH=WIDTH, HEIGHT=HEIGHT, BAR=_BAR,
    told=told, stamp=_stamp, every=_every, href=_href, families=list(Family),
)  # fmt: skip
