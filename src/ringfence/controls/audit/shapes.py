"""What a detail of an entry may be: an id, a count, a word of a closed list, a short code. Keeps AUD-03.

Nothing here takes a name, an address or a sentence. Proved in tests/promises/test_audit.py.
"""

import re
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

Detail = UUID | int | str | list[str] | tuple[str, ...] | frozenset[str]
Shape = Callable[[object], bool]
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


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
