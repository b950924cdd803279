"""Search by meaning: sealed vectors, made outside of transactions, gone with their file and its key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from ringfence.base import ids
from ringfence.base.outbound import Outbound
from ringfence.base.problem import Problem
from ringfence.controls.keystore import KeyOwner
from ringfence.features.edge import Kernel
from ringfence.features.knowledge import EmbeddingModel, NoEmbedding, open_knowledge
from ringfence.features.knowledge.embedding import Embedder
from ringfence.features.knowledge.embedding_work import EmbeddingWork
from ringfence.features.knowledge.segments import BadVectors, pack, unit, unpack
from ringfence.features.knowledge.vectors import Vectors
from tests.fakes import embedding_server
from tests.shelf import Shelf, shelf
from tests.world import Stage

HOUSING = "The apartment has two rooms and a balcony."
DOG = "A hound may be kept where the neighbours agree."
ASKED = "flat"
"""Means what HOUSING says and shares no word with it."""


@dataclass
class Meaning:
    """A shelf whose files get vectors, from a model on this machine."""

    shelf: Shelf
    work: EmbeddingWork
    vectors: Vectors
    model: embedding_server.State
    between: list[Callable[[], Awaitable[None]]]
    """What happens while the model is waited for."""

    async def found(self, query: str = ASKED) -> list[str]:
        them = self.shelf.cast
        return [one.text for one in await self.shelf.find(them.alice, them.rose, query)]


@asynccontextmanager
async def meaning(stage: Stage, data: Path, *, memory_bytes: int = 1_000_000) -> AsyncIterator[Meaning]:
    outbound = Outbound()
    try:
        async with embedding_server.serve() as model, shelf(stage, data) as all_:
            between: list[Callable[[], Awaitable[None]]] = []

            async def at_once(_seconds: float) -> None:
                while between:
                    await between.pop()()

            embedder = Embedder(outbound, f"openai:{ids.new()}", api_key=None, base_url=model.base_url, sleep=at_once)
            all_.vectors = Vectors(all_.database, all_.vault, embedder, memory_bytes=memory_bytes)
            all_.embeds = True
            work = EmbeddingWork(all_.database, all_.vault, embedder, holder=ids.new())
            yield Meaning(all_, work, all_.vectors, model, between)
    finally:
        await outbound.close()


def count(stage: Stage, table: str, file_id: object) -> int:
    with stage.admin() as admin:
        row = admin.execute(f"select count(*) from app.{table} where file_id = %s".encode(), (file_id,)).fetchone()
    return row[0] if row else -1


@pytest.mark.promise("TEN-07", "CRY-01")
async def test_a_passage_is_found_by_what_it_means_and_by_nobody_elses_search(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        them = by.shelf.cast
        await by.shelf.put(them.rose, HOUSING, DOG)
        assert await by.found() == []
        await by.work.embed_due()
        assert await by.found() == [HOUSING, DOG], "the nearest first"
        assert await by.shelf.find(them.mallory, them.thorn, ASKED) == ()
        assert (await by.found("hound"))[0] == DOG, "words and meaning together"


@pytest.mark.promise("TEN-07")
async def test_a_users_own_vectors_are_nobody_elses(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        them = by.shelf.cast
        await by.shelf.put(them.rose, HOUSING, user=them.alice)
        await by.work.embed_due()
        assert await by.found() == [HOUSING]
        assert await by.shelf.find(them.bob, them.rose, ASKED) == ()


@pytest.mark.promise("TEN-07")
async def test_a_deleted_files_vectors_are_gone_from_disk_and_memory(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        gone = await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.shelf.put(by.shelf.cast.rose, DOG)
        await by.work.embed_due()
        assert await by.found() == [HOUSING, DOG]
        before = by.vectors.held_bytes
        assert count(stage, "vector_segment", gone) == 1
        await by.shelf.delete(by.shelf.cast.rose, gone)
        assert count(stage, "vector_segment", gone) == 0
        assert await by.found() == [DOG]
        assert by.vectors.held_bytes == before // 2


@pytest.mark.promise("CRY-02", "CRY-03")
async def test_vectors_leave_memory_with_their_key(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.work.embed_due()
        assert await by.found() == [HOUSING]
        by.shelf.keystore.destroy(KeyOwner.organization(by.shelf.cast.rose))
        by.vectors.forget_all()
        assert by.vectors.held_bytes == 0
        with pytest.raises(Problem) as refused:
            await by.found("...the")
        assert refused.value.code == "not_found"


async def test_memory_is_bounded_and_the_least_lately_asked_makes_room(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path, memory_bytes=200) as by:
        them = by.shelf.cast
        await by.shelf.put(them.rose, HOUSING)
        await by.shelf.put(them.thorn, HOUSING)
        await by.work.embed_due()
        assert await by.found() == [HOUSING]
        one = by.vectors.held_bytes
        assert len(await by.shelf.find(them.mallory, them.thorn, ASKED)) == 1
        assert by.vectors.held_bytes == one


async def test_one_owner_alone_fills_no_more_memory_than_there_is(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path, memory_bytes=200) as by:
        them = by.shelf.cast
        for text in (DOG, HOUSING):
            await by.shelf.put(them.rose, text)
        await by.work.embed_due()
        assert await by.found() == [HOUSING], "the newest files are the ones that are searched by meaning"
        assert 0 < by.vectors.held_bytes <= 200


@pytest.mark.parametrize("fails", [[429], [500, 503], [408]])
async def test_a_model_that_is_away_for_a_moment_is_asked_again(stage: Stage, tmp_path: Path, fails: list[int]):
    async with meaning(stage, tmp_path) as by:
        await by.shelf.put(by.shelf.cast.rose, HOUSING)
        by.model.fails = list(fails)
        await by.work.embed_due()
        assert len(by.model.bodies) == len(fails) + 1
        assert await by.found() == [HOUSING]


@pytest.mark.parametrize("garbage", [b"<html>", b'{"data": []}', b'{"data": [{"index": 0, "embedding": []}]}'])
async def test_a_model_that_answers_nonsense_leaves_the_file_found_by_words(
    stage: Stage, tmp_path: Path, garbage: bytes
):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, HOUSING)
        by.model.garbage = garbage
        await by.work.embed_due()
        assert count(stage, "vector_segment", file_id) == 0
        assert count(stage, "embedding_work", file_id) == 1, "it is tried again later"
        assert await by.found("balcony") == [HOUSING]
        asked = len(by.model.bodies)
        await by.work.embed_due()
        assert len(by.model.bodies) == asked, "not at once"


async def test_a_query_that_cannot_be_embedded_is_answered_by_words(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.work.embed_due()
        by.model.fails = [500, 401]
        assert await by.found("balcony") == [HOUSING]
        assert await by.found() == []


@pytest.mark.promise("AGT-01")
async def test_an_organization_without_generative_ai_sends_no_word_to_a_model(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.work.embed_due()
        asked = len(by.model.bodies)
        with stage.admin() as admin:
            admin.execute("update app.organization set generative_ai = false where org_id = %s", (by.shelf.cast.rose,))
        file_id = await by.shelf.put(by.shelf.cast.rose, DOG)
        await by.work.embed_due()
        assert await by.found("hound") == [DOG]
        assert len(by.model.bodies) == asked
        assert count(stage, "embedding_work", file_id) == 1


@pytest.mark.promise("PRV-03")
async def test_of_what_a_restricted_user_has_no_word_is_sent_to_a_model(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, DOG, user=by.shelf.cast.alice)
        with stage.admin() as admin:
            admin.execute("update app.app_user set status = 'restricted' where id = %s", (by.shelf.cast.alice,))
        await by.work.embed_due()
        assert by.model.bodies == []
        assert count(stage, "embedding_work", file_id) == 1, "for when that is lifted"


@pytest.mark.promise("TEN-07")
async def test_a_file_that_is_deleted_while_its_vectors_are_made_gets_none(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, HOUSING)
        by.model.fails = [500]
        by.between.append(lambda: by.shelf.delete(by.shelf.cast.rose, file_id))
        await by.work.embed_due()
        assert by.between == []
        assert count(stage, "vector_segment", file_id) == 0


async def test_who_lost_a_file_to_another_process_enters_nothing(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, HOUSING)

        async def taken_over() -> None:
            with stage.admin() as admin:
                admin.execute(
                    "update app.embedding_work set attempts = attempts + 1, holder = %s where file_id = %s",
                    (ids.new(), file_id),
                )

        by.model.fails = [500]
        by.between.append(taken_over)
        await by.work.embed_due()
        assert count(stage, "vector_segment", file_id) == 0
        assert count(stage, "embedding_work", file_id) == 1


async def test_after_eight_attempts_a_file_is_left_to_its_words(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, HOUSING)
        with stage.admin() as admin:
            admin.execute("update app.embedding_work set attempts = 8 where file_id = %s", (file_id,))
        await by.work.embed_due()
        assert by.model.bodies == []
        assert count(stage, "embedding_work", file_id) == 0
        assert await by.found("balcony") == [HOUSING]


def test_search_by_meaning_that_cannot_be_had_refuses_the_start(monkeypatch: pytest.MonkeyPatch):
    """It never comes to opening anything: no handle is touched before."""
    kernel, outbound, holder = cast("Kernel", None), Outbound(), ids.new()
    with pytest.raises(NoEmbedding, match="OPENAI_API_KEY or OPENAI_BASE_URL"):
        open_knowledge(kernel, outbound, EmbeddingModel("openai:x", None, None), holder=holder)
    monkeypatch.setattr("ringfence.features.knowledge.opening.find_spec", lambda _name: None)
    with pytest.raises(NoEmbedding, match=r"ringfence\[vectors\]"):
        open_knowledge(kernel, outbound, EmbeddingModel("openai:x", None, "http://127.0.0.1:1"), holder=holder)


async def test_what_vectors_cost_is_counted_where_there_is_a_limit(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        with stage.admin() as admin:
            admin.execute("update app.organization set spend_tokens = 5 where org_id = %s", (by.shelf.cast.rose,))
        await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.work.embed_due()
        with stage.admin() as admin:
            spent = admin.execute("select tokens from app.spending where org_id = %s", (by.shelf.cast.rose,)).fetchall()
        assert spent == [(len(HOUSING.split()),)]
        late = await by.shelf.put(by.shelf.cast.rose, DOG)
        asked = len(by.model.bodies)
        await by.work.embed_due()
        assert len(by.model.bodies) == asked, "nothing is left to spend"
        assert count(stage, "embedding_work", late) == 1


async def test_a_file_of_many_chunks_is_embedded_in_batches_and_sealed_in_parts(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, *(f"Passage {number}." for number in range(600)), HOUSING)
        await by.work.embed_due()
        assert max(len(body["input"]) for body in by.model.bodies) == 64
        assert count(stage, "vector_segment", file_id) == 2
        assert (await by.found())[0] == HOUSING


async def test_another_model_means_that_vectors_are_made_anew(stage: Stage, tmp_path: Path):
    async with meaning(stage, tmp_path) as by:
        file_id = await by.shelf.put(by.shelf.cast.rose, HOUSING)
        await by.work.embed_due()
        with stage.admin() as admin:
            admin.execute("update app.vector_segment set model = 'openai:before' where file_id = %s", (file_id,))
        assert await by.found() == []
        assert await by.work.want_missing() >= 1
        while await by.work.embed_due():
            pass
        assert await by.found() == [HOUSING]


def test_a_segment_keeps_directions_within_a_hundredth():
    vectors = [embedding_server.vector(f"text {number}", 384) for number in range(5)]
    opened = unpack(pack([1, 2, 3, 4, 5], vectors))
    assert opened.seqs.tolist() == [1, 2, 3, 4, 5]
    for at, vector in enumerate(vectors):
        cosine = float(opened.values[at] * opened.scales[at] @ unit(vector))
        assert abs(cosine - 1) < 0.01


@pytest.mark.parametrize("bad", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [], [1.0] * 4097])
def test_what_is_no_direction_is_refused(bad: list[float]):
    with pytest.raises(BadVectors):
        pack([1], [bad])
