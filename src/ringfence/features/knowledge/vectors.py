"""Search by meaning: sealed vectors, opened into memory for as long as they are asked for, and compared one by one.

What lies in the database says nothing without the owner's key; what lies in memory is bounded, belongs to one owner at
a time, and is dropped with the key. There is no index over vectors: it would have to be readable.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, final
from uuid import UUID

from ringfence.base import log
from ringfence.base.principal import UserId
from ringfence.controls.tenancy import Database, OrgScope
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.features.files.indexing import owner_of

from . import queries, vector_queries
from .embedding import Embedder, EmbeddingFailed
from .held import Held, HeldSegment
from .segments import BadVectors, unit, unpack

MEMORY_BYTES: Final = 512_000_000
MOST_SEGMENTS: Final = 50_000
_LOADED_AT_ONCE: Final = 256
_RANK_OFFSET: Final = 60.0


@dataclass(slots=True)
class _Shelf:
    held: Held = field(default_factory=Held)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@final
class Vectors:
    """The vectors of one process. Whoever searched last stays longest; the least lately asked make room."""

    def __init__(
        self, database: Database, vault: Vault, embedder: Embedder, *, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._database = database
        self._vault = vault
        self._embedder = embedder
        self._memory_bytes = memory_bytes
        self._shelves: OrderedDict[KeyOwner, _Shelf] = OrderedDict()

    @property
    def held_bytes(self) -> int:
        """About how much is in memory now."""
        return sum(shelf.held.size_bytes for shelf in self._shelves.values())

    def forget_all(self) -> None:
        """Drops everything: a key was destroyed, or this process may not know of one that was."""
        self._shelves.clear()

    async def near(
        self, scope: OrgScope, query: str, user_id: UserId, *, file_ids: Collection[UUID] | None, limit: int
    ) -> Sequence[queries.Hit]:
        """The chunks that mean the most alike; none where the organization wants no models, or its model is away."""
        stamps = (await self._database.read(scope, vector_queries.stamps(self._embedder.name, user_id)))[0]
        if not stamps:
            return ()
        try:
            wanted = unit((await self._embedder.query(query)).vectors[0])
        except (EmbeddingFailed, BadVectors) as failed:
            log.warning("query_not_embedded", org_id=scope.org_id, reason=str(failed))
            return ()
        near: list[queries.Hit] = []
        for row in stamps:
            held = await self._held(scope, user_id if row.is_own else None, (row.count, row.mark))
            near.extend(await asyncio.to_thread(held.near, wanted, file_ids=file_ids, limit=limit))
        return sorted(near, key=lambda hit: -hit.score)[:limit]

    async def _held(self, scope: OrgScope, user_id: UserId | None, stamp: tuple[int, int]) -> Held:
        """One owner's vectors as they stand in the database now."""
        owner = owner_of(scope.org_id, user_id)
        self._vault.blind_index(owner, fields.VECTOR_SEGMENT, "")  # Raises where the key is gone.
        shelf = self._shelves.setdefault(owner, _Shelf())
        self._shelves.move_to_end(owner)
        async with shelf.lock:
            if shelf.held.stamp != stamp:
                held = Held()
                segments = await self._loaded(scope, user_id, shelf.held.segments)
                await asyncio.to_thread(held.replace, segments, stamp)
                shelf.held = held
                self._make_room()
            return shelf.held

    async def _loaded(
        self, scope: OrgScope, user_id: UserId | None, before: Mapping[UUID, HeldSegment]
    ) -> Mapping[UUID, HeldSegment]:
        """The owner's newest segments: those that are held already, and the others read and opened, oldest first."""
        listed = vector_queries.listed(self._embedder.name, user_id, MOST_SEGMENTS)
        wanted = self._fitting((await self._database.read(scope, listed))[0])[::-1]
        missing = [segment_id for segment_id in wanted if segment_id not in before]
        opened: dict[UUID, HeldSegment] = {}
        for start in range(0, len(missing), _LOADED_AT_ONCE):
            some = vector_queries.sealed(self._embedder.name, user_id, missing[start : start + _LOADED_AT_ONCE])
            rows = (await self._database.read(scope, some))[0]
            opened |= await asyncio.to_thread(self._opened, owner_of(scope.org_id, user_id), rows)
        return {
            segment_id: segment
            for segment_id in wanted
            if (segment := before.get(segment_id) or opened.get(segment_id)) is not None
        }

    def _fitting(self, newest_first: Sequence[vector_queries.ListedRow]) -> list[UUID]:
        """As many as there is room for, once as segments and once as the matrix; the newest in any case."""
        sums = accumulate(2 * row.size_bytes for row in newest_first)
        fitting = sum(1 for total in sums if total <= self._memory_bytes)
        return [row.id for row in newest_first[: max(1, fitting)]]

    def _opened(self, owner: KeyOwner, rows: Sequence[vector_queries.SealedRow]) -> dict[UUID, HeldSegment]:
        return {
            row.id: HeldSegment(
                row.file_id, unpack(self._vault.open(owner, fields.VECTOR_SEGMENT, row.id, row.vectors))
            )
            for row in rows
        }

    def _make_room(self) -> None:
        while self.held_bytes > self._memory_bytes and len(self._shelves) > 1:
            self._shelves.popitem(last=False)


def fused(*rankings: Sequence[queries.Hit]) -> Sequence[queries.Hit]:
    """One ranking out of several whose scores do not compare: by reciprocal ranks (Cormack and others, SIGIR 2009)."""
    scores: dict[tuple[UUID, int], float] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            place = (hit.file_id, hit.seq)
            scores[place] = scores.get(place, 0.0) + 1 / (_RANK_OFFSET + rank)
    ordered = sorted(scores.items(), key=lambda item: -item[1])
    return [queries.Hit(file_id, seq, score) for (file_id, seq), score in ordered]
