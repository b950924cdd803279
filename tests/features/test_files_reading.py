"""Any process takes the text out of files: whole or not at all, by turns, and again where one died."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base.principal import Role
from ringfence.base.problem import Problem
from ringfence.controls.extraction import Segment
from ringfence.controls.objects import ObjectStore, Place
from ringfence.controls.tenancy import Bound, Statement, nothing, scope_of
from ringfence.controls.vault import KeyOwner
from ringfence.features.files import passages
from ringfence.features.files.indexing import Chunk, ReadFile
from ringfence.features.files.reading import ReadingPace
from tests import paperwork
from tests.filing import Cabinet
from tests.running import Theatre, theatre
from tests.world import Stage

_LAPSE = Statement("update app.file_work set next_at = now() where file_id = $1", nothing)


@asynccontextmanager
async def cabinet(stage: Stage, data: Path) -> AsyncIterator[tuple[Theatre, Cabinet]]:
    async with theatre(stage, data) as it:
        yield it, Cabinet(it.database, it.kernel.vault, ObjectStore(Place(data / "objects")))
        with stage.admin() as admin:
            admin.execute("delete from app.file")


async def lapse(it: Theatre, file_id: UUID) -> None:
    await it.database.write(scope_of(it.caller()), _LAPSE(file_id))


@pytest.mark.promise("AGT-07")
async def test_a_file_is_read_and_then_ready_with_its_text_sealed(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        alice = it.caller()
        file_id = await files.ready(alice, "Pay\u200b soon.\n".encode() * 200)
        row, chunks = await files.row(alice, file_id), await files.chunks(alice, file_id)
        assert (row.status, row.refused_code, row.ready_at is not None) == ("ready", None, True)
        assert [chunk.seq for chunk in chunks] == list(range(1, len(chunks) + 1))
        assert {chunk.locator for chunk in chunks} == {"lines 1-200"}
        assert "\n".join(chunk.text for chunk in chunks) == "\n".join(["Pay soon."] * 200)
        with stage.admin() as admin:
            stored = admin.execute("select passage from app.file_chunk").fetchall()
            assert not any(b"Pay" in passage or b"lines" in passage for (passage,) in stored)
            assert admin.execute("select count(*) from app.file_work").fetchone() == (0,)


@pytest.mark.promise("AGT-07", "TEN-01")
async def test_a_users_file_is_the_users_and_knowledge_is_everybodys(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        alice, admin = it.caller(), it.caller(role=Role.ADMIN)
        own = await files.ready(alice, b"mine")
        shared = await files.put(admin, b"ours", is_knowledge=True)
        await files.process().read_due()
        bob, mallory = it.caller(it.cast.bob), it.caller(it.cast.mallory, it.cast.thorn)
        assert await files.chunks(bob, own, owner=KeyOwner.user(it.cast.rose, it.cast.alice)) == []
        ours = KeyOwner.organization(it.cast.rose)
        assert [chunk.text for chunk in await files.chunks(bob, shared, owner=ours)] == ["ours"]
        assert await files.chunks(mallory, shared, owner=ours) == []


@pytest.mark.promise("AGT-07")
async def test_what_cannot_be_read_fails_with_its_code_and_what_has_no_text_is_ready(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        alice, pdf = it.caller(), "application/pdf"
        locked = await files.ready(alice, paperwork.pdf("x", password="y"), media_type=pdf)
        assert ((await files.row(alice, locked)).status, (await files.row(alice, locked)).refused_code) == (
            "failed",
            "encrypted_file",
        )
        image = await files.ready(alice, paperwork.pdf(""), media_type=pdf)
        assert (await files.row(alice, image)).status == "ready"
        with stage.admin() as admin:
            noted = admin.execute("select text_note, text_chars from app.file where id = %s", [image]).fetchone()
        assert noted == ("no_text", 0)


@pytest.mark.promise("AGT-07", "AGT-03")
async def test_what_a_process_left_that_died_is_read_by_another(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        alice = it.caller()
        file_id = await files.put(alice, b"words")
        dead = files.process()
        (claimed,) = await dead.claim(1)
        assert await files.process().claim(1) == [], "the lease holds"
        await lapse(it, file_id)
        assert await files.process().read_due() == 1
        await dead.read(claimed)  # it was only asleep, and writes nothing
        assert [chunk.text for chunk in await files.chunks(alice, file_id)] == ["words"]


async def test_a_file_that_kills_who_reads_it_is_given_up(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        alice = it.caller()
        file_id = await files.put(alice, b"words")
        for _ in range(3):
            assert await files.process().claim(1)
            await lapse(it, file_id)
        await files.process().read_due()
        row = await files.row(alice, file_id)
        assert (row.status, row.refused_code) == ("failed", "unreadable_file")


class Away:
    """An index that cannot be reached for a while."""

    def __init__(self, failures: int, *, status: int = 503) -> None:
        self.left = failures
        self.status = status
        self.entered: list[str] = []

    async def index(self, file: ReadFile, chunks: Sequence[Chunk]) -> Sequence[Bound[Any]]:
        if self.left:
            self.left -= 1
            raise Problem(self.status, "away", "The index is away.")
        self.entered += [f"{file.name}: {chunk.text}" for chunk in chunks]
        return []


@pytest.mark.parametrize(("status", "becomes"), [(503, "ready"), (500, "failed")])
async def test_what_is_away_counts_as_no_attempt(stage: Stage, tmp_path: Path, status: int, becomes: str):
    async with cabinet(stage, tmp_path) as (it, files):
        alice, index = it.caller(), Away(4, status=status)
        file_id = await files.put(alice, b"words")
        process = files.process(index)
        for _ in range(5):
            await process.read_due()
            await lapse(it, file_id)
        assert (await files.row(alice, file_id)).status == becomes
        assert index.entered == (["terms.txt: words"] if becomes == "ready" else [])


@pytest.mark.promise("PRV-03")
@pytest.mark.parametrize(
    "whose", ["app.app_user set status = %s where id", "app.organization set status = %s where org_id"]
)
async def test_a_file_of_somebody_restricted_is_let_be_until_that_is_lifted(stage: Stage, tmp_path: Path, whose: str):
    async with cabinet(stage, tmp_path) as (it, files):
        alice, reading = it.caller(), files.process()
        file_id = await files.put(alice, b"words")
        which = alice.user_id if "app_user" in whose else alice.org_id
        for status, becomes in (("restricted", "processing"), ("active", "ready")):
            with stage.admin() as admin:
                admin.execute(f"update {whose} = %s".encode(), [status, which])
            await reading.read_due()
            assert (await files.row(alice, file_id)).status == becomes
            await lapse(it, file_id)


@pytest.mark.promise("TEN-05")
async def test_a_thousand_files_of_one_organization_do_not_stand_before_anothers(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        for _ in range(6):
            await files.put(it.caller(), b"x")
        late = await files.put(it.caller(it.cast.mallory, it.cast.thorn), b"y")
        first, second = await files.process().claim(2), await files.process().claim(10)
        assert late in {one.file_id for one in first}
        assert [one.org_id for one in (*first, *second)].count(it.cast.rose) == 2, "its share"


async def test_a_process_that_stops_gives_back_what_it_reads(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        file_id = await files.put(it.caller(), b"words")
        running = asyncio.create_task(files.process(pace=ReadingPace(look_s=0.01)).run())
        with stage.admin() as admin:
            while admin.execute("select from app.file_work where holder is not null").fetchone() is None:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await files.process().read_due() == 1
        assert (await files.row(it.caller(), file_id)).status == "ready"


async def test_a_running_process_reads_what_comes(stage: Stage, tmp_path: Path):
    async with cabinet(stage, tmp_path) as (it, files):
        running = asyncio.create_task(files.process(pace=ReadingPace(look_s=0.01)).run())
        file_id = await files.put(it.caller(), b"words")
        async with asyncio.timeout(60):
            while (await files.row(it.caller(), file_id)).status != "ready":  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("text", ["One. " * 900, "word " * 900, "x" * 5_000, "Paragraph.\n\n" * 400, "line\n" * 900])
def test_chunks_are_the_text_cut_at_the_best_border(text: str):
    chunks = list(passages.cut([Segment("page 1", text)]))
    assert all(len(chunk.text) <= passages.CHUNK_CHARS for chunk in chunks)
    joined = "".join(chunk.text for chunk in chunks)
    assert joined.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
    if "x" not in text:
        assert {chunk.text.rstrip(".").split()[-1] for chunk in chunks} <= {"One", "word", "Paragraph", "line"}
