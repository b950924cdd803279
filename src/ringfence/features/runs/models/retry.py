"""When to ask a provider again: full jitter, the provider's Retry-After within a bound, and never for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from secrets import SystemRandom

from ringfence.base import clock

from .protocol import ModelError

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Holds how often and how long to wait; `sleep` is a parameter so that tests need not wait."""

    tries: int = 4
    base_s: float = 0.5
    cap_s: float = 8.0
    retry_after_cap_s: float = 20.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def wait(self, error: ModelError, *, tried: int, until: float) -> None:
        """Waits before the next try; raises the error where another try is not allowed or ends after `until`."""
        if not error.is_retryable or tried >= self.tries:
            raise error
        pause_s = self.pause_s(error, tried=tried)
        if clock.monotonic() + pause_s >= until:
            raise error
        await self.sleep(pause_s)

    def pause_s(self, error: ModelError, *, tried: int) -> float:
        """Gives the pause: jitter alone, or what the provider asked for (at most the cap) and jitter on top."""
        jitter_s = _random.uniform(0, min(self.cap_s, self.base_s * 2 ** (tried - 1)))
        asked_s = min(error.retry_after_s or 0.0, self.retry_after_cap_s)
        return asked_s + jitter_s


def parse_retry_after(value: str | None) -> float | None:
    """Gives seconds from a Retry-After header, seconds or date (RFC 9110 section 10.2.3); None for anything else."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - clock.now()).total_seconds())
