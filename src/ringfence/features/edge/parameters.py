"""What an address may carry behind its question mark: nothing that the route does not take, and nothing twice.

A misspelt filter would select everything, and of two values the framework takes one without a word (OWASP ASVS 15.3.7).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from ringfence.base.problem import FieldError, Problem

_TAKEN: Final[dict[Callable[..., Any], frozenset[str]]] = {}
_MOST_NAMED: Final = 20
_LONGEST_SHOWN: Final = 64


def check(request: Request) -> None:
    """Returns when the route takes each parameter of the query and each came once; else raises 422."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    taken = _TAKEN.get(route.endpoint)
    if taken is None:
        taken = _TAKEN[route.endpoint] = of(route.dependant)
    only(request, taken)


def only(request: Request, taken: Collection[str]) -> None:
    """The same for a route that reads the query by itself."""
    errors = [
        FieldError(f"/query/{_shown(name)}", fault)
        for name, times in Counter(name for name, _ in request.query_params.multi_items()).items()
        if (fault := _fault(name, times, taken)) is not None
    ]
    if errors:
        raise Problem(
            422, "invalid_request", "The request does not fit what this address takes.", errors=errors[:_MOST_NAMED]
        )


def of(dependant: Dependant) -> frozenset[str]:
    """The names of the query's parameters that a route's handler and its dependencies declare."""
    return frozenset(_names(dependant))


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for deeper in dependant.dependencies:
        yield from _names(deeper)


def _fault(name: str, times: int, taken: Collection[str]) -> str | None:
    if name not in taken:
        known = f"; it takes {', '.join(sorted(taken))}" if taken else ""
        return f"This address has no such parameter{known}."
    return "This parameter may come once." if times > 1 else None


def _shown(name: str) -> str:
    """A name as a JSON pointer has it (RFC 6901), cut where nobody reads on."""
    return name[:_LONGEST_SHOWN].replace("~", "~0").replace("/", "~1")
