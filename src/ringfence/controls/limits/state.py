"""Where a caller stands, as the RateLimit headers say it (draft-ietf-httpapi-ratelimit-headers). Keeps RAT-01.

Proved in tests/promises/test_limits.py and, on a running server, tests/promises/test_api_manner.py.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.controls.limits.rules import Rule


@dataclass(frozen=True, slots=True)
class LimitState:
    """What is left under one rule, and in how many seconds all of it will be there again."""

    rule: Rule
    remaining: int
    reset_seconds: float

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` for this rule alone."""
        return headers([self])

    @property
    def item(self) -> str:
        """The item of the RateLimit header."""
        return f'"{self.rule.name}";r={max(0, self.remaining)};t={max(0, math.ceil(self.reset_seconds))}'


def headers(states: Sequence[LimitState]) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` for all rules that a request was held against; nothing for none."""
    if not states:
        return {}
    return {
        "RateLimit-Policy": ", ".join(state.rule.policy for state in states),
        "RateLimit": ", ".join(state.item for state in states),
    }
