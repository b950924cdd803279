"""What a client shows at the end is what is stored, whatever happened on the way; told from the journal itself."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from ringfence.base.principal import RunId
from ringfence.features.agui.agui_wire import AguiWire
from ringfence.features.agui.story import Story
from ringfence.features.agui.told import Told, told
from ringfence.features.agui.ui_wire import UiWire
from ringfence.features.agui.wire import Said
from ringfence.features.runs import journal
from tests.agui.speaking import parse
from tests.running import PATIENCE_S, Process, Script, Theatre, theatre
from tests.world import Stage

ASKED = Said("u", "user", "go")
SHOWN = [("user", "go")]


def _agui() -> AguiWire:
    return AguiWire("t", "r", {}, knows_outcomes=True)


async def _hear(it: Theatre, process: Process, run_id: RunId) -> list[dict[str, Any]]:
    story = Story(_agui(), str(run_id), [], ASKED, SHOWN)
    async with asyncio.timeout(PATIENCE_S):
        return parse(b"".join([frames async for frames in story.frames(told(it.stream(process, run_id).chunks()))]))


def _shown(events: list[dict[str, Any]]) -> list[str]:
    """The assistant's words as an AG-UI client holds them after these events."""
    messages: dict[str, str] = {}
    for event in events:
        match event["type"]:
            case "TEXT_MESSAGE_START":
                messages[event["messageId"]] = ""
            case "TEXT_MESSAGE_CONTENT":
                messages[event["messageId"]] += event["delta"]
            case "MESSAGES_SNAPSHOT":
                messages = {one["id"]: one["content"] for one in event["messages"] if one["role"] == "assistant"}
            case _:
                pass
    return [text for text in messages.values() if text]


@pytest.mark.promise("AGT-03", "AGT-04")
async def test_a_message_that_a_crash_cut_is_taken_back_and_told_anew(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal, "FLUSH_CHARS", 6)
    async with theatre(stage, tmp_path) as it:
        dying = it.process(Script([*(x for n in range(6) for x in (f"word{n} ", 0.01)), asyncio.Event()]))
        started = await it.start(dying, "go")
        hearing = asyncio.create_task(_hear(it, dying, started.run_id))
        await it.said(dying, started.run_id, "word5")
        await it.heard(dying, started.run_id)
        await it.kill(dying)
        heir = it.process(Script(["other ", "words"]))
        await it.final(started.run_id, claiming=heir)
        events = await hearing
        kinds = [event["type"] for event in events]
        assert (
            _shown(events) == ["other words"] == [text for _, text in (await it.messages(started.conversation_id))[1:]]
        )
        assert kinds[-1] == "RUN_FINISHED"
        assert "MESSAGES_SNAPSHOT" in kinds
        opened = [event["messageId"] for event in events if event["type"] == "TEXT_MESSAGE_START"]
        assert len(set(opened)) == 2
        # Who comes later reads the same: the words that were taken back, and then the others.
        assert _shown(await _hear(it, heir, started.run_id)) == ["other words"]


async def _events(*said: tuple[str, dict[str, Any]]) -> AsyncGenerator[Told | None]:
    for kind, data in said:
        yield Told(kind, data)
    yield None


async def _tell(wire: Any, *said: tuple[str, dict[str, Any]], **more: Any) -> bytes:
    story = Story(wire, "r1", [], ASKED, SHOWN, **more)
    return b"".join([frames async for frames in story.frames(_events(*said))])


DONE = ("run.completed", {"input_tokens": 1, "output_tokens": 1, "cost_micros": None})


@pytest.mark.promise("AGT-04")
@pytest.mark.parametrize("whole", ["all of it", "something else", ""])
async def test_the_stored_text_counts_whatever_came_of_it_before(whole: str):
    raw = await _tell(_agui(), ("message.delta", {"text": "all"}), ("message.completed", {"text": whole}), DONE)
    assert _shown(parse(raw)) == ([whole] if whole else [])


@pytest.mark.promise("AGT-04")
@pytest.mark.parametrize(
    ("last", "kind", "code"),
    [
        (("run.failed", {"code": "model_refused", "detail": "No."}), "RUN_ERROR", "model_refused"),
        (("run.expired", {"code": "took_too_long", "detail": "No."}), "RUN_ERROR", "took_too_long"),
        (("run.cancelled", {}), "RUN_FINISHED", None),
        (("session.ended", {}), "RUN_ERROR", "session_ended"),
        (("message.delta", {"text": "and then the process went"}), "RUN_ERROR", "stream_ended"),
    ],
)
async def test_every_end_of_a_stream_is_told(last: tuple[str, dict[str, Any]], kind: str, code: str | None):
    (*_, end) = parse(await _tell(_agui(), ("run.started", {}), last))
    assert (end["type"], end.get("code")) == (kind, code)


@pytest.mark.promise("AGT-04")
async def test_the_ui_message_stream_has_its_words_for_the_same():
    cut = ("message.delta", {"text": "all"}), ("message.restarted", {}), ("message.delta", {"text": "new"})
    raw = await _tell(UiWire("r1", {}), *cut, ("message.completed", {"text": "new"}), DONE)
    kinds = [line.split(b'"')[3].decode() for line in raw.split(b"\n\n") if line.startswith(b"data: {")]
    assert kinds == [
        *["start", "start-step", "text-start", "text-delta", "reset-step"],
        *["text-start", "text-delta", "text-end", "finish-step", "finish"],
    ]
    assert raw.endswith(b"data: [DONE]\n\n: still here\n\n")
    for last in (("run.cancelled", {}), ("run.failed", {"code": "c", "detail": "d"}), ("session.ended", {})):
        assert b"data: [DONE]\n\n" in await _tell(UiWire("r1", {}), last)
