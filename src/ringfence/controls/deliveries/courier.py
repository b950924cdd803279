"""Sends what is queued, in every process that executes: claim, read in its own scope, deliver, settle.

Keeps HOK-02, INC-01. A claim is a lease and counts as an attempt: who dies in mid-delivery loses it when the lease ends
and the message is sent again, but never more often than the bound. Proved in tests/controls/test_deliveries.py.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Final, final
from uuid import UUID

from ringfence.base import log
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.base.problem import Problem
from ringfence.controls.deliveries.letter import BadLetter, Letter
from ringfence.controls.deliveries.outbox import owner_of
from ringfence.controls.deliveries.post import Post, Undelivered
from ringfence.controls.keystore import KeystoreUnavailable
from ringfence.controls.tenancy import Database, OrgScope, PartnerScope, PlatformScope, Scope, Statement, gate, scalar
from ringfence.controls.tenancy.gate import ClaimedDelivery
from ringfence.controls.vault import Vault, fields

_AT_ONCE: Final = 8
_random = SystemRandom()
_PAYLOAD = Statement("select payload from app.delivery where id = $1", scalar)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, how long one delivery may take, and how patient to be, in seconds."""

    look_s: float = 2.0
    send_s: float = 30.0
    lease_s: float = 60.0
    first_pause_s: float = 5.0
    longest_pause_s: float = 3600.0
    attempts: int = 10
    """About four hours with these pauses; then a person must look (`ringfence deliveries`)."""

    def pause_s(self, attempt: int) -> float:
        """Three times as long after each attempt, and never the same for two messages."""
        pause_s = min(self.longest_pause_s, self.first_pause_s * 3 ** min(attempt - 1, 20))
        return pause_s * _random.uniform(0.5, 1.0)


@final
class Courier:
    """One process's deliveries; `holder` is its name in the database."""

    def __init__(self, database: Database, vault: Vault, post: Post, *, holder: UUID, pace: Pace | None = None) -> None:
        self._database = database
        self._vault = vault
        self._post = post
        self._holder = holder
        self._pace = pace or Pace()
        self._woken = asyncio.Event()
        self._stopped = False
        self._round: asyncio.Task[int] | None = None

    def wake(self) -> None:
        """Looks at once: whoever committed a message may call it."""
        self._woken.set()

    async def run(self) -> None:
        """Sends until cancelled or drained; what the database refuses is raised, for the root to begin anew."""
        while not self._stopped:
            self._woken.clear()
            self._round = asyncio.ensure_future(self.deliver_due())
            if await asyncio.shield(self._round) < _AT_ONCE:
                await self._sleep()

    async def drain(self, *, within_s: float) -> None:
        """Lets what is on its way arrive, at most so long; the leases of the rest run out."""
        self._stopped = True
        self._woken.set()
        if self._round is not None and not self._round.done():
            await asyncio.wait([self._round], timeout=within_s)
            self._round.cancel()

    async def deliver_due(self) -> int:
        """Sends what is due now, a few at once; gives how many it tried."""
        claimed = await gate.claim_deliveries(self._database, self._holder, seconds=self._pace.lease_s, most=_AT_ONCE)
        await asyncio.gather(*(self.deliver(one) for one in claimed))
        return len(claimed)

    async def deliver(self, claimed: ClaimedDelivery) -> None:
        """Sends one that was claimed, and settles it."""
        if claimed.attempt > self._pace.attempts:
            # Only crashes in mid-delivery lead here: nobody lived to give it up.
            await self._defer(claimed, "crashed", is_final=True)
            return
        try:
            async with asyncio.timeout(self._pace.send_s):
                letter = await self._open(claimed)
                if letter is None:
                    return
                await self._post.deliver(claimed.id, letter)
        except Undelivered as failure:
            await self._defer(claimed, failure.code, is_final=failure.is_final)
        except TimeoutError:
            await self._defer(claimed, "timeout", is_final=False)
        else:
            await gate.end_delivery(self._database, self._holder, claimed)

    async def expire(self) -> int:
        """Deletes records of thirty days ago: the schedule's job."""
        return await gate.expire_deliveries(self._database)

    async def _sleep(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.look_s):
                await self._woken.wait()

    async def _open(self, claimed: ClaimedDelivery) -> Letter | None:
        """What to send; None where it was erased since it was claimed."""
        scope = _scope(claimed)
        payloads = (await self._database.read(scope, _PAYLOAD(claimed.id)))[0]
        if not payloads:
            return None
        owner = owner_of(scope, claimed.user_id)
        await self._vault.warm(owner)
        try:
            return Letter.parse(self._vault.open(owner, fields.DELIVERY_PAYLOAD, claimed.id, payloads[0]))
        except KeystoreUnavailable as failure:
            raise Undelivered(failure.code) from failure
        except (Problem, BadLetter) as failure:
            log.error("delivery_unreadable", failure, row_id=claimed.id)
            raise Undelivered("unreadable", is_final=True) from failure

    async def _defer(self, claimed: ClaimedDelivery, code: str, *, is_final: bool) -> None:
        gives_up = is_final or claimed.attempt >= self._pace.attempts
        seconds = None if gives_up else self._pace.pause_s(claimed.attempt)
        if not await gate.defer_delivery(self._database, self._holder, claimed, error=code, seconds=seconds):
            return
        write = log.error if gives_up else log.warning
        event = "delivery_failed" if gives_up else "delivery_deferred"
        write(event, row_id=claimed.id, reason=claimed.kind, code=code, attempt=claimed.attempt)


def _scope(claimed: ClaimedDelivery) -> Scope:
    match claimed.scope:
        case "org" if claimed.partner_id is not None:
            return OrgScope(claimed.partner_id, OrgId(claimed.scope_id), Role.OPERATOR)
        case "partner":
            return PartnerScope(PartnerId(claimed.scope_id), Role.OPERATOR)
        case "platform":
            return PlatformScope()
        case _:
            raise Undelivered("no_scope", is_final=True)
