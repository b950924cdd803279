"""Partners' key sets: fetched from their servers at most once a minute, kept in the database. Keeps EMB-01, EMB-05.

A set is looked at again after ten minutes, or when a token names a kid that is not known, by one process and one
request at a time. What was good last stays good for a day while the server is away. No transaction waits for a server.
Proved in tests/promises/test_key_sets.py.
"""

import asyncio
from typing import final
from uuid import UUID

from ringfence.base.principal import PartnerId
from ringfence.controls import audit
from ringfence.controls.egress import Egress
from ringfence.controls.identity import key_set_fetch, key_set_merge
from ringfence.controls.identity import key_set_rows as rows
from ringfence.controls.identity.jwks import BadKeySet, KeySet
from ringfence.controls.identity.key_set_rows import ClaimedRow
from ringfence.controls.tenancy import Database, PartnerScope


@final
class KeySets:
    """The sets as this process fetches them: one flight a partner, which everybody who asks meanwhile waits for."""

    def __init__(self, database: Database, egress: Egress) -> None:
        self._database = database
        self._egress = egress
        self._flights: dict[PartnerId, asyncio.Task[bool]] = {}

    async def fetch(self, partner_id: PartnerId, url: str) -> KeySet:
        """What a server says now, registered or not; BadKeySet."""
        return await key_set_fetch.fetch(self._egress, url, whose=partner_id)

    async def refresh(self, partner_id: PartnerId) -> bool:
        """Whether any of the partner's sets was fetched now; none is, within a minute of the last time."""
        flight = self._flights.get(partner_id)
        if flight is None:
            flight = asyncio.create_task(self._refresh(partner_id))
            self._flights[partner_id] = flight
            flight.add_done_callback(lambda _done: self._flights.pop(partner_id, None))
        # One who hangs up takes nothing away from the others.
        return await asyncio.shield(flight)

    async def _refresh(self, partner_id: PartnerId) -> bool:
        claimed: list[ClaimedRow] = (await self._database.write(PartnerScope(partner_id), rows.CLAIM()))[0]
        await asyncio.gather(*(self._fetch(partner_id, one) for one in claimed))
        return bool(claimed)

    async def _fetch(self, partner_id: PartnerId, claimed: ClaimedRow) -> None:
        try:
            said = await self.fetch(partner_id, claimed.url)
        except BadKeySet as bad:
            await self._note_failure(partner_id, claimed.id, bad.code)
            return
        async with self._database.partner(PartnerScope(partner_id)) as tx:
            await key_set_merge.merge(tx, claimed.id, said, since=claimed.attempted_at)

    async def _note_failure(self, partner_id: PartnerId, set_id: UUID, code: str) -> None:
        """One entry for each new reason, however long it lasts."""
        async with self._database.partner(PartnerScope(partner_id)) as tx:
            if not await tx.fetch(rows.FAILED(set_id, code)):
                return
            entry = audit.entry(
                audit.Actor("partner", partner_id),
                audit.Action.KEY_SET_UNAVAILABLE,
                target=set_id,
                outcome="failure",
                reason=code,
                origin=audit.Origin.internal(),
            )
            await tx.run(entry)
