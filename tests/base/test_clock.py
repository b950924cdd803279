"""Time: one source, aware, in UTC, and movable by tests alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ringfence.base import clock


@pytest.fixture(autouse=True)
def _back_to_the_present() -> Iterator[None]:
    yield
    clock.travel(timedelta())


def test_the_time_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC


def test_both_clocks_travel_together():
    present, ticks = clock.now(), clock.monotonic()
    clock.travel(timedelta(days=1))
    assert clock.now() - present >= timedelta(days=1)
    assert clock.monotonic() - ticks >= 86_400


def test_the_monotonic_clock_never_goes_back():
    ticks = [clock.monotonic() for _ in range(1_000)]
    assert ticks == sorted(ticks)


def test_a_moment_is_written_in_utc_with_milliseconds():
    copenhagen = timezone(timedelta(hours=2))
    moment = datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=copenhagen)
    assert clock.rfc3339(moment) == "2026-07-01T10:00:00.123Z"
