"""The statements of the index: one function, one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ringfence.base.principal import UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, and how well it fits."""

    file_id: UUID
    seq: int
    score: float


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A chunk with its file's name, both sealed under the file's owner."""

    file_id: UUID
    seq: int
    user_id: UserId | None
    name: bytes
    passage: bytes


_FORGET = Statement("delete from app.file_index where file_id = $1", nothing)
_ENTER_FILE = Statement(
    "insert into app.file_index (file_id, user_id, language, chunks) values ($1, $2, $3, $4)", nothing
)
_ENTER_WORDS = Statement(
    "insert into app.file_word (token, file_id, part, user_id, weight, places) "
    "select token, $1, $3, $2, max(place & 15), array_agg(place) "
    "from unnest($4::bigint[], $5::int[]) as entered (token, place) group by token",
    nothing,
)
_WANT_VECTORS = Statement("insert into app.embedding_work (file_id) values ($1) on conflict do nothing", nothing)
# BM25 over places whose weights were made when they were entered. What a file can hold at most is told by its words'
# greatest weights: only the places of the files that could hold the best are looked at one by one.
SEARCH = Statement(
    "with found as materialized ("
    " select token, file_id, weight, places from app.file_word"
    " where token = any($1::bigint[]) and ($2::uuid[] is null or file_id = any($2::uuid[]))"
    "), size as ("
    " select coalesce(sum(chunks), 0)::float8 as chunks from app.file_index where user_id is null or user_id = $3"
    "), rare as materialized ("
    " select token, ln(1 + (greatest(size.chunks - counted.chunks, 0) + 0.5) / (counted.chunks + 0.5)) as rarity"
    " from (select token, sum(cardinality(places))::float8 as chunks from found group by token) as counted"
    " cross join size"
    "), near as ("
    " select file_id from found join rare using (token)"
    " group by file_id order by sum(rarity * weight) desc, file_id limit 400"
    ") "
    "select file_id, place >> 4 as seq, sum(rarity * (place & 15)) as score"
    " from (select file_id, rarity, unnest(places) as place from found join rare using (token)"
    " where file_id in (select file_id from near)) as spread"
    " group by file_id, place >> 4 order by score desc, file_id, seq limit $4",
    Hit,
)
# Common words in thousands of files of one's own would hold a connection for as long as any statement may take.
_HURRY = Statement("select set_config('statement_timeout', '3s', true)", scalar)
_FOUND = Statement(
    "select c.file_id, c.seq, f.user_id, f.name, c.passage"
    " from unnest($1::uuid[], $2::int[]) as wanted (file_id, seq)"
    " join app.file_chunk c on c.file_id = wanted.file_id and c.seq = wanted.seq"
    " join app.file f on f.id = c.file_id where f.status = 'ready'",
    FoundRow,
)


def forget(file_id: UUID) -> Bound[None]:
    """Takes a file out of the index, with its words and vectors."""
    return _FORGET(file_id)


def enter_file(file_id: UUID, user_id: UserId | None, *, language: str, chunks: int) -> Bound[None]:
    """Enters a file, still without words."""
    return _ENTER_FILE(file_id, user_id, language, chunks)


def enter_words(
    file_id: UUID, user_id: UserId | None, *, part: int, tokens: list[int], places: list[int]
) -> Bound[None]:
    """Enters the words of one part of a file: tokens and places side by side, the places of a token in their order."""
    return _ENTER_WORDS(file_id, user_id, part, tokens, places)


def want_vectors(file_id: UUID) -> Bound[None]:
    """Asks for the vectors of a file, once this is committed."""
    return _WANT_VECTORS(file_id)


def search(tokens: Sequence[int], *, file_ids: Sequence[UUID] | None, user_id: UserId, limit: int) -> Bound[Hit]:
    """The chunks that fit best, the best first; in some files, or in all that the scope can see."""
    return SEARCH(list(tokens), None if file_ids is None else list(file_ids), user_id, limit)


def hurry() -> Bound[str]:
    """Ends what follows in its transaction after three seconds, thirty times what a search may take."""
    return _HURRY()


def found(places: Sequence[tuple[UUID, int]]) -> Bound[FoundRow]:
    """The chunks at these places with their files' names, as far as the scope can see them now; in no order."""
    return _FOUND([file_id for file_id, _ in places], [seq for _, seq in places])
