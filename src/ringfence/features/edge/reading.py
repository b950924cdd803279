"""Which requests only read, and the count of each for the log. Keeps AUD-01, KEY-02.

A request reads when its method does, or when all that its route demands is a permission to read (a search by POST).
Proved in tests/promises/test_recording.py.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from ringfence.base import ids

_METHODS: Final = frozenset({"GET", "HEAD"})
_READS: Final = ":read"
_ORGANIZATION: Final = "org_id"
READ: Final = "read_org_id"


def count_read(scope: Mapping[str, Any]) -> None:
    """Counts the request as a read of its caller's, if that is what it is; called once, when its answer begins.

    An answer that is long (a stream, a file) is counted as it begins; nobody can read and not be counted.
    """
    state = scope["state"]
    caller = state.get("caller")
    if caller is None:
        return
    permission: str = state.get("permission", "")
    if scope["method"] not in _METHODS and not permission.endswith(_READS):
        return
    scope["app"].state.kernel.reads.note(
        caller,
        route=f"{scope['method']} {scope['route'].path}",
        permission=permission,
        address=state["address"],
        org_id=_organization(scope),
    )


def _organization(scope: Mapping[str, Any]) -> UUID | None:
    """Whose data a partner's key has just read: the organization in the path, or the one that the handler named."""
    named: UUID | None = scope["state"].get(READ)
    if named is not None:
        return named
    text = scope.get("path_params", {}).get(_ORGANIZATION)
    return None if text is None else ids.parse(str(text))
