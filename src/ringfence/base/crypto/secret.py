"""A value that cannot be shown, pickled, copied or serialized by accident."""

import hmac
from typing import NoReturn, SupportsIndex, final


@final
class Secret:
    """Holds secret bytes until `.reveal()` is called, which is the only way to them.

    It has no useful repr, no pickle and no JSON; `copy.deepcopy` and `dataclasses.asdict` refuse it too, because they
    go through pickle's protocol. Two secrets compare in constant time; a secret has no hash, so it cannot be a key.
    """

    __slots__ = ("_value",)
    __hash__ = None  # pyright: ignore[reportAssignmentType] - the documented way to make a type unhashable

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes. A call of it is what a reviewer looks for."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret cannot be pickled, copied or serialized")
