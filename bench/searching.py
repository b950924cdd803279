"""Search over 50,000 passages of one organization, beside another as large: by words, by meaning too, and in clear."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import psycopg
import uvloop

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, column, order, ratio
from ringfence.base import ids
from ringfence.base.outbound import Outbound
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import OrgScope, Statement
from ringfence.controls.vault import fields
from ringfence.features.files.indexing import owner_of
from ringfence.features.knowledge import blind, queries, vector_queries
from ringfence.features.knowledge.analysis import Analyser, words
from ringfence.features.knowledge.embedding import Embedder
from ringfence.features.knowledge.search import Asked, Search, nothing_to_search
from ringfence.features.knowledge.segments import pack
from ringfence.features.knowledge.snippets import pattern
from ringfence.features.knowledge.stop_words import STOP_WORDS, Language
from ringfence.features.knowledge.vectors import Vectors
from tests.fakes import embedding_server
from tests.shelf import Shelf, enter, shelf
from tests.world import Stage, make_template, stage
from tests.world_postgres import shared_cluster

_FILES, _CHUNKS, _WORDS, _DIMENSIONS = 2_000, 25, 180, 512
_VOCABULARY, _TOPIC, _AT_ONCE = 30_000, 150, 4
_WORDS_ONLY, _BOTH, _CLEAR = "by words", "by words and meaning", "by words, stored in clear"
_METHOD = f"""\
One organization has {_FILES:,} files of {_CHUNKS} passages of {_WORDS} words (a vocabulary by Zipf, a third of it stop
words, each file with a topic of its own), another one as many words. One client asks for ten passages by five words
that stand beside each other in one of them: HTTP apart, that is analysis, keyed hashes, one statement under row
security, ten passages read, opened and cut. By meaning: {_DIMENSIONS} dimensions, all vectors compared, the query's own
asked of a model on loopback. In clear: the same statement and ranking over a copy of the table that holds the words."""
_CLEAR_TABLE = (
    (
        "create table app.clear_word (org_id uuid not null, token text not null, file_id uuid not null, "
        "part smallint not null, user_id uuid, weight smallint not null, places int[] not null)"
    ),
    "create temporary table known (token bigint primary key, lexeme text not null)",
)
_CLEAR_FILL = (
    (
        "insert into app.clear_word select w.org_id, k.lexeme, w.file_id, w.part, w.user_id, w.weight, w.places "
        "from app.file_word w join known k using (token)"
    ),
    "alter table app.clear_word add primary key (org_id, token, file_id, part) include (user_id, weight, places)",
    "call ctx.protect('app.clear_word', scope => 'org', owner => 'user_id')",
    "call ctx.share_unowned('app.clear_word')",
)
_CROWD = (
    "set session_replication_role = replica",  # Their files need no rows for this.
    "insert into app.file_word select %s, token # 4711, file_id, part, user_id, weight, places from app.file_word",
)
_SETTLE = ("vacuum analyze app.file_word", "vacuum analyze app.clear_word", "vacuum analyze app.vector_segment")
_SEARCH_CLEAR = Statement(
    queries.SEARCH.sql.replace("app.file_word", "app.clear_word").replace("bigint[]", "text[]"), queries.Hit
)

Query = Callable[[str], Awaitable[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class _Round:
    """Milliseconds, by contender."""

    half: dict[str, float]
    most: dict[str, float]


def measure(plan: Plan) -> Section:
    """The slowest of twenty searches, by each way."""
    with (
        shared_cluster() as server,
        tempfile.TemporaryDirectory() as scratch,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        make_template(server)
        with stage(server) as staged:
            rounds, size = runner.run(_measured(staged, Path(scratch), plan))
    most, half = [one.most for one in rounds], [one.half for one in rounds]
    figures = [
        Figure(f"p95 of a search {name}", column(most, name), Bound.AT_MOST, 100, "ms", digits=1)
        for name in (_WORDS_ONLY, _BOTH)
    ]
    told = [(f"p50 of a search {name}, ms", column(half, name).told(1)) for name in half[0]]
    told += [
        (f"p95 of a search {_CLEAR}, ms", column(most, _CLEAR).told(1)),
        (f"p50 {_WORDS_ONLY} / {_CLEAR}", ratio(half, _WORDS_ONLY, _CLEAR).told(2)),
        (f"p95 {_WORDS_ONLY} / {_CLEAR}", ratio(most, _WORDS_ONLY, _CLEAR).told(2)),
        ("table of words with its indexes, of one organization, MB", f"{size:,.0f}"),
    ]
    return Section("search", "Search over 50,000 passages", _METHOD, figures, told)


async def _measured(staged: Stage, data: Path, plan: Plan) -> tuple[list[_Round], float]:
    async with shelf(staged, data) as all_, _contenders(staged, all_) as (texts, contenders, size):
        asking = random.Random(7)  # noqa: S311 - the same questions in every measurement
        for query in contenders.values():  # Vectors into memory, plans and connections first.
            await _load(query, texts, asking, 0.5)
        rounds = []
        for index in range(plan.rounds):
            taken = {
                name: await _load(contenders[name], texts, asking, plan.seconds)
                for name in order(list(contenders), index)
            }
            rounds.append(
                _Round(
                    {name: float(np.percentile(each, 50)) for name, each in taken.items()},
                    {name: float(np.percentile(each, 95)) for name, each in taken.items()},
                )
            )
        return rounds, size


async def _load(query: Query, texts: Sequence[str], asking: random.Random, seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(taken) < 20:  # noqa: PLR2004 - the least of which one is the 95th hundredth
        spoken = asking.choice(texts).split()
        at = asking.randrange(len(spoken) - 5)
        began = time.perf_counter()
        try:
            await query(" ".join(spoken[at : at + 5]))
        except Problem:
            continue  # Five stop words: nothing was searched.
        taken.append((time.perf_counter() - began) * 1000)
    return taken


@asynccontextmanager
async def _contenders(staged: Stage, all_: Shelf) -> AsyncIterator[tuple[Sequence[str], dict[str, Query], float]]:
    vocabulary, write = _writer(random.Random(3))  # noqa: S311 - the same files in every measurement
    texts = await _filled(all_, write)
    with staged.admin() as admin:
        size = admin.execute("select pg_total_relation_size('app.file_word')").fetchone()
        _enter_clear(admin, all_, vocabulary)
        for statement in _CROWD:
            admin.execute(statement.encode(), (all_.cast.thorn,) if "%s" in statement else None)
        for statement in _SETTLE:
            admin.execute(statement.encode())
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(embedding_server.serve())
        model.dimensions = _DIMENSIONS
        outbound = Outbound()
        stack.push_async_callback(outbound.close)
        embedder = Embedder(outbound, "openai:bench", api_key=None, base_url=model.base_url)
        vectors = Vectors(all_.database, all_.vault, embedder)
        scope = all_.cast.as_user(all_.cast.alice, all_.cast.rose)

        def asked(query: str) -> Asked:
            return Asked(query, all_.cast.alice, 10)

        by_words = Search(all_.database, all_.vault)
        by_both = Search(all_.database, all_.vault, vectors=vectors)
        yield (
            texts,
            {
                _WORDS_ONLY: lambda query: by_words.find(scope, asked(query)),
                _BOTH: lambda query: by_both.find(scope, asked(query)),
                _CLEAR: lambda query: _in_clear(by_words, all_, scope, query),
            },
            (size[0] if size else 0) / 1e6,
        )


async def _in_clear(search: Search, all_: Shelf, scope: OrgScope, query: str) -> Sequence[object]:
    """The same search without the keyed hashes."""
    plain = words(query)
    lexemes = Analyser().asked(plain, most=32)
    if not lexemes:
        raise nothing_to_search()
    hits = (await all_.database.read(scope, _SEARCH_CLEAR(lexemes, None, all_.cast.alice, 10)))[0]
    return await search.opened(scope, hits, pattern(plain, lexemes))


def _enter_clear(admin: psycopg.Connection, all_: Shelf, vocabulary: Sequence[str]) -> None:
    """The copy of the table that holds the words themselves."""
    lexemes = Analyser().lexemes(vocabulary, Language.ENGLISH)
    known = blind.tokens(all_.vault, owner_of(all_.cast.rose, None), lexemes)
    for statement in _CLEAR_TABLE:
        admin.execute(statement.encode())
    with admin.cursor().copy(b"copy known from stdin") as rows:
        for lexeme, token in known.items():
            rows.write_row((token, lexeme))
    for statement in _CLEAR_FILL:
        admin.execute(statement.encode())


async def _filled(all_: Shelf, write: Callable[[], list[str]]) -> Sequence[str]:
    """Rose's files, entered as the product enters them, and a vector for each passage."""
    rose = all_.cast.rose
    texts: list[str] = []
    noise = np.random.default_rng(3)
    scope = all_.scope(rose)
    owner = owner_of(rose, None)
    for _ in range(0, _FILES, _AT_ONCE):
        files = [write() for _ in range(_AT_ONCE)]
        texts += [file[0] for file in files]
        entered = await asyncio.gather(
            *(enter(all_.database, all_.vault, scope, file, name="handbook.txt") for file in files)
        )
        for file_id in entered:
            packed = pack(range(1, _CHUNKS + 1), noise.standard_normal((_CHUNKS, _DIMENSIONS)).tolist())
            segment_id = ids.new()
            sealed = all_.vault.seal(owner, fields.VECTOR_SEGMENT, segment_id, packed)
            segment = vector_queries.NewSegment(segment_id, file_id, 0, None, "openai:bench", sealed)
            await all_.database.write(scope, vector_queries.enter(segment))
    return texts


def _writer(made: random.Random) -> tuple[Sequence[str], Callable[[], list[str]]]:
    """The vocabulary, and what writes the passages of one file."""
    syllables = [
        a + b
        for a in ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "br", "tr", "pl", "st"]
        for b in ["a", "e", "i", "o", "u", "an", "en", "or"]
    ]
    stops = sorted(STOP_WORDS[Language.ENGLISH] - {"a", "i"})[:60]
    rare = ["".join(made.choices(syllables, k=made.randint(2, 4))) for _ in range(_VOCABULARY)]
    vocabulary = [*stops, *rare]
    zipf = list(accumulate(1 / (rank + 2.7) for rank in range(len(vocabulary))))

    def write() -> list[str]:
        topic = made.choices(rare, k=_TOPIC)
        return [
            " ".join(
                made.choice(topic) if made.random() < 0.25 else word  # noqa: PLR2004 - a quarter is on its topic
                for word in made.choices(vocabulary, cum_weights=zipf, k=_WORDS)
            )
            for _ in range(_CHUNKS)
        ]

    return rare, write
