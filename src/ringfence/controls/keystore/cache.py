"""Keeps CRY-03. Unwrapped keys of this process: bounded in number and age, and dropped when they are told to be.

Proved in tests/controls/test_keystore.py.
"""

import threading
from collections import OrderedDict
from datetime import timedelta
from typing import final
from uuid import UUID

from ringfence.base import clock
from ringfence.controls.keystore.keys import KeyMaterial
from ringfence.controls.keystore.owner import KeyOwner

TTL = timedelta(minutes=5)
CAPACITY = 4096


@final
class KeyCache:
    """The least recently used keys go first; none stays longer than `ttl` after it was unwrapped."""

    def __init__(self, *, capacity: int = CAPACITY, ttl: timedelta = TTL) -> None:
        self._capacity = capacity
        self._ttl_seconds = ttl.total_seconds()
        self._entries: OrderedDict[tuple[str, bytes | None], tuple[float, KeyMaterial]] = OrderedDict()
        self._lock = threading.Lock()
        self.generation = 0

    def find(self, owner: KeyOwner, key_id: bytes | None, *, moment: float) -> KeyMaterial | None:
        """The key if it is here and young enough at `moment` of clock.monotonic."""
        slot = (owner.path, key_id)
        with self._lock:
            entry = self._entries.get(slot)
            if entry is None:
                return None
            if entry[0] <= moment:
                del self._entries[slot]
                return None
            self._entries.move_to_end(slot)
            return entry[1]

    def put(self, key_id: bytes | None, material: KeyMaterial, *, generation: int) -> None:
        """Keeps a key that was read while `generation` was current.

        NOTE: a key read before a forget and put after it would outlive its destruction; the generation stops that.
        """
        with self._lock:
            if generation != self.generation:
                return
            self._entries[(material.owner.path, key_id)] = (clock.monotonic() + self._ttl_seconds, material)
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def forget(self, owner: KeyOwner) -> None:
        """Drops the owner's keys and those below it."""
        with self._lock:
            self.generation += 1
            for slot in [slot for slot in self._entries if owner.covers(slot[0])]:
                del self._entries[slot]

    def forget_subject(self, subject_id: UUID) -> None:
        """Drops the keys of the organization or user of this id, and of an organization's users."""
        name = subject_id.hex
        with self._lock:
            self.generation += 1
            for slot in [slot for slot in self._entries if name in slot[0].split("/")]:
                del self._entries[slot]

    def forget_all(self) -> None:
        """Drops everything."""
        with self._lock:
            self.generation += 1
            self._entries.clear()
