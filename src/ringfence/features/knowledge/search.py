"""Searches what a user may read: the organization's knowledge, and the files of the user's own messages.

Both are asked by words that only their owner's key makes, so files of another organization or user cannot even match;
row security decides once more when the chunks that were found are read. Their text alone is opened.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base.principal import UserId
from ringfence.base.problem import FieldError, Problem, unprocessable
from ringfence.controls.tenancy import Database, OrgScope
from ringfence.controls.vault import Vault, fields
from ringfence.features.files import passages
from ringfence.features.files.indexing import owner_of
from ringfence.features.files.passage_rows import PassageRow

from . import blind, queries
from .analysis import Analyser, words
from .snippets import pattern, snippet
from .vectors import Vectors, fused

QUERY_CHARS: Final = 1000
MOST: Final = 50
_MOST_WORDS: Final = 32
_CANDIDATES: Final = 100
"""How many of each ranking are joined where there are two."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query by a user, of at most 1,000 characters; `file_ids` None looks into all that the user may read."""

    query: str
    user_id: UserId
    limit: int
    file_ids: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that fits, opened; scores compare within one answer alone."""

    file_id: UUID
    seq: int
    name: str
    locator: str
    text: str
    snippet: str
    score: float


def nothing_to_search() -> Problem:
    """422: a query of stop words, signs or spaces alone."""
    detail = "The query has no word to search for: only signs, spaces or words that stand in every text."
    return unprocessable("nothing_to_search", detail, [FieldError("/query", "Name what the text should be about.")])


@final
class Search:
    """The search of one process; with `vectors` by meaning, too, where the operator named an embedding model."""

    def __init__(self, database: Database, vault: Vault, *, vectors: Vectors | None = None) -> None:
        self._database = database
        self._vault = vault
        self._vectors = vectors

    async def find(self, scope: OrgScope, asked: Asked) -> Sequence[Found]:
        """The chunks that fit best, the best first; 422 `nothing_to_search`."""
        plain = words(asked.query)
        lexemes = Analyser().asked(plain, most=_MOST_WORDS)
        if not plain or (not lexemes and self._vectors is None):
            raise nothing_to_search()
        await self._vault.warm(owner_of(scope.org_id, None), owner_of(scope.org_id, asked.user_id))
        hits = await self._hits(scope, asked, lexemes)
        return await self.opened(scope, hits, pattern(plain, lexemes)) if hits else ()

    async def _hits(self, scope: OrgScope, asked: Asked, lexemes: Sequence[str]) -> Sequence[queries.Hit]:
        if self._vectors is None:
            return await self._by_words(scope, asked, lexemes, limit=asked.limit)
        most = max(asked.limit, _CANDIDATES)
        by_words, near = await asyncio.gather(
            self._by_words(scope, asked, lexemes, limit=most),
            self._vectors.near(scope, asked.query, asked.user_id, file_ids=asked.file_ids, limit=most),
        )
        return (fused(by_words, near) if near else by_words)[: asked.limit]

    async def _by_words(
        self, scope: OrgScope, asked: Asked, lexemes: Sequence[str], *, limit: int
    ) -> Sequence[queries.Hit]:
        if not lexemes:
            return ()
        owners = (owner_of(scope.org_id, None), owner_of(scope.org_id, asked.user_id))
        tokens = [token for owner in owners for token in blind.tokens(self._vault, owner, lexemes).values()]
        wanted = queries.search(tokens, file_ids=asked.file_ids, user_id=asked.user_id, limit=limit)
        return (await self._database.read(scope, queries.hurry(), wanted))[1]

    async def opened(
        self, scope: OrgScope, hits: Sequence[queries.Hit], wanted: re.Pattern[str] | None
    ) -> Sequence[Found]:
        """The chunks in the order of the hits; what was deleted since is left out."""
        rows = (await self._database.read(scope, queries.found([(hit.file_id, hit.seq) for hit in hits])))[0]
        by_place = {(row.file_id, row.seq): row for row in rows}
        kept = [(hit, row) for hit in hits if (row := by_place.get((hit.file_id, hit.seq))) is not None]
        found: list[Found] = []
        for hit, row in kept:
            found.append(self._found(scope, hit, row, wanted))
            # The words of one long chunk take milliseconds to look through; others get their turn in between.
            await asyncio.sleep(0)
        return found

    def _found(self, scope: OrgScope, hit: queries.Hit, row: queries.FoundRow, wanted: re.Pattern[str] | None) -> Found:
        owner = owner_of(scope.org_id, row.user_id)
        name = self._vault.open_text(owner, fields.FILE_NAME, row.file_id, row.name)
        chunk = passages.opened(self._vault, owner, PassageRow(row.file_id, row.seq, row.passage))
        shown = snippet(chunk.text, wanted)
        return Found(row.file_id, row.seq, name, chunk.locator, chunk.text, shown, round(hit.score, 4))
