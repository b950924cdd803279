"""Ninety days of a live check as one drawing: a bar a day, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ringfence.evidence.history import DAYS, Day

STEP, BAR, HEIGHT = 3, 2, 20
WIDTH = DAYS * STEP - (STEP - BAR)


@dataclass(frozen=True, slots=True)
class Strip:
    """SVG paths by the class of their days (`ok`, `red`, `amber`, `none`), and the text that says the same."""

    paths: tuple[tuple[str, str], ...]
    text: str


def draw(days: Sequence[Day], *, today: date) -> Strip:
    """The strip that ends today; a day without a look is drawn hollow and never as well."""
    known = {day.day: day for day in days}
    kinds = [_kind(known.get(today - timedelta(days=DAYS - 1 - at))) for at in range(DAYS)]
    paths = {
        kind: "".join(f"M{at * STEP} 0h{BAR}v{HEIGHT}h-{BAR}z" for at, one in enumerate(kinds) if one == kind)
        for kind in ("none", "ok", "amber", "red")
    }
    return Strip(tuple((kind, path) for kind, path in paths.items() if path), _text(kinds))


def _kind(day: Day | None) -> str:
    if day is None or not (day.ok or day.failing or day.unknown):
        return "none"
    if day.failing:
        return "red"
    return "ok" if day.ok and not day.unknown else "amber"


def _text(kinds: Sequence[str]) -> str:
    looked = len(kinds) - kinds.count("none")
    if looked == 0:
        return f"Last {DAYS} days: no check yet."
    said = [f"passed on {kinds.count('ok')}", f"failed on {kinds.count('red')}"]
    if kinds.count("amber"):
        said.append(f"could not always tell on {kinds.count('amber')}")
    days = "1 day" if looked == 1 else f"{looked} days"
    return f"Last {DAYS} days: checked on {days}, {', '.join(said)}."
