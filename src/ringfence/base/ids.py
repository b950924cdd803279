"""Identifiers: UUIDv7 (RFC 9562 section 5.7), made by the application because encryption needs the id first."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime

_lock = threading.Lock()
_last = 0


def new(tail: bytes = b"") -> uuid.UUID:
    """A UUIDv7 that sorts after every earlier one of this process.

    The 12 bits behind the millisecond continue it in steps of 1/4096 ms (RFC 9562 section 6.2, method 3). `tail`, of up
    to 7 bytes, takes the place of the last random ones: what is named so can be found by its name and its owner.
    """
    global _last  # noqa: PLW0603 - monotonic within the process
    ticks = time.time_ns() * 4096 // 1_000_000
    with _lock:
        ticks = _last = max(ticks, _last + 1)
    high = (ticks >> 12) << 16 | 0x7000 | ticks & 0xFFF
    low = int.from_bytes(os.urandom(8 - len(tail)) + tail) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return uuid.UUID(int=high << 64 | low)


def made_at(identifier: uuid.UUID) -> datetime:
    """When an id of ours was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def first_at(moment: datetime) -> uuid.UUID:
    """The smallest id that could have been made at this moment: where a range of younger ones begins."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def parse(text: str) -> uuid.UUID | None:
    """The id in its one canonical form (36 characters, lower case), or None for anything else."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text else None
