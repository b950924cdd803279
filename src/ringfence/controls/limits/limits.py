"""Holds a request against a rule. Keeps RAT-01. Proved in tests/promises/test_limits.py.

Authentication asks the database each time and fails closed without it. The other rules spend allotments in this
process; without the database one allotment for each twentieth of the window bridges, in each process for itself.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.base.crypto import HmacSha256, length_prefixed
from ringfence.base.problem import Problem, too_many
from ringfence.controls.limits import buckets
from ringfence.controls.limits.address import address_key
from ringfence.controls.limits.buckets import Taken
from ringfence.controls.limits.rules import VARIABLE, Mode, Rule
from ringfence.controls.limits.state import LimitState
from ringfence.controls.tenancy import PLATFORM_ID, Database

_BUCKETS = 50_000
_BUCKET_BYTES = 16
_EXPIRY_SHARE = 20
_LABEL = b"ringfence/limit"


@dataclass(slots=True)
class _Bucket:
    """What this process knows of one bucket; all times are monotonic seconds."""

    left: int = 0
    until: float = 0.0
    taken_at: float = 0.0
    blocked_until: float = 0.0
    remaining: int = 0
    full_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@final
class Limits:
    """The limits of this process; `key` hides who stands behind a bucket."""

    def __init__(
        self, database: Database, *, key: bytes, rules: Mapping[str, Rule], is_development: bool = False
    ) -> None:
        self._database = database
        self._mac = HmacSha256(key)
        self._rules = rules
        self._is_development = is_development
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    async def check(self, rule_name: str, *key_parts: str | UUID, scope_id: UUID = PLATFORM_ID) -> LimitState:
        """Counts one request; raises Problem 429 with its headers when the limit is used up.

        `scope_id` is the organization or partner whose name space the parts belong to; the platform's for addresses
        and for ids, which are unique everywhere. Raises Problem 503 for authentication without the database.
        """
        rule = self._rules[rule_name]
        name, bucket = self._find(rule, key_parts, scope_id)
        now = clock.monotonic()
        if now < bucket.blocked_until:
            raise self._refusal(rule, bucket, now)
        if bucket.left > 0 and now < bucket.until:
            bucket.left -= 1
            return _state(rule, bucket, now)
        async with bucket.turn:
            return await self._take(rule, name, bucket)

    def rule(self, rule_name: str) -> Rule:
        """The rule as it holds here."""
        return self._rules[rule_name]

    def afresh(self) -> "Limits":
        """The same limits with nothing remembered in this process, as another process has them."""
        again = Limits(self._database, key=b"", rules=self._rules, is_development=self._is_development)
        again._mac = self._mac
        return again

    async def sweep(self) -> int:
        """Deletes buckets that count nothing any more; the schedule runs it."""
        return await buckets.sweep(self._database)

    def _find(self, rule: Rule, parts: tuple[str | UUID, ...], scope_id: UUID) -> tuple[bytes, _Bucket]:
        texts = (address_key(part) if rule.is_by_address and isinstance(part, str) else str(part) for part in parts)
        encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
        text = length_prefixed(_LABEL, scope_id.bytes, rule.name.encode(), *encoded)
        name = self._mac.digest(text)[:_BUCKET_BYTES]
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket()
            if len(self._buckets) > _BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return name, bucket

    async def _take(self, rule: Rule, name: bytes, bucket: _Bucket) -> LimitState:
        now = clock.monotonic()
        if now < bucket.blocked_until:
            raise self._refusal(rule, bucket, now)
        if bucket.left > 0 and now < bucket.until:
            # Whoever had the turn before us brought an allotment.
            bucket.left -= 1
            return _state(rule, bucket, now)
        if rule.mode is Mode.EXACT:
            taken, wanted = await buckets.take(self._database, name, rule, wanted=1), 1
        else:
            try:
                taken, wanted = await self._take_allotment(rule, name, bucket, now)
            except Problem as failure:
                # Away or busy; anything else the database says is a fault of ours and must be loud.
                return self._bridge(rule, bucket, failure)
        return self._settle(rule, bucket, taken, wanted)

    async def _take_allotment(self, rule: Rule, name: bytes, bucket: _Bucket, now: float) -> tuple[Taken, int]:
        """An allotment, or near the limit's end a single request."""
        is_recent = now - bucket.taken_at < rule.window.total_seconds()
        given_back = bucket.left if is_recent else 0
        wanted = rule.allotment
        taken = await buckets.take(self._database, name, rule, wanted=wanted, given_back=given_back)
        if taken.is_allowed or wanted == 1:
            return taken, wanted
        return await buckets.take(self._database, name, rule, wanted=1, given_back=given_back), 1

    def _settle(self, rule: Rule, bucket: _Bucket, taken: Taken, wanted: int) -> LimitState:
        now = clock.monotonic()
        bucket.left, bucket.taken_at = 0, now
        bucket.remaining, bucket.full_at = taken.remaining(rule), now + taken.used_seconds
        if not taken.is_allowed:
            bucket.blocked_until = now + taken.retry_seconds(rule)
            raise self._refusal(rule, bucket, now)
        bucket.left = wanted - 1
        bucket.until = now + rule.window.total_seconds() / _EXPIRY_SHARE
        return _state(rule, bucket, now)

    def _bridge(self, rule: Rule, bucket: _Bucket, failure: Problem) -> LimitState:
        now = clock.monotonic()
        log.warning("limit_bridged", reason=rule.name, code=failure.code)
        bucket.remaining, bucket.full_at = 0, now + rule.window.total_seconds() / _EXPIRY_SHARE
        if now < bucket.until:
            # This twentieth's allotment is spent, and nobody can say whether there is more.
            bucket.blocked_until = bucket.until
            raise self._refusal(rule, bucket, now)
        bucket.left, bucket.taken_at, bucket.until = rule.allotment - 1, float("-inf"), bucket.full_at
        return _state(rule, bucket, now)

    def _refusal(self, rule: Rule, bucket: _Bucket, now: float) -> Problem:
        detail = "Too many requests. Try again later."
        if self._is_development:
            detail = (
                f"The limit {rule.name!r} of {rule.limit} requests in {int(rule.window.total_seconds())} s for each "
                f"{rule.per} is used up. {VARIABLE}='{rule.name}={rule.limit * 10}/"
                f"{int(rule.window.total_seconds())}' raises it."
            )
        wait = max(1, math.ceil(bucket.blocked_until - now))
        state = LimitState(rule, 0, max(wait, bucket.full_at - now))
        return too_many(detail, retry_after_seconds=wait, headers=state.headers())


def _state(rule: Rule, bucket: _Bucket, now: float) -> LimitState:
    return LimitState(rule, bucket.remaining + bucket.left, bucket.full_at - now)
