"""How many exports are under way in this process: two of a log, and of all a share of the connections.

An export reads page after page as fast as its reader takes them: what is left of the connections is for everybody else.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, final
from uuid import UUID

from ringfence.base.problem import Problem

from .reach import Reading

A_LOG: Final = 2
"""Exports of one log at a time."""
_SHARE: Final = 4
"""One connection of so many is for exports, or one in all."""
_RETRY_S: Final = 10
_Key = tuple[str, UUID | None]


@final
class Slot:
    """A place among the exports; given back once, at the latest when nobody holds it any more."""

    def __init__(self, taken: Counter[_Key], keys: tuple[_Key, ...]) -> None:
        self._taken = taken
        self._keys = keys
        taken.update(keys)

    def give_back(self) -> None:
        """Makes room for the next one; a second time it does nothing."""
        keys, self._keys = self._keys, ()
        self._taken.subtract(keys)
        for key in keys:
            if not self._taken[key]:
                del self._taken[key]

    @contextmanager
    def unless_kept(self) -> Generator[None]:
        """Gives it back if what is done within fails."""
        try:
            yield
        except BaseException:
            self.give_back()
            raise

    def __del__(self) -> None:
        # An answer that was made and never served: its reader was gone by then.
        self.give_back()


@final
class Slots:
    """The exports of one process."""

    def __init__(self) -> None:
        self._taken = Counter[_Key]()

    def take(self, reading: Reading, *, connections: int) -> Slot:
        """A place for an export, in a process with so many connections.

        Problem 429 `too_many_exports` where the log, or its partner with all of its logs, has as many as it may; 503
        `exports_busy` where all partners together do. One place is always left to the others by each partner.
        """
        most = max(1, connections // _SHARE)
        whole, partner, log = _keys(reading)
        if self._taken[log] >= min(A_LOG, most) or self._taken[partner] >= max(1, most - 1):
            detail = f"At most {A_LOG} exports of a log run at once, and few of a partner. Wait for one to end."
            raise Problem(429, "too_many_exports", detail, headers={"Retry-After": str(_RETRY_S)})
        if self._taken[whole] >= most:
            detail = "Many logs are being exported. Try again in a few seconds."
            raise Problem(503, "exports_busy", detail, headers={"Retry-After": str(_RETRY_S)})
        return Slot(self._taken, (whole, partner, log))


def _keys(reading: Reading) -> tuple[_Key, _Key, _Key]:
    return ("", None), ("of", reading.partner_id), (reading.log.scope, reading.log.id)
