"""The dated versions of the API's behaviour. Keeps EMB-08 (in part).

A version is the day from which a behaviour holds. A change that an existing client could notice as a break gets a new
date here, and the former one stays until a release says otherwise in CHANGELOG.md; additions (a member, a route, a kind
of event) need none. A request that names a version gets it or is refused; one that names none gets the newest.

Proved in tests/promises/test_api_manner.py.
"""

from typing import Any, Final

from ringfence import API_VERSION
from ringfence.base.problem import bad_request

SPOKEN: Final = (API_VERSION,)
"""Newest first."""
NAME: Final = "Ringfence-Version"
PARAMETER: Final[dict[str, Any]] = {
    "name": NAME,
    "in": "header",
    "required": False,
    "description": "The version of the behaviour that the client was written for; the newest unless told.",
    "schema": {"type": "string", "enum": list(SPOKEN)},
}
HEADER: Final[dict[str, Any]] = {
    "description": "The version of the behaviour that this answer has.",
    "schema": {"type": "string"},
}


def check(headers: dict[bytes, bytes]) -> None:
    """Returns where the request names a version that is spoken here, or none; else raises 400 `unknown_version`."""
    wanted = headers.get(b"ringfence-version")
    if wanted is not None and wanted.decode("latin-1") not in SPOKEN:
        raise bad_request("unknown_version", f"{NAME}: this deployment speaks {', '.join(SPOKEN)}.")
