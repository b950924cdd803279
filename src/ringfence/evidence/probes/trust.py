"""Probes the Trust Center itself: every promise is on it, with what its probes see, as anybody may read. Keeps TRU-01.

Proved in tests/evidence/test_probes_trust.py.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import cast

import msgspec

from ringfence.evidence import register
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed
from ringfence.evidence.register import Promise

_PATH = "/trust.json"
_GREEN = "passing"
Page = Mapping[str, Mapping[str, object]]


async def _page(ground: Ground) -> Finding:
    """Takes the first promise off the page, and paints one with open parts green: the same look must see both."""
    promises = register.load().promises
    shown = _controls((await ground.http.get(_PATH)).body)
    return weighed(
        list(faults(shown, promises)),
        well=f"All {len(promises)} promises are on the page with what their probes see, none greener than it is.",
        faulty="The Trust Center differs from the register in {} places.",
        looked_at=len(shown),
        control=_sees_plants(shown, promises),
        facts={"promises": len(promises), "shown": len(shown)},
    )


def faults(shown: Page, promises: Mapping[str, Promise]) -> Iterator[str]:
    """What a page leaves out, and which row on it is greener than the register allows."""
    for promise in promises.values():
        control = shown.get(promise.id)
        if control is None:
            yield f"{promise.id} is not on the page"
            continue
        if control.get("wording") != promise.wording:
            yield f"{promise.id} has other words than the register"
        if control.get("state") == _GREEN and promise.open:
            yield f"{promise.id} is green with open parts"
        for name in sorted(set(promise.probes) - _listed(control)):
            yield f"{promise.id} does not show what {name} sees"


def _listed(control: Mapping[str, object]) -> set[str]:
    """The names of the probes that a control shows: the one that decides, and the others."""
    others = cast("list[dict[str, object]]", control.get("other_probes") or [])
    probe = cast("dict[str, object] | None", control.get("probe"))
    return {str(each["name"]) for each in (*others, *([probe] if probe else []))}


def _sees_plants(shown: Page, promises: Mapping[str, Promise]) -> bool:
    first = next(iter(promises))
    painted = {each: {**control, "state": _GREEN} for each, control in shown.items() if each != first}
    planted = {*faults(painted, promises)}
    has_open = any(promise.open for each, promise in promises.items() if each in painted)
    return f"{first} is not on the page" in planted and (
        not has_open or any(fault.endswith("green with open parts") for fault in planted)
    )


def _controls(body: bytes) -> dict[str, Mapping[str, object]]:
    page = msgspec.json.decode(body, type=dict[str, object])
    listed = cast("list[dict[str, object]]", page.get("controls") or [])
    return {str(control["id"]): control for control in listed}


_TITLE = "The Trust Center shows every promise as it stands"
PROBES = (Probe("trust.page", ("TRU-01",), _TITLE, timedelta(minutes=15), _page),)
