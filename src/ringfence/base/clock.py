"""The one source of time, so that tests can travel and lints can forbid the others."""

import time
from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC) + _offset


def monotonic() -> float:
    """Seconds since an arbitrary start; never goes back."""
    return time.monotonic() + _offset.total_seconds()


def travel(offset: timedelta) -> None:
    """Moves this process's clocks by an offset from the real time; only tests call it."""
    global _offset  # noqa: PLW0603 - one process has one clock
    _offset = offset


def parse_rfc3339(text: str) -> datetime:
    """The moment that `rfc3339` wrote; ValueError for a text without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset is no moment")
    return moment


def rfc3339(moment: datetime) -> str:
    """The moment as RFC 3339 text in UTC with milliseconds and a final Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
