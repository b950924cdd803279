"""Takes the text out of files in every process: claim, open, extract, cut, seal, index, and then say so in one commit.

Keeps AGT-07 (in part). A claim is a lease and counts as an attempt: what a process that died had claimed is begun anew
by any other. What it wrote appears whole or not at all. Proved in tests/features/test_files_reading.py.
"""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base import log
from ringfence.base.principal import Role
from ringfence.base.problem import Problem
from ringfence.controls.extraction import Extracted, Extractor, NoText
from ringfence.controls.keystore import Destroyed
from ringfence.controls.objects import ObjectKey, ObjectStore
from ringfence.controls.tenancy import Database, Fenced, OrgScope, gate
from ringfence.controls.tenancy.gate import ClaimedFile
from ringfence.controls.vault import Vault, fields

from . import passage_rows, passages, queries
from .indexing import Chunk, Indexer, ReadFile, owner_of

_AWAY: Final = 503


@dataclass(frozen=True, slots=True)
class ReadingPace:
    """How often to look, how much at once, and how patient to be, in seconds."""

    look_s: float = 1.0
    at_once: int = 2
    share: int = 2
    """Of one organization's files at most so many are under way in the whole deployment."""
    read_s: float = 75.0
    lease_s: float = 90.0
    """Longer than one reading may take: who still works never loses it."""
    pause_s: float = 15.0
    restricted_s: float = 60.0
    """How long a file of somebody whose data is restricted is let be, until it is looked at again."""
    attempts: int = 3


@final
class Reading:
    """One process's reading of files; `holder` is its name in the database."""

    def __init__(  # noqa: PLR0913 - its handles
        self,
        database: Database,
        vault: Vault,
        objects: ObjectStore,
        extractor: Extractor,
        *,
        holder: UUID,
        indexers: tuple[Indexer, ...] = (),
        pace: ReadingPace | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._objects = objects
        self._extractor = extractor
        self._holder = holder
        self._indexers = indexers
        self._pace = pace or ReadingPace()

    async def run(self) -> None:
        """Reads until cancelled; what the database refuses is raised, for the root to begin anew."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                free = self._pace.at_once - len(under_way)
                claimed = await self.claim(free) if free else []
                under_way |= {asyncio.ensure_future(self.read(one)) for one in claimed}
                if not under_way:
                    await asyncio.sleep(self._pace.look_s)
                    continue
                done, under_way = await asyncio.wait(
                    under_way, timeout=self._pace.look_s, return_when=asyncio.FIRST_COMPLETED
                )
                for one in done:
                    one.result()
        finally:
            for one in under_way:
                one.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def claim(self, most: int) -> list[ClaimedFile]:
        """Leases files that wait to be read, at most so many."""
        pace = self._pace
        return await gate.claim_readings(
            self._database, self._holder, seconds=pace.lease_s, most=most, share=pace.share
        )

    async def read_due(self) -> int:
        """Reads what waits now, a few at once; gives how many."""
        claimed = await self.claim(self._pace.at_once)
        await asyncio.gather(*(self.read(one) for one in claimed))
        return len(claimed)

    async def read(self, claimed: ClaimedFile) -> None:
        """Reads one that was claimed, to `ready` or `failed`, or leaves it to be tried again."""
        if claimed.attempt > self._pace.attempts:
            # Only crashes in mid-reading lead here: nobody lived to give it up.
            await self._fail(claimed, "unreadable_file")
            return
        try:
            async with asyncio.timeout(self._pace.read_s):
                await self._read(claimed)
        except Fenced:
            return
        except NoText as refusal:
            await self._fail(claimed, refusal.code)
        except Destroyed:
            await self._fail(claimed, "unreadable_file")
        except (Problem, TimeoutError) as failure:
            await self._again(claimed, failure)
        except asyncio.CancelledError:
            await asyncio.shield(self._defer(claimed, uncounted=1, seconds=0.0))
            raise

    async def _read(self, claimed: ClaimedFile) -> None:
        scope = _scope(claimed)
        found, restricted = await self._database.read(
            scope, queries.get(claimed.file_id), passage_rows.restricted(claimed.user_id)
        )
        if not found or found[0].object_id is None:
            return
        if restricted[0]:
            await self._defer(claimed, uncounted=1, seconds=self._pace.restricted_s)
            return
        row = found[0]
        owner = owner_of(claimed.org_id, row.user_id)
        await self._vault.warm(owner)
        name = self._vault.open_text(owner, fields.FILE_NAME, row.id, row.name)
        file = ReadFile(scope, row.id, row.user_id, row.purpose, name, row.media_type)
        extracted = await self._extract(file, ObjectKey(claimed.org_id, found[0].object_id))
        chunks = await asyncio.to_thread(lambda: list(passages.cut(extracted.segments)))
        await self._store(claimed, file, chunks, extracted)

    async def _extract(self, file: ReadFile, key: ObjectKey) -> Extracted:
        sealed = self._objects.get(key)
        plain = self._vault.open_stream(file.owner, fields.FILE_CONTENT, file.id, sealed)
        async with aclosing(sealed), aclosing(plain):
            return await self._extractor.extract(file.media_type, plain)

    async def _store(self, claimed: ClaimedFile, file: ReadFile, chunks: list[Chunk], extracted: Extracted) -> None:
        rows = await asyncio.to_thread(passages.rows, self._vault, file.owner, file.id, file.user_id, chunks)
        entered = [bound for indexer in self._indexers for bound in await indexer.index(file, chunks)]
        note = "cut" if extracted.is_cut else None if chunks else "no_text"
        async with self._database.org(file.scope) as tx:
            await tx.run(
                passage_rows.fence(file.id, self._holder, claimed.attempt),
                passage_rows.clear(file.id),
                *rows,
                *entered,
                passage_rows.ready(file.id, note=note, chars=sum(len(one.text) for one in chunks)),
                passage_rows.end(file.id),
            )

    async def _fail(self, claimed: ClaimedFile, code: str) -> None:
        log.warning("file_unreadable", org_id=claimed.org_id, row_id=claimed.file_id, code=code)
        with suppress(Fenced):
            await self._database.write(
                _scope(claimed),
                passage_rows.fence(claimed.file_id, self._holder, claimed.attempt),
                passage_rows.clear(claimed.file_id),
                passage_rows.fail(claimed.file_id, code),
                passage_rows.end(claimed.file_id),
            )

    async def _again(self, claimed: ClaimedFile, failure: Exception) -> None:
        """Leaves it for later; what is away counts as no attempt."""
        is_away = isinstance(failure, Problem) and failure.status == _AWAY
        if not is_away and claimed.attempt >= self._pace.attempts:
            await self._fail(claimed, "too_long" if isinstance(failure, TimeoutError) else "unreadable_file")
            return
        log.warning("file_put_off", org_id=claimed.org_id, row_id=claimed.file_id, attempt=claimed.attempt)
        await self._defer(claimed, uncounted=int(is_away), seconds=self._pace.pause_s)

    async def _defer(self, claimed: ClaimedFile, *, uncounted: int, seconds: float) -> None:
        deferred = passage_rows.defer(
            claimed.file_id, self._holder, claimed.attempt, uncounted=uncounted, seconds=seconds
        )
        await self._database.write(_scope(claimed), deferred)


def _scope(claimed: ClaimedFile) -> OrgScope:
    return OrgScope(claimed.partner_id, claimed.org_id, Role.OPERATOR)
