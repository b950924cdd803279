"""A stream may be cut anywhere: what a reader shows at the end is exactly what is stored."""

import asyncio
from pathlib import Path

import pytest

from ringfence.base.problem import Problem
from ringfence.controls.vault import Tampered
from ringfence.features.runs import journal
from ringfence.features.runs.events import START, Position, parse_last_event_id
from ringfence.features.runs.response import begun
from tests.running import Script, frames, read, shown, theatre, until
from tests.world import Stage

WAITING = """select 1 from pg_stat_activity where datname = current_database() and usename = 'ringfence_app'
and wait_event_type = 'Lock'"""

SAID = "the quick brown fóx jumps ", "over the ", "lazy 🐕", " and", " away it ran"


def position(event: tuple[str, str, object]) -> Position:
    return parse_last_event_id(event[0])


@pytest.mark.promise("AGT-04")
async def test_a_stream_goes_on_from_any_event_of_the_stored_run(stage: Stage, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(journal, "FLUSH_CHARS", 8)
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script([piece for text in SAID for piece in (text, 0.005)]))
        started = await it.start(here, "go")
        live = await read(it.stream(here, started.run_id))
        stored = "".join(SAID)
        assert shown(live) == stored
        assert sum(1 for _, kind, _ in live if kind == "message.delta") == len(SAID)
        for cut in range(len(live) + 1):
            head = live[:cut]
            at = position(head[-1]) if head else START
            assert shown([*head, *await read(it.stream(here, started.run_id, at))]) == stored


async def test_a_stream_goes_on_from_within_any_row(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["one whole row with a 🦊 in it"]))
        started = await it.start(here, "go")
        live = await read(it.stream(here, started.run_id))
        text, seq = live[1][2]["text"], position(live[1]).seq
        for chars in range(1, len(text) + 1):
            rest = await read(it.stream(here, started.run_id, Position(seq, chars)))
            assert text[:chars] + "".join(data["text"] for _, kind, data in rest if kind == "message.delta") == text


async def test_a_second_reader_joins_the_live_run_from_any_position(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        here = it.process(Script(["abc", "def", go, "ghi"]))
        started = await it.start(here, "go")
        await it.said(here, started.run_id, "abcdef")
        readers = [it.stream(here, started.run_id, Position(2, chars)) for chars in range(1, 7)]
        tasks = [asyncio.create_task(read(reader)) for reader in readers]
        await asyncio.sleep(0.02)
        go.set()
        for chars, task in enumerate(tasks, 1):
            deltas = "".join(data["text"] for _, kind, data in await task if kind == "message.delta")
            assert "abcdefghi"[:chars] + deltas == "abcdefghi"


@pytest.mark.promise("AGT-04")
async def test_a_reader_on_another_process_sees_the_same(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, there = it.process(Script(["one ", 0.4, "two ", 0.4, "three"])), it.process()
        started = await it.start(here, "go")
        near, far = await asyncio.gather(read(it.stream(here, started.run_id)), read(it.stream(there, started.run_id)))
        assert shown(near) == shown(far) == "one two three"
        assert near[-1] == far[-1]


@pytest.mark.parametrize("pauses", [[], [0.4]])
async def test_a_crash_in_mid_message_makes_the_reader_begin_it_anew(stage: Stage, tmp_path: Path, pauses: list[float]):
    """Whether or not something of the cut message was stored before the crash."""
    async with theatre(stage, tmp_path) as it:
        never = asyncio.Event()
        dying = it.process(Script(["What the first ", *pauses, "said", never]))
        started = await it.start(dying, "go")
        reader = it.stream(dying, started.run_id)
        seen = b""
        async for chunk in reader.chunks():
            seen += chunk
            if b"said" in chunk:
                break
        await it.kill(dying)
        heir = it.process(Script(["What the heir said"]))
        await it.final(started.run_id, claiming=heir)
        rest = await read(it.stream(heir, started.run_id, reader.position))
        assert rest[0][1] == "message.restarted"
        assert shown([*frames(seen), *rest]) == "What the heir said"
        assert shown(await read(it.stream(heir, started.run_id))) == "What the heir said"


async def test_a_reader_that_stays_while_the_run_moves_gets_the_restart(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        never = asyncio.Event()
        first = it.process(Script(["What the first ", 0.4, "said", never]))
        heir = it.process(Script(["What ", 0.1, "the heir said"]))
        started = await it.start(first, "go")
        staying = asyncio.create_task(read(it.stream(first, started.run_id)))
        await it.said(first, started.run_id, "What the first said")
        it.lapse(first)
        assert await heir.executor.claim() == 1
        await first.executor.beat()
        assert shown(await staying) == "What the heir said"


async def test_a_session_that_is_over_ends_its_stream(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go, stands = asyncio.Event(), [True, False]
        here = it.process(Script(["a", go]))
        started = await it.start(here, "go")
        stream = it.stream(here, started.run_id)
        stream.is_valid = lambda: stands.pop(0)
        events = await read(stream)
        assert events[-1][1] == "session.ended"
        assert events[-1][0] == events[-2][0]
        go.set()
        assert (await it.final(started.run_id)).status == "completed"


async def test_a_reader_whose_stream_does_not_open_gives_its_place_back(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, elsewhere = it.process(Script(["Hello."])), it.process()
        run_id = (await it.start(here, "go")).run_id
        await it.final(run_id)
        with stage.admin() as admin:
            admin.execute("update app.run_event set payload = '\\x00' where run_id = %s", [run_id])
        left = list[str]()
        stream = it.stream(elsewhere, run_id)
        with pytest.raises(Tampered):
            await begun(stream, stream.chunks(), lambda: left.append("left"))
        assert left == ["left"]


async def test_a_reader_that_hangs_up_stops_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        here = it.process(Script(["a", go, "b"]))
        started = await it.start(here, "go")
        chunks = it.stream(here, started.run_id).chunks()
        await anext(chunks)
        await chunks.aclose()
        go.set()
        assert (await it.final(started.run_id)).status == "completed"


async def test_text_waits_for_the_row_before_it(stage: Stage, tmp_path: Path):
    """A reader must not see text of row 3 while row 2 may still be lost."""
    async with theatre(stage, tmp_path) as it:
        go, more, rest = asyncio.Event(), asyncio.Event(), asyncio.Event()
        here = it.process(Script([go, "row two", more, "row three", rest]))
        started = await it.start(here, "go")
        with it.stage.admin() as admin, it.stage.admin() as looking:
            admin.execute("begin")
            admin.execute("select from app.run_lease where run_id = %s for update", [started.run_id])
            go.set()
            await until(lambda: looking.execute(WAITING).fetchone())
            more.set()
            await until(lambda: rest._waiters)
            live = here.engine.live.find(it.cast.rose, started.run_id)
            assert live is not None
            assert [(entry.seq, entry.text) for entry in live.entries[1:]] == [(2, "row two")]
            admin.execute("commit")
        await it.said(here, started.run_id, "row three")
        assert [(entry.seq, entry.text) for entry in live.entries[1:]] == [(2, "row two"), (3, "row three")]


@pytest.mark.parametrize("text", ["1", "1:2:3", "a:b", "-1:0", "1:0 ", "99999999999:0", "\uff11:0"])
def test_an_id_that_no_event_carried_is_refused(text: str):
    with pytest.raises(Problem, match="invalid_last_event_id"):
        parse_last_event_id(text)
