"""Reads events by their type: one that the wire does not document gives nothing, whatever shape it has."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TypeVar

import msgspec

from . import failures

E = TypeVar("E", bound=msgspec.Struct)


class _Type(msgspec.Struct):
    type: str = ""


def reader(shape: type[E], known: AbstractSet[str]) -> Callable[[bytes], E | None]:
    """Gives a function from an event's data to the event, or None for an unknown one; raises model_bad_answer."""
    decode = msgspec.json.Decoder(shape).decode
    decode_type = msgspec.json.Decoder(_Type).decode

    def read(data: bytes) -> E | None:
        try:
            return decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            try:
                is_unknown = decode_type(data).type not in known
            except (msgspec.DecodeError, UnicodeDecodeError):
                is_unknown = False
            if is_unknown:
                return None
            raise failures.bad_answer("an event that is none of this wire") from error

    return read
