"""Every operation as every kind of caller: what comes back is held against the permission that the operation declares.

Keeps TEN-05. Nothing is changed: whoever is let in names things that are not there for it, or sends a body that no
operation takes. Proved in tests/evidence/test_canaries.py; tests/attacks/matrix holds the same cells word by word.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ringfence.base.principal import Role
from ringfence.controls.access import CredentialKind
from ringfence.evidence.caller import Caller, patiently
from ringfence.evidence.canaries import Canary
from ringfence.evidence.isolation import Reader, objects_for, readers_of
from ringfence.evidence.operations import Operation

_OPEN: Final = frozenset({"public", "authentication", "machine"})
_AT_ONCE: Final = 4
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_UNCLEAR: Final = frozenset({429, *range(500, 600)})


class Outcome(StrEnum):
    """How an operation meets a caller."""

    ADMITTED = "admitted"
    FORBIDDEN = "403 forbidden"
    UNKNOWN = "401 unknown"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller of the matrix; without a `reader` its credential is none, or none that counts."""

    who: str
    bearer: str | None
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One operation and caller; `expected` is None where the operation declares no permission at all."""

    operation: Operation
    visitor: Visitor
    expected: Outcome | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell with what came back."""

    cell: Cell
    found: Outcome
    status: int

    @property
    def is_kept(self) -> bool:
        """Whether it is as declared."""
        return self.found is self.cell.expected


def visitors(home: Canary, *, refused: dict[str, str | None]) -> list[Visitor]:
    """Callers at one canary: those `refused` for their credential, its users by role, and its partner's key."""
    return [
        *(Visitor(who, bearer) for who, bearer in refused.items()),
        *(Visitor(_title(reader), reader.bearer, reader) for reader in readers_of(home)),
    ]


def cells(operations: Sequence[Operation], callers: Sequence[Visitor]) -> Iterator[Cell]:
    """Every operation as every caller, but for what would be done and not only asked."""
    for operation in operations:
        for number, visitor in enumerate(callers):
            if operation.permission == "authentication" and number > 0:
                continue  # Anybody may try, ten times a minute: once is enough.
            cell = Cell(operation, visitor, _expected(operation, visitor))
            if cell.expected is not Outcome.ADMITTED or is_harmless(operation):
                yield cell


def is_harmless(operation: Operation) -> bool:
    """Whether whoever is let in changes nothing by asking: what it names is not there, or its body is none."""
    is_open = operation.permission in _OPEN
    return is_open or operation.method == "GET" or bool(operation.named_in_path) or operation.body is not None


async def ask(http: Caller, wanted: Iterable[Cell], stranger: Canary) -> list[Asked]:
    """What came of each cell, in their order; ids are those of `stranger`, which is of another partner."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(cell: Cell) -> Asked:
        operation = cell.operation
        address = operation.address(objects_for(operation, stranger))
        async with turn:
            body, bearer = operation.harmless_body(), cell.visitor.bearer
            reply = await patiently(http, operation.method, address, body, bearer=bearer, headers=operation.headers)
        return Asked(cell, _outcome(reply.status), reply.status)

    return await asyncio.gather(*map(one, wanted))


def _expected(operation: Operation, visitor: Visitor) -> Outcome | None:
    if operation.permission is None:
        return None
    if operation.permission in _OPEN:
        return Outcome.ADMITTED
    if visitor.reader is None:
        return Outcome.UNKNOWN
    return Outcome.ADMITTED if visitor.reader.may(operation.permission) else Outcome.FORBIDDEN


def _outcome(status: int) -> Outcome:
    if status in _UNCLEAR:
        return Outcome.UNCLEAR
    if status == _UNAUTHORIZED:
        return Outcome.UNKNOWN
    return Outcome.FORBIDDEN if status == _FORBIDDEN else Outcome.ADMITTED


def _title(reader: Reader) -> str:
    if reader.kind is CredentialKind.API_KEY:
        return "partner's key"
    return {Role.MEMBER: "member", Role.ADMIN: "admin", Role.VIEWER: "viewer"}.get(reader.role, reader.role.value)
