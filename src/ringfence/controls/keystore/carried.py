"""Keeps CRY-02, CRY-03. What a move carries from one keystore to another, and the mark that says where keys are.

Proved in tests/controls/test_keystore_moving.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from ringfence.base.crypto import Secret
from ringfence.controls.keystore.entry import ROOT
from ringfence.controls.keystore.keys import KeystoreRefusal

SERVER = "server/"
"""Begins the path of a key of the server's own."""


class MoveState(StrEnum):
    """How a keystore stands to a move. The values are on disk and on OpenBao: never change one."""

    LEAVING = "leaving"
    """It is being copied to `other`: keys are read here, and none is made, changed or destroyed."""
    LEFT = "left"
    """The keys are at `other` now; nothing is read here any more, for ever."""
    ARRIVING = "arriving"
    """A copy of `other` that is not whole yet; nothing is read here."""
    ARRIVED = "arrived"
    """The keys came from `other`, and this is the keystore that counts."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written at either end of the move `move_id` (32 hexadecimal digits); `other` names the other end."""

    state: MoveState
    move_id: str
    other: str

    @property
    def text(self) -> str:
        """The mark as one line."""
        return f"{self.state.value} {self.move_id} {self.other}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The mark of a line; ValueError for what is none."""
        state, move_id, other = text.split(" ", 2)
        bytes.fromhex(move_id)
        return cls(MoveState(state), move_id, other)


@dataclass(frozen=True, slots=True)
class CarriedKey:
    """One version of an owner's key, out of its wrapping."""

    number: int
    key_id: bytes
    at: datetime
    secret: Secret


@dataclass(frozen=True, slots=True)
class Carried:
    """All that a keystore holds of one owner: its versions, oldest first, or the moment of its destruction."""

    path: str
    keys: tuple[CarriedKey, ...] = ()
    destroyed: datetime | None = None

    @property
    def is_owned(self) -> bool:
        """Whether it belongs to an organization, a user, a partner or the platform."""
        return not self.path.startswith((SERVER, ROOT))

    def is_same(self, other: "Carried | None") -> bool:
        """Whether the other holds the very same keys, under the same ids, or a destruction as this does."""
        if other is None or (self.destroyed is None) != (other.destroyed is None):
            return False
        return [(each.number, each.key_id, each.secret.reveal()) for each in self.keys] == [
            (each.number, each.key_id, each.secret.reveal()) for each in other.keys
        ]


class End(Protocol):
    """One end of a move: a keystore, whichever process serves from it. Every call may wait for disk or network."""

    @property
    def name(self) -> str:
        """`file`, or `openbao:https://...`, as RINGFENCE_KEYSTORE names it."""
        ...

    def mark(self) -> Mark | None:
        """What the last move left here."""
        ...

    def put_mark(self, mark: Mark | None, *, after: Mark | None) -> None:
        """Writes the mark in the place of `after`; once it says so no writer finishes here that began before.

        KeystoreRefusal where another mark stands there: somebody else moves this keystore, or gave the move up.
        """
        ...

    def is_empty(self) -> bool:
        """Whether no key and no tombstone is here."""
        ...

    def owners(self) -> Iterator[Carried]:
        """Everything that is here, each key opened; Damaged for one that does not open."""
        ...

    def keep(self, carried: "Sequence[Carried]") -> None:
        """Takes in what is not here yet, as it is; what was taken in already is left."""
        ...

    def wipe(self) -> None:
        """Destroys every key here; the mark stays. Done again it goes on."""
        ...


def refuse_other(name: str, found: Mark | None, expected: Mark | None) -> None:
    """KeystoreRefusal unless the mark that stands there is the one that was expected."""
    if found != expected:
        raise KeystoreRefusal(f"another command moves the keystore {name}, or gave the move up: nothing was switched")
