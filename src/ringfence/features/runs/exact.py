"""A tool call down to its last byte: what a person is shown, what is hashed and what is executed are one thing.

Keeps AIS-04. Proved in tests/promises/test_approvals.py and tests/features/test_runs_exact.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from ringfence.base import canonical_json
from ringfence.base.crypto import sha256
from ringfence.controls import guard

from . import arguments
from .arguments import ArgumentsRefused
from .declaration import ToolDeclaration
from .models import ToolCall

READABLE_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class Exact:
    """A call whose arguments are in canonical form (RFC 8785), and their SHA-256."""

    call: ToolCall
    args: dict[str, Any]
    sha256: str


def exact(declaration: ToolDeclaration, call: ToolCall) -> Exact:
    """The call as it can be shown to a person; ArgumentsRefused, in words for the model, where it cannot."""
    args = arguments.parse(declaration, call.arguments_json)
    canonical = canonical_json.encode(args)
    if len(canonical) > READABLE_BYTES:
        raise ArgumentsRefused(f"A person must agree to this call and can read {READABLE_BYTES} bytes of it at most.")
    if any(guard.inbound(text, origin=guard.Origin.TOOL) != text for text in _texts(args)):
        raise ArgumentsRefused("The arguments hold characters that a person cannot see. Leave them out.")
    shown = msgspec.json.decode(canonical, type=dict[str, Any])
    return Exact(ToolCall(call.call_id, call.name, canonical.decode()), shown, sha256(canonical).hex())


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each value that holds no other, with its JSON pointer."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield from leaves(member, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for at, item in enumerate(cast("list[object]", value)):
            yield from leaves(item, f"{path}/{at}")
    else:
        yield path, value


def _texts(value: object) -> Iterator[str]:
    """Every name and text in it."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
