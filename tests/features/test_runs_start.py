"""A run starts whole or not at all, and answers in its conversation's order."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import LiteralString

import pytest

from ringfence.base import ids
from ringfence.base.principal import AgentId, ConversationId
from ringfence.base.problem import Problem
from tests.running import Script, Theatre, read, shown, theatre
from tests.world import Stage


def counts(it: Theatre) -> tuple[int, ...]:
    """How many runs, messages, conversations and audit entries of runs there are."""
    with it.stage.admin() as admin:
        found = admin.execute(
            "select (select count(*) from app.run), (select count(*) from app.message), "
            "(select count(*) from app.conversation), (select count(*) from app.audit_queue where action like 'run.%')"
        ).fetchone()
    assert found is not None
    return found


async def test_a_run_answers_and_its_stream_shows_what_is_stored(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        started = await it.start(here, "repeat after me: one two three")
        events = await read(it.stream(here, started.run_id))
        assert shown(events) == "one two three"
        assert [kind for _, kind, _ in (events[0], events[-1])] == ["run.started", "run.completed"]
        run = await it.run(started.run_id)
        assert (run.status, run.output_tokens, run.cost_micros) == ("completed", 3, 0)
        assert shown(await read(it.stream(here, started.run_id))) == "one two three"


async def test_unknown_and_foreign_agents_and_conversations_are_one_404(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        bobs = await it.start(here, "hello", caller=it.caller(it.cast.bob))
        mallory = it.caller(it.cast.mallory, it.cast.thorn)
        thorns = await it.start(here, "hello", caller=mallory)
        await asyncio.gather(it.final(bobs.run_id, it.caller(it.cast.bob)), it.final(thorns.run_id, mallory))
        before = counts(it)
        for conversation in (bobs.conversation_id, thorns.conversation_id, ConversationId(ids.new())):
            with pytest.raises(Problem, match="not_found"):
                await it.start(here, "hello", conversation=conversation)
        with pytest.raises(Problem, match="not_found"):
            await it.start(here, "hello", agent=AgentId(ids.new()))
        assert counts(it) == before


@pytest.mark.promise("ACC-03", "PRV-03")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("update app.organization set generative_ai = false", "ai_disabled"),
        ("update app.organization set status = 'restricted'", "restricted"),
        ("update app.app_user set status = 'restricted'", "restricted"),
    ],
)
async def test_a_run_is_refused_where_ai_is_off_or_the_account_restricted(
    stage: Stage, tmp_path: Path, change: LiteralString, code: str
):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        with it.stage.admin() as admin:
            admin.execute(change)
        with pytest.raises(Problem, match=code):
            await it.start(here, "hello")


@pytest.mark.parametrize(("text", "code"), [("x" * 32_769, "message_too_large"), ("\u200b \n", "empty_message")])
async def test_what_nobody_can_read_is_refused(stage: Stage, tmp_path: Path, text: str, code: str):
    async with theatre(stage, tmp_path) as it:
        with pytest.raises(Problem, match=code):
            await it.start(it.process(), text)


async def test_a_conversation_is_with_one_agent(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        started = await it.start(here, "hello")
        with pytest.raises(Problem, match="other_agent"):
            await it.start(here, "hello", conversation=started.conversation_id, agent=await it.make_agent())


async def test_messages_of_one_conversation_wait_for_each_other(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go = asyncio.Event()
        model = Script(["first", go], ["second"], ["third"])
        here = it.process(model)
        first = await it.start(here, "one")
        second = await it.start(here, "two", conversation=first.conversation_id)
        third = await it.start(here, "three", conversation=first.conversation_id)
        assert [run.status for run in (first, second, third)] == ["running", "queued", "queued"]
        assert await here.executor.claim() == 0
        go.set()
        await it.final(first.run_id)
        await it.final(third.run_id, claiming=here)
        said = [[turn.text for turn in asked.messages] for asked in model.asked]
        assert said == [["one"], ["one", "first", "two"], ["one", "first", "two", "second", "three"]]
        assert (await it.kinds(second.run_id))[:2] == ["run.queued", "run.started"]


async def test_many_messages_at_once_leave_one_run_active(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, there = it.process(Script(*[["a"]] * 12)), it.process(Script(*[["a"]] * 12))
        first = await it.start(here, "zero")
        orders = [it.start((here, there)[n % 2], str(n), conversation=first.conversation_id) for n in range(9)]
        runs = [first, *await asyncio.gather(*orders)]
        for run in runs:
            await it.final(run.run_id, claiming=there)
        with it.stage.admin() as admin:
            rows = admin.execute(
                "select e.created_at, r.finished_at from app.run r join app.run_event e on e.run_id = r.id "
                "where e.kind = 'run.started' and r.conversation_id = %s order by e.created_at",
                [first.conversation_id],
            ).fetchall()
        assert len(rows) == 10
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(rows))


async def test_a_process_that_is_full_or_going_leaves_the_run_to_others(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, there = it.process(), it.process()
        here.engine.begin_drain()
        started = await it.start(here, "repeat after me: yes")
        assert started.status == "queued"
        assert (await it.final(started.run_id, claiming=there)).status == "completed"


@pytest.mark.promise("AUD-01", "AUD-03")
async def test_two_orders_of_one_commit_leave_an_audit_trail_without_content(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        started = await it.start(here, "repeat after me: planted-canary")
        await it.final(started.run_id)
        with it.stage.admin() as admin:
            rows = admin.execute(
                "select action, details::text from app.audit_queue where target_id = %s", [started.run_id]
            )
            entries = dict(rows.fetchall())
    assert set(entries) == {"run.started", "run.finished"}
    assert "canary" not in str(entries)
