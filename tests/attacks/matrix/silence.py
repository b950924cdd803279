"""Which routes that change something leave no entry in the log of whose it is: found by calling each of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What changes nothing that lasts, and why; anything else that a request may change has an entry under the request's id.
EXEMPT = {
    "POST /api/v1/knowledge/search": "reads alone, and is counted among the reads",
}
_OF_ORGANIZATION = "org"
_OF_PARTNER = "partner"


@dataclass(frozen=True)
class Recorded:
    """The logs that hold an entry of one request: scope and action of each."""

    entries: frozenset[tuple[str, str]]

    @property
    def scopes(self) -> set[str]:
        return {scope for scope, _ in self.entries}


def changing(routes: Iterable[str]) -> list[str]:
    """The routes (`METHOD path`) that may change something."""
    return [route for route in routes if route.partition(" ")[0] not in READING]


def silent(routes: Iterable[str], ask: Callable[[str], Recorded | None]) -> list[str]:
    """The routes whose change is in no log, or not in that of the organization that it changed.

    `ask` calls a route with a good request and gives what was recorded of it; None where nobody may call it.
    """
    found: list[str] = []
    for route in changing(routes):
        recorded = ask(route)
        if recorded is None:
            found.append(f"{route}: nobody could call it")
        elif not recorded.entries:
            found.append(f"{route}: no entry")
        elif wanted := _scope_of(route) - recorded.scopes:
            found.append(f"{route}: no entry in the log of its {' and '.join(sorted(wanted))}")
    return found


def _scope_of(route: str) -> set[str]:
    """Whose log must tell of it: a partner's route into an organization is in the organization's, too."""
    path = route.partition(" ")[2]
    if "/partner/" not in path:
        return {_OF_ORGANIZATION}
    return {_OF_ORGANIZATION} if "{org_id}" in path or "/secrets" in path else {_OF_PARTNER}
