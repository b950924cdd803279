"""Keeps CRY-02, CRY-03. Whether the keys on OpenBao are still to be used: asked before each write, once a second else.

Proved in tests/controls/test_keystore_moving.py.
"""

from typing import Final, final

from ringfence.base import clock
from ringfence.controls.keystore.carried import Mark, MoveState
from ringfence.controls.keystore.keys import KeystoreRefusal, Moved, Moving
from ringfence.controls.keystore.openbao.entries import Entries

LOOK_EVERY_SECONDS: Final = 1.0


@final
class Whereabouts:
    """What the mark of a move says of one keystore."""

    def __init__(self, entries: Entries, name: str) -> None:
        self._entries = entries
        self._name = name
        self._look_at = 0.0

    def mark(self) -> Mark | None:
        """As it stands now; Moved where the keys are elsewhere."""
        found = self._entries.mark()
        if found is not None and found.state is MoveState.LEFT:
            raise Moved(f"the keystore {self._name} was moved: set RINGFENCE_KEYSTORE={found.other}")
        if found is not None and found.state is MoveState.ARRIVING:
            raise Moved(f"{self._name} is an unfinished copy of {found.other}: go on with ringfence keys move")
        self._look_at = clock.monotonic() + LOOK_EVERY_SECONDS
        return found

    def refuse_reading(self) -> None:
        """Moved, a second at most after the keys went elsewhere."""
        if clock.monotonic() >= self._look_at:
            self.mark()

    def refuse_writing(self) -> None:
        """Moved; Moving while somebody copies the keys. Before a write, and behind it: who was slow did not write."""
        found = self.mark()
        if found is not None and found.state is MoveState.LEAVING:
            raise Moving(found.other)

    def refuse_opening(self) -> None:
        """KeystoreRefusal where the keys are elsewhere."""
        try:
            self.mark()
        except Moved as failure:
            raise KeystoreRefusal(str(failure.cause)) from None
