"""What a detail of an entry may be: an id, a count, a word of a closed list, a short code, a server. Keeps AUD-03.

Nothing here takes a name or an address of a person, or a sentence. Proved in tests/promises/test_audit.py.
"""

import re
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

Detail = UUID | int | str | list[str] | tuple[str, ...] | frozenset[str]
Shape = Callable[[object], bool]
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ROUTE = re.compile(r"(?:GET|HEAD|POST) /[a-z0-9/_.{}-]{0,199}")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")
_HOST = re.compile(r"(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Unrecordable(Exception):  # noqa: N818 - what it names is the entry
    """An act asks for an entry that the closed list does not allow: a fault of the code, not of the caller."""


def an_id(value: object) -> bool:
    """A UUID, as such."""
    return isinstance(value, UUID)


def a_count(value: object) -> bool:
    """A whole number from zero; True is no number."""
    return type(value) is int and value >= 0


def a_code(value: object) -> bool:
    """A stable word of ours, in snake case and at most 40 characters."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def a_host(value: object) -> bool:
    """A server that a partner's own declaration names, such as `api.example.com`, with a port where it is not 443."""
    return isinstance(value, str) and _HOST.fullmatch(value) is not None


def a_route(value: object) -> bool:
    """A route as the OpenAPI document writes it, such as `GET /api/v1/runs/{run_id}`: never an address as called."""
    return isinstance(value, str) and _ROUTE.fullmatch(value) is not None


def a_minute(value: object) -> bool:
    """A minute in UTC, such as `2026-11-22T15:04Z`."""
    return isinstance(value, str) and _MINUTE.fullmatch(value) is not None


def codes(value: object) -> bool:
    """Any number of short codes."""
    return isinstance(value, list | tuple) and all(a_code(one) for one in cast("list[object]", value))


def one_of(*words: str) -> Shape:
    """One word of a closed list."""
    allowed = frozenset(words)
    return lambda value: isinstance(value, str) and value in allowed


def some_of(*words: str) -> Shape:
    """Any number of words of a closed list."""
    allowed = frozenset(words)

    def fits(value: object) -> bool:
        if not isinstance(value, list | tuple | frozenset):
            return False
        return all(isinstance(word, str) and word in allowed for word in cast("list[Any]", value))

    return fits
