"""What must take effect in every process within five seconds. Keeps EMB-05, PRV-03, KEY-01.

Each process polls one table every two seconds and holds the answer in memory, so a request asks no database. A process
that could not poll for five seconds knows nothing any more: it drops its caches and refuses. The table is read by
transaction ids: a transaction that began early and commits late is still found, which a time or a sequence would miss.

NOTE: publish after the change in the same transaction, and let whoever issues a session lock what vouches for it
(`for share`): otherwise a session could be issued between the publication and its commit, and count as newer.
Proved in tests/controls/test_invalidation.py.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import final
from uuid import UUID

from ringfence.base import clock, ids, log
from ringfence.base.principal import KeyId, OrgId, PartnerId, SessionId, UserId
from ringfence.base.problem import Problem, unavailable
from ringfence.controls.tenancy import Bound, Database, DatabaseError, Statement, gate, nothing

POLL_SECONDS = 2.0
STALE_SECONDS = 5.0
_RETRY_SECONDS = 0.5
_TIMEOUT_SECONDS = 3.0
_KEPT = timedelta(hours=2)
_START = "0"
_PUBLISH = Statement("insert into app.invalidation (id, kind, subject_id) values ($1, $2, $3)", nothing)


class Kind(StrEnum):
    """What kind of thing became invalid."""

    USER = "user"
    ORGANIZATION = "organization"
    PARTNER = "partner"
    SIGNING_KEY = "signing_key"
    API_KEY = "api_key"
    SESSION = "session"
    KEY = "key"
    """An encryption key was destroyed; the subject is its owner: the user, else the organization."""


_FOR_GOOD = frozenset({Kind.SESSION, Kind.SIGNING_KEY})
"""Nothing brings these back, so no issue time saves what stands on them."""


def publication(kind: Kind, subject_id: UUID) -> Bound[None]:
    """The statement that makes a thing invalid everywhere, for whoever holds no Invalidation."""
    return _PUBLISH(ids.new(), kind.value, subject_id)


@final
class Invalidation:
    """What this process knows to be invalid; complete for everything younger than two hours."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: dict[tuple[Kind, UUID], datetime] = {}
        self._seen: frozenset[UUID] = frozenset()
        self._horizon = _START
        self._polled_at = float("-inf")
        self._caches_are_dropped = True
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._heard: dict[Kind, list[Callable[[UUID], None]]] = {kind: [] for kind in Kind}
        self._forget_all: list[Callable[[], None]] = []

    def publish(self, kind: Kind, subject_id: UUID) -> Bound[None]:
        """The statement that makes a thing invalid everywhere; it belongs into the transaction of the change itself."""
        return publication(kind, subject_id)

    def wake(self) -> None:
        """Polls at once: whoever committed a publication calls it, so that this process does not wait for its turn."""
        self._woken.set()

    def subscribe(self, kind: Kind, forget: Callable[[UUID], None], *, forget_all: Callable[[], None]) -> None:
        """Tells a cache what to forget: one subject of this kind, or everything once this process knows nothing."""
        self._heard[kind].append(forget)
        self._forget_all.append(forget_all)

    def is_revoked(  # noqa: PLR0913 - a session stands on each of these
        self,
        *,
        issued_at: datetime,
        user_id: UserId | None = None,
        org_id: OrgId | None = None,
        partner_id: PartnerId | None = None,
        session_id: SessionId | None = None,
        signing_key_id: KeyId | None = None,
        key_id: KeyId | None = None,
    ) -> bool:
        """Whether anything that vouches for a credential was invalidated at its issue or after."""
        latest = self._latest
        if not latest:
            return False
        vouchers = (
            (Kind.USER, user_id),
            (Kind.ORGANIZATION, org_id),
            (Kind.PARTNER, partner_id),
            (Kind.SESSION, session_id),
            (Kind.SIGNING_KEY, signing_key_id),
            (Kind.API_KEY, key_id),
        )
        for kind, subject_id in vouchers:
            if subject_id is None:
                continue
            at = latest.get((kind, subject_id))
            if at is not None and (kind in _FOR_GOOD or at >= issued_at):
                return True
        return False

    def check_fresh(self) -> None:
        """Raises Problem 503 `stale_process` when the last poll is too old to vouch for anybody."""
        if clock.monotonic() - self._polled_at <= STALE_SECONDS:
            return
        self._drop_caches()
        raise unavailable("stale_process", "This process cannot check revocations for the moment. Try again.")

    async def run(self) -> None:
        """Polls until cancelled. Losing the database is not an error: it is logged, and tried again."""
        while True:
            self._woken.clear()
            if await self._try_poll():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()
            else:
                await asyncio.sleep(_RETRY_SECONDS)

    async def poll(self) -> None:
        """Reads what is new; at first, everything. Raises what the database raises."""
        async with self._turn:
            started = clock.monotonic()
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                rows = await gate.invalidations_since(self._database, self._horizon)
            new = [row for row in rows if row.id is not None and row.id not in self._seen]
            for row in new:
                self._apply(row)
            # A row that may come again was in this answer: its transaction had not ended at the horizon before it.
            self._seen = frozenset(row.id for row in rows if row.id is not None)
            self._horizon = rows[0].next_horizon
            self._drop_old()
            self._polled_at = started
            self._caches_are_dropped = False

    async def _try_poll(self) -> bool:
        try:
            await self.poll()
        except (Problem, DatabaseError, TimeoutError) as failure:
            # A restored or promoted server may count transactions anew: read everything again.
            self._horizon = _START
            log.error("invalidation_poll_failed", failure)
            if clock.monotonic() - self._polled_at > STALE_SECONDS:
                self._drop_caches()
            return False
        return True

    def _apply(self, row: gate.InvalidationRow) -> None:
        if row.kind is None or row.subject_id is None or row.at is None:
            return
        kind = Kind(row.kind)
        slot = (kind, row.subject_id)
        self._latest[slot] = max(row.at, self._latest.get(slot, row.at))
        for forget in self._heard[kind]:
            forget(row.subject_id)

    def _drop_old(self) -> None:
        oldest = clock.now() - _KEPT
        for slot in [slot for slot, at in self._latest.items() if at < oldest]:
            del self._latest[slot]

    def _drop_caches(self) -> None:
        if self._caches_are_dropped:
            return
        self._caches_are_dropped = True
        for forget_all in self._forget_all:
            forget_all()
