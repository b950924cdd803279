"""Makes the vectors of files, in every process that executes: claim, read, ask the model, enter, all that in pieces.

A claim is a lease and counts as an attempt: who dies meanwhile loses it when the lease ends, and it is done again.
No transaction is open while the model is asked, and a file that was deleted meanwhile gets no vectors.
"""

import asyncio
from array import array
from dataclasses import dataclass, field
from typing import Final, final
from uuid import UUID

from ringfence.base import ids, log
from ringfence.base.principal import Role
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Bound, Database, OrgScope, gate
from ringfence.controls.tenancy.gate import ClaimedEmbedding
from ringfence.controls.vault import Vault, fields
from ringfence.features.files import passage_rows, passages
from ringfence.features.files.indexing import owner_of

from . import segments, vector_queries
from .embedding import AT_ONCE, Embedder, EmbeddingFailed
from .indexing import PART_CHUNKS

_FILES_AT_ONCE: Final = 2
_LOOK_S: Final = 5.0
_LEASE_S: Final = 900.0
_ATTEMPTS: Final = 8
_FIRST_PAUSE_S: Final = 10.0
_LONGEST_PAUSE_S: Final = 3600.0
_EMPTY: Final = "."
"""Asked instead of nothing, which providers refuse."""


class _Lost(Exception):  # noqa: N818 - the way out of a transaction
    """Somebody else holds the file now, or it was deleted."""


_Vector = tuple[int, "array[float]"]
"""A chunk's number, and its vector."""


@dataclass(slots=True)
class _Made:
    """The vectors of a file by part, each with its chunk's number, four bytes a dimension; and what they cost."""

    parts: dict[int, list[_Vector]] = field(default_factory=dict[int, list[_Vector]])
    tokens: int = 0
    cost_micros: int = 0


@final
class EmbeddingWork:
    """One process's part of the work; `holder` is its name in the database."""

    def __init__(self, database: Database, vault: Vault, embedder: Embedder, *, holder: UUID) -> None:
        self._database = database
        self._vault = vault
        self._embedder = embedder
        self._holder = holder

    async def run(self) -> None:
        """Works until cancelled; first asks for what the model has never seen."""
        await self.want_missing()
        while True:
            if await self.embed_due() < _FILES_AT_ONCE:
                await asyncio.sleep(_LOOK_S)

    async def want_missing(self) -> int:
        """Asks for the vectors of every file that has none of this model; gives how many files."""
        return await gate.want_embeddings(self._database, self._embedder.name)

    async def embed_due(self) -> int:
        """Makes what is due now, two files at once; gives how many it tried."""
        claimed = await gate.claim_embeddings(self._database, self._holder, seconds=_LEASE_S, most=_FILES_AT_ONCE)
        await asyncio.gather(*(self._embed(one) for one in claimed))
        return len(claimed)

    async def _embed(self, claimed: ClaimedEmbedding) -> None:
        scope = OrgScope(claimed.partner_id, claimed.org_id, Role.OPERATOR)
        try:
            if claimed.attempt > _ATTEMPTS:
                await self._give_up(scope, claimed)
            elif not any((await self._database.read(scope, vector_queries.may_embed(claimed.user_id)))[0]):
                await self._later(scope, claimed, _LONGEST_PAUSE_S, counted=0)
            else:
                await self._enter(scope, claimed, await self._made(scope, claimed))
        except _Lost:
            return
        except (EmbeddingFailed, segments.BadVectors) as failed:
            log.warning("file_not_embedded", row_id=claimed.file_id, attempt=claimed.attempt, reason=str(failed))
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 3 ** (claimed.attempt - 1))
            await self._later(scope, claimed, pause_s, counted=claimed.attempt)
        except Problem as problem:
            # A key that was destroyed meanwhile, or a keystore that is away: the lease runs out, and so may the rows.
            log.warning("file_not_embedded", row_id=claimed.file_id, attempt=claimed.attempt, reason=problem.code)

    async def _made(self, scope: OrgScope, claimed: ClaimedEmbedding) -> _Made:
        """The vectors of the file, a few chunks at a time."""
        owner = owner_of(claimed.org_id, claimed.user_id)
        await self._vault.warm(owner)
        made, after = _Made(), 0
        while True:
            wanted = passage_rows.read(claimed.file_id, since=after + 1, limit=AT_ONCE)
            rows = (await self._database.read(scope, wanted))[0]
            if not rows:
                return made
            after = rows[-1].seq
            texts = [passages.opened(self._vault, owner, row).text or _EMPTY for row in rows]
            embedded = await self._embedder.texts(texts)
            made.tokens += embedded.tokens
            made.cost_micros += embedded.cost_micros
            for row, vector in zip(rows, embedded.vectors, strict=True):
                made.parts.setdefault(row.seq // PART_CHUNKS, []).append((row.seq, array("f", vector)))

    async def _enter(self, scope: OrgScope, claimed: ClaimedEmbedding, made: _Made) -> None:
        """Enters the vectors in one commit with the end of the work."""
        file_id = claimed.file_id
        entered = [await asyncio.to_thread(self._segment, claimed, number, made) for number in made.parts]
        spent = vector_queries.spent(ids.new(), claimed.user_id, tokens=made.tokens, cost_micros=made.cost_micros)
        async with self._database.org(scope) as tx:
            if not await tx.fetch(vector_queries.done(file_id, holder=self._holder, attempt=claimed.attempt)):
                raise _Lost
            await tx.run(vector_queries.forget(file_id), *entered, spent)

    def _segment(self, claimed: ClaimedEmbedding, number: int, made: _Made) -> Bound[None]:
        owner, segment_id = owner_of(claimed.org_id, claimed.user_id), ids.new()
        seqs, vectors = zip(*made.parts[number], strict=True)
        sealed = self._vault.seal(owner, fields.VECTOR_SEGMENT, segment_id, segments.pack(seqs, vectors))
        model = self._embedder.name
        return vector_queries.enter(
            vector_queries.NewSegment(segment_id, claimed.file_id, number, claimed.user_id, model, sealed)
        )

    async def _later(self, scope: OrgScope, claimed: ClaimedEmbedding, seconds: float, *, counted: int) -> None:
        later = vector_queries.later(
            claimed.file_id, holder=self._holder, attempt=claimed.attempt, seconds=seconds, counted=counted
        )
        await self._database.write(scope, later)

    async def _give_up(self, scope: OrgScope, claimed: ClaimedEmbedding) -> None:
        """Leaves the file without vectors: its words find it all the same."""
        log.error("file_not_embedded", row_id=claimed.file_id, attempt=claimed.attempt, reason="given up")
        await self._database.write(
            scope, vector_queries.done(claimed.file_id, holder=self._holder, attempt=claimed.attempt)
        )
