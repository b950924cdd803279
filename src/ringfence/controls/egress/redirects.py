"""Keeps AGT-06 (HTTP). Where a redirect may lead, and what goes with it; proved in tests/controls/test_egress.py.

A redirect is a wish of the server's. It is followed only to a target that could have been called in the first place;
never from https to http; never from a public address to one that only the operator may name. To another origin nothing
goes that the first was meant to see: no header of the tool's, no body, and no method but GET.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from .exchange import Request
from .failures import EgressError, Failure
from .target import Named, Target, parse

_SEE_OTHER: Final = 303
_SAME_METHOD: Final = frozenset({307, 308})
_REDIRECTS: Final = frozenset({301, 302, _SEE_OTHER}) | _SAME_METHOD
_KEPT_HEADERS: Final = frozenset({"user-agent"})


def followed(request: Request, status: int, headers: Mapping[str, str], *, named: Named) -> Request | None:
    """The request that follows from an answer, None where the answer is the end; EgressError."""
    if status not in _REDIRECTS or "location" not in headers:
        return None
    target = _target(request.target, headers["location"], named)
    if status == _SEE_OTHER:
        following = replace(request, method="GET", target=target, headers=_without_body(request.headers), body=None)
    elif status in _SAME_METHOD or request.method == "GET":
        following = replace(request, target=target)
    else:
        raise _refused("301 or 302 to a request that acts")
    if target.origin == request.target.origin:
        return following
    if following.body is not None or following.method != "GET":
        raise _refused("an act sent on to another origin")
    return replace(following, headers=_kept(following.headers))


def _target(source: Target, location: str, named: Named) -> Target:
    try:
        target = parse(urljoin(source.url, location), named=named)
    except ValueError:
        raise _refused("location") from None
    except EgressError as error:
        raise _refused(error.cause) from None
    if source.scheme == "https" and target.scheme != "https":
        raise _refused("https to http")
    if target.is_named and not source.is_named:
        raise _refused("to a place that only the operator may name")
    return target


def _refused(cause: str) -> EgressError:
    return EgressError(Failure.REFUSED_REDIRECT, cause)


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
