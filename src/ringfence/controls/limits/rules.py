"""The table of rate limits, and how an operator changes it. Keeps RAT-01. Proved in tests/controls/test_limits.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from types import MappingProxyType

VARIABLE = "RINGFENCE_LIMITS"
_OVERRIDE = re.compile(r"([a-z_]+)=([0-9]{1,9})/([0-9]{1,6})")


class Mode(Enum):
    """How exactly a rule holds across processes."""

    EXACT = "exact"
    """Each request asks the database; without it, 503."""
    ALLOTMENT = "allotment"
    """A process takes a twentieth of the limit at once and spends it by itself: wrong by one allotment at most."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`limit` requests in each `window` for each key; `per` says what the key is."""

    name: str
    per: str
    limit: int
    window: timedelta
    mode: Mode = Mode.ALLOTMENT
    is_by_address: bool = False
    follows: str | None = None
    """The rule whose override counts here too, unless this one has its own."""

    @property
    def allotment(self) -> int:
        """How many requests a process takes at once."""
        return 1 if self.mode is Mode.EXACT else max(1, self.limit // 20)

    @property
    def policy(self) -> str:
        """The item of the RateLimit-Policy header."""
        return f'"{self.name}";q={self.limit};w={int(self.window.total_seconds())}'


_MINUTE = timedelta(minutes=1)
_TABLE = (
    Rule("auth", "address", 10, _MINUTE, Mode.EXACT, is_by_address=True),
    Rule("auth_account", "account", 10, _MINUTE, Mode.EXACT, follows="auth"),
    Rule("default", "address", 600, _MINUTE, is_by_address=True),
    Rule("organization", "organization", 6000, _MINUTE),
    Rule("partner", "partner", 6000, _MINUTE),
    Rule("key_sets", "partner", 10, _MINUTE, Mode.EXACT),
    Rule("stream_tests", "partner", 10, _MINUTE, Mode.EXACT),
    Rule("key_rotations", "partner", 10, _MINUTE, Mode.EXACT),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _TABLE})


class BadLimits(Exception):  # noqa: N818 - what it names is the text
    """The variable cannot be read; the message says which part and what is right."""


def parse_overrides(text: str) -> Mapping[str, Rule]:
    """The rules with the operator's numbers, from `auth=10/60,default=600/60` (requests/seconds)."""
    given: dict[str, tuple[int, timedelta]] = {}
    for part in (part.strip() for part in text.split(",")):
        if part:
            name, limit, window = _read(part)
            if name in given:
                raise BadLimits(f"{VARIABLE}: {name} is given twice.")
            given[name] = (limit, window)
    numbers = {rule.name: given.get(rule.name) or given.get(rule.follows or "") for rule in RULES.values()}
    changed = {name: replace(RULES[name], limit=pair[0], window=pair[1]) for name, pair in numbers.items() if pair}
    return MappingProxyType({**RULES, **changed})


def _read(part: str) -> tuple[str, int, timedelta]:
    match = _OVERRIDE.fullmatch(part)
    if match is None:
        raise BadLimits(f"{VARIABLE}: {part!r} is not name=requests/seconds, as in auth=10/60.")
    name, limit, seconds = match[1], int(match[2]), int(match[3])
    if name not in RULES:
        raise BadLimits(f"{VARIABLE}: there is no rule {name!r}; the rules are {', '.join(RULES)}.")
    if limit == 0 or seconds == 0:
        raise BadLimits(f"{VARIABLE}: {part!r}: requests and seconds are at least 1.")
    return name, limit, timedelta(seconds=seconds)
