"""What is done with files after their request: uploads are finished or removed, and each is shown to the virus scanner.

Any process does it, under a lease; one that dies in it is followed by another. Without a verdict nobody gets a file:
a scanner that is away is asked again, and a file that it never answered for has failed.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.base.clamav import Scanner, ScannerAway
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.objects import ObjectKey
from ringfence.controls.tenancy import PlatformScope, gate
from ringfence.controls.tenancy.gate import ClaimedFile
from ringfence.controls.vault import fields
from ringfence.features.edge import Kernel

from . import pieces, queries
from .holding import Holding
from .queries import Held

_AT_ONCE: Final = 4
_STAGES: Final = ("upload", "scan")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, how long one file may take, and how patient to be with a scanner, in seconds."""

    look_s: float = 2.0
    lease_s: float = 900.0
    first_pause_s: float = 5.0
    longest_pause_s: float = 300.0
    attempts: int = 12
    """About half an hour with these pauses."""

    def pause_s(self, attempt: int) -> float:
        """Twice as long after each attempt."""
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(attempt - 1, 20))


@final
class Attendant:
    """One process's work on files; `holder` is its name in the database."""

    def __init__(self, kernel: Kernel, *, holder: UUID, pace: Pace | None = None) -> None:
        self._kernel = kernel
        self._holder = holder
        self._pace = pace or Pace()
        address = kernel.file_bounds.scanner
        self._scanner = None if address is None else Scanner(address)

    async def run(self) -> None:
        """Works until cancelled; what the database refuses is raised, for the root to begin anew."""
        while True:
            if await self.attend() < _AT_ONCE:
                with suppress(TimeoutError):
                    await asyncio.sleep(self._pace.look_s)

    async def attend(self) -> int:
        """Does what is due now, a few at once; gives how many files that were."""
        claimed = await gate.claim_files(
            self._kernel.database, self._holder, seconds=self._pace.lease_s, most=_AT_ONCE, stages=_STAGES
        )
        await asyncio.gather(*(self._do(one) for one in claimed))
        return len(claimed)

    async def _do(self, claimed: ClaimedFile) -> None:
        holding = Holding.of_process(self._kernel, self._holder, claimed)
        try:
            if claimed.stage == "upload":
                await self._end_upload(holding, claimed)
            else:
                await self._scan(holding, claimed)
        except Problem as failure:
            log.warning("file_work_failed", org_id=claimed.org_id, row_id=claimed.file_id, code=failure.code)
            await self._defer(holding, claimed, failure.code)
        except ScannerAway as failure:
            log.warning("scanner_away", org_id=claimed.org_id, row_id=claimed.file_id, code=failure.code)
            await self._defer(holding, claimed, "scan_unavailable")

    async def _end_upload(self, holding: Holding, claimed: ClaimedFile) -> None:
        """Finishes one that is complete, whose request died before it said so; removes one that was given up."""
        async with holding.open() as tx:
            upload = await tx.find(queries.upload(claimed.file_id))
        if upload is not None and upload.received_bytes == upload.size_bytes:
            await pieces.finish(holding, upload)
            return
        async with holding.open() as tx:
            if await tx.fetch(queries.done(_held(claimed, self._holder))):
                await tx.run(queries.delete(claimed.file_id))

    async def _scan(self, holding: Holding, claimed: ClaimedFile) -> None:
        async with holding.open() as tx:
            row = await tx.get(queries.get(claimed.file_id))
        if row.object_id is None:
            return
        kernel, held = self._kernel, _held(claimed, self._holder)
        found = None
        # Without a scanner (the operator took it away meanwhile) there is nobody to wait for.
        if self._scanner is not None:
            sealed = kernel.objects.get(ObjectKey(holding.org_id, row.object_id))
            found = await self._scanner.find(
                kernel.vault.open_stream(holding.owner, fields.FILE_CONTENT, row.id, sealed)
            )
        if found is not None:
            await self._refuse(holding, held)
            return
        async with holding.open() as tx:
            if await tx.fetch(queries.pass_on(held)):
                await tx.run(queries.settle(row.id, status="processing"))

    async def _refuse(self, holding: Holding, held: Held) -> None:
        """The file is kept as a name with a reason; its content is doomed, and people are told."""
        async with holding.open() as tx:
            if not await tx.fetch(queries.done(held)):
                return
            await tx.run(
                queries.refuse(held.file_id, status="refused", code="malware"),
                audit.entry(
                    holding.actor,
                    audit.Action.FILE_REFUSED,
                    target=held.file_id,
                    outcome="refused",
                    reason="malware",
                    origin=holding.origin,
                    within=holding.org_id,
                    purpose=holding.purpose,
                ),
            )
        log.error("malware_found", None, org_id=holding.org_id, row_id=held.file_id)
        day = clock.now().date().isoformat()
        alert = self._kernel.outbox.alert(
            "malware",
            subject="A file with malware was refused",
            text=f"The virus scanner refused file {held.file_id} of organization {holding.org_id}. Its content is "
            "deleted; the organization's audit log has an entry. One message an organization and day.",
            dedupe=f"{holding.org_id}/{day}",
        )
        await self._kernel.database.write(PlatformScope(), alert)

    async def _defer(self, holding: Holding, claimed: ClaimedFile, code: str) -> None:
        held = _held(claimed, self._holder)
        async with holding.open() as tx:
            if claimed.attempt < self._pace.attempts:
                await tx.run(queries.later(held, seconds=self._pace.pause_s(claimed.attempt)))
            elif await tx.fetch(queries.done(held)):
                await tx.run(queries.refuse(claimed.file_id, status="failed", code=code))


def _held(claimed: ClaimedFile, holder: UUID) -> Held:
    return Held(claimed.file_id, holder, claimed.attempt, claimed.stage)
