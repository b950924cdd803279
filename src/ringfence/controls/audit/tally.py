"""Counts that a process holds for a second and writes in one statement. Keeps AUD-01, EMB-06.

A process that stops writes what it holds; one that is killed loses its last second. Proved in
tests/promises/test_recording.py and tests/promises/test_attempts.py.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Final, Generic, TypeVar, final

import msgspec

EVERY_S: Final = 1.0
MINUTE_S: Final = 60
_encode: Final = msgspec.json.Encoder(uuid_format="canonical").encode

T = TypeVar("T", bound=Hashable)


@final
class Tally(Generic[T]):
    """What this process counted and has not written yet.

    `write` takes a JSON array, whose members `row` makes of a thing and its count, and gives how many rows it wrote.
    """

    def __init__(self, write: Callable[[bytes], Awaitable[int]], row: Callable[[T, int], Mapping[str, object]]) -> None:
        self._write = write
        self._row = row
        self._counted: Counter[T] = Counter()
        self._on_its_way = 0
        self._writing = asyncio.Lock()

    def __len__(self) -> int:
        """How many different things were counted and are not written yet, those on their way to it included."""
        # Else a database that hangs and then refuses gave room for as many again at each try.
        return len(self._counted) + self._on_its_way

    def add(self, one: T) -> None:
        """Counts it once more."""
        self._counted[one] += 1

    async def flush(self) -> int:
        """Writes what was counted, in one statement; gives how many rows. What cannot be written is kept."""
        async with self._writing:
            counted, self._counted = self._counted, Counter()
            if not counted:
                return 0
            self._on_its_way = len(counted)
            try:
                return await self._write(_encode([self._row(*one) for one in counted.items()]))
            except BaseException:
                self._counted.update(counted)
                raise
            finally:
                self._on_its_way = 0

    async def run(self) -> None:
        """Writes once a second, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            # Told to stop, it ends what it writes: a write that was cut short could have been done, and be done again.
            await asyncio.shield(self.flush())
