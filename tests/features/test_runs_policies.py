"""What a second message does while the first is answered, and how many answers an organization may have at once."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest

from ringfence.base import ids
from ringfence.base.principal import RunId
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import gate
from ringfence.features.runs import Share
from ringfence.features.runs.actions import Started
from tests.approving import CALL, Till, decide, process, question, status
from tests.running import PATIENCE_S, Script, Theatre, read, shown, theatre
from tests.world import Stage

CROWD = 50


async def crowd(
    it: Theatre, here: Any, first: Started, agent: Any, number: int = CROWD
) -> tuple[list[Started], list[str]]:
    """As many messages at once into one conversation: those that were taken, and the codes of the others."""
    asked = (
        it.start(here, f"repeat after me: {n}", conversation=first.conversation_id, agent=agent) for n in range(number)
    )
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer.code for answer in answers if isinstance(answer, Problem)]
    taken = [answer for answer in answers if isinstance(answer, Started)]
    assert len(refused) + len(taken) == number, answers
    return taken, refused


def audited(it: Theatre, action: str, target: object) -> list[dict[str, Any]]:
    with it.stage.admin() as admin:
        rows = admin.execute(
            "select details from app.audit_queue where action = %s and target_id = %s", [action, str(target)]
        ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("most", [256, 0], ids=["a process that executes", "one that leaves it to others"])
async def test_of_fifty_messages_at_once_an_agent_that_rejects_takes_one(stage: Stage, tmp_path: Path, most: int):
    async with theatre(stage, tmp_path) as it:
        agent = await it.make_agent(policy={"concurrent_messages": "reject"})
        go = asyncio.Event()
        here = it.process(Script(["one"], [go, "two"], ["three"]), most=most)
        worker = it.process(cast("Any", here.engine.executor._story).models)
        first = await it.start(here, "hello", agent=agent)
        await it.final(first.run_id, claiming=worker)
        taken, refused = await crowd(it, here, first, agent)
        assert (len(taken), Counter(refused)) == (1, Counter({"conversation_busy_run": CROWD - 1}))
        assert it.count("run", "conversation_id", first.conversation_id) == 2
        go.set()
        assert (await it.final(taken[0].run_id, claiming=worker)).status == "completed"
        after = await it.start(here, "again", conversation=first.conversation_id, agent=agent)
        assert (await it.final(after.run_id, claiming=worker)).status == "completed"


async def test_of_many_messages_at_once_an_agent_that_queues_answers_each_in_turn(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process()
        first = await it.start(here, "repeat after me: first")
        taken, refused = await crowd(it, here, first, None, 8)
        assert (len(taken), refused) == (8, [])
        for run in sorted(taken, key=lambda one: one.run_id):
            assert (await it.final(run.run_id, claiming=here)).status == "completed"


async def test_an_interrupted_answer_keeps_its_words_and_the_new_message_is_answered(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        agent = await it.make_agent(policy={"concurrent_messages": "interrupt"})
        here = it.process(Script(["Once upon a time", asyncio.Event()], ["Done."]))
        first = await it.start(here, "tell", agent=agent)
        reading = asyncio.create_task(read(it.stream(here, first.run_id)))
        await it.said(here, first.run_id, "Once upon a time")
        second = await it.start(here, "stop that", conversation=first.conversation_id, agent=agent)
        assert second.status == "queued"
        events = await reading
        assert shown(events) == "Once upon a time"
        assert events[-1][1:] == ("run.cancelled", {"reason": "interrupted"})
        assert (await it.final(second.run_id, claiming=here)).status == "completed"
        assert audited(it, "run.finished", first.run_id)[0]["interrupted_by"] == str(second.run_id)
        said = [("user", "tell"), ("assistant", "Once upon a time"), ("user", "stop that"), ("assistant", "Done.")]
        assert sorted(await it.messages(first.conversation_id)) == sorted(said)


async def test_an_answer_that_another_process_gives_is_interrupted_by_its_heartbeat(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        agent = await it.make_agent(policy={"concurrent_messages": "interrupt"})
        here, there = it.process(Script(["Done."])), it.process(Script(["Once", asyncio.Event()]))
        first = await it.start(there, "tell", agent=agent)
        await it.said(there, first.run_id, "Once")
        second = await it.start(here, "stop that", conversation=first.conversation_id, agent=agent)
        await there.executor.beat()
        assert (await it.final(first.run_id)).status == "cancelled"
        assert (await it.stored(first.run_id))[-1].data == b'{"reason":"interrupted"}'
        assert (await it.final(second.run_id, claiming=here)).status == "completed"


async def test_of_fifty_messages_at_once_an_agent_that_interrupts_answers_the_last(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        agent = await it.make_agent(policy={"concurrent_messages": "interrupt"})
        here = it.process()
        first = await it.start(here, "tell me a long story", agent=agent)
        taken, refused = await crowd(it, here, first, agent)
        assert (len(taken), refused) == (CROWD, [])
        ends = {}
        for run in sorted(taken, key=lambda one: one.run_id):
            ends[run.run_id] = await it.final(run.run_id, claiming=here)
        assert Counter(row.status for row in ends.values()) == Counter(cancelled=CROWD - 1, completed=1)
        assert all((row.interrupted_by is None) == (row.status == "completed") for row in ends.values())


async def test_a_deletion_and_an_interruption_take_their_locks_in_one_order(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = it.process(Script(["Once", asyncio.Event()]))
        first = await it.start(here, "tell")
        with stage.admin() as interrupting, interrupting.transaction():
            held = [first.conversation_id]
            interrupting.execute("select from app.conversation where id = %s for no key update", held)
            deleting = asyncio.create_task(it.delete(first.conversation_id))
            await asyncio.sleep(0.3)
            assert not deleting.done()
            run = [first.run_id]
            interrupting.execute("select from app.run_lease where run_id = %s for no key update nowait", run)
        await asyncio.wait_for(deleting, PATIENCE_S)
        assert it.count("run", "id", first.run_id) == 0


@pytest.mark.promise("AIS-04")
async def test_a_run_that_waits_for_a_yes_is_interrupted_and_its_question_is_closed(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        agent, till = await it.make_agent(policy={"concurrent_messages": "interrupt"}), Till()
        here = process(it, till, [CALL], ["Done."])
        first = await it.start(here, "refund", agent=agent)
        assert (await it.final(first.run_id)).status == "waiting"
        asked = await question(it, first.run_id)
        second = await it.start(here, "no, wait", conversation=first.conversation_id, agent=agent)
        assert (await it.final(second.run_id, claiming=here)).status == "completed"
        assert (await it.run(first.run_id)).status == "cancelled"
        assert (await status(it, asked), till.calls) == ("cancelled", [])
        assert len(audited(it, "approval.cancelled", asked["approval_id"])) == 1
        with pytest.raises(Problem, match="already_decided"):
            await decide(it, here, asked)


@pytest.mark.promise("AIS-04", "AUD-01")
@pytest.mark.parametrize("decision", ["stop", None], ids=["by a no that stops", "by a cancel"])
async def test_the_end_of_a_waiting_run_tells_what_became_of_its_question(
    stage: Stage, tmp_path: Path, decision: str | None
):
    async with theatre(stage, tmp_path) as it:
        here = process(it, Till(), [CALL])
        run = await it.start(here, "refund")
        await it.final(run.run_id)
        asked = await question(it, run.run_id)
        if decision:
            await decide(it, here, asked, decision)
        else:
            await it.cancel(here, run.run_id)
        assert (await it.final(run.run_id, claiming=here)).status == "cancelled"
        kinds = await it.kinds(run.run_id)
        assert [kind for kind in kinds if kind in {"approval.decided", "run.cancelled"}] == (
            ["approval.decided", "run.cancelled"] if decision else ["run.cancelled"]
        )
        assert len(audited(it, "approval.cancelled", asked["approval_id"])) == (0 if decision else 1)


@pytest.mark.promise("AIS-04")
async def test_a_retired_agents_call_is_not_made_after_a_yes(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["Done."])
        run = await it.start(here, "refund")
        await it.final(run.run_id)
        with stage.admin() as admin:
            admin.execute("update app.agent set status = 'retired' where id = %s", [it.agent])
        asked = await question(it, run.run_id)
        await decide(it, here, asked)
        row = await it.final(run.run_id, claiming=here)
        assert (row.status, row.failure_code, till.calls) == ("failed", "agent_retired", [])
        assert await status(it, asked) == "cancelled"


@pytest.mark.promise("AIS-04", "INC-01")
async def test_who_forges_an_approval_raises_an_alert_in_the_same_commit(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = process(it, Till(), [CALL])
        run = await it.start(here, "refund")
        await it.final(run.run_id)
        asked = await question(it, run.run_id)
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute("update app.approval set status = 'spent' where id = %s", [asked["approval_id"]])
            admin.execute("update app.run_lease set until = '-infinity' where run_id = %s", [run.run_id])
        assert (await it.final(run.run_id, claiming=here)).status != "completed"
        async with asyncio.timeout(PATIENCE_S):
            while (await it.run(run.run_id)).failure_code != "approval_invalid":
                await here.executor.claim()
                await asyncio.sleep(0.02)
        assert it.count("delivery", "kind", "approval_invalid") == 1


async def test_an_organizations_runs_beyond_its_share_wait_and_then_go_on(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        go, share = asyncio.Event(), Share(executed=2, waiting=3)
        here = it.process(Script(*([go, "done"] for _ in range(9))), share=share)
        runs = [await it.start(here, "hello") for _ in range(5)]
        assert Counter(run.status.value for run in runs) == Counter(running=2, queued=3)
        with pytest.raises(Problem) as refused:
            await it.start(here, "hello")
        assert (refused.value.status, refused.value.code) == (429, "too_many_runs")
        assert refused.value.headers["Retry-After"]
        mallory = it.caller(it.cast.mallory, it.cast.thorn)
        thorns = await it.start(here, "hello", caller=mallory)
        assert thorns.status == "running", "another organization has a share of its own"
        assert await it.process(share=share).executor.claim() == 0
        go.set()
        for run in runs:
            assert (await it.final(run.run_id, claiming=here)).status == "completed"
        await it.final(thorns.run_id, mallory)


async def test_organizations_take_turns_whatever_one_of_them_has_queued(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, mallory = it.process(most=0), it.caller(it.cast.mallory, it.cast.thorn)
        roses = {(await it.start(here, "hello")).run_id for _ in range(12)}
        thorns = {(await it.start(here, "hello", caller=mallory)).run_id for _ in range(2)}

        async def claim(most: int, share: int) -> set[RunId]:
            return {
                one.run_id for one in await gate.claim_runs(it.database, ids.new(), seconds=60, most=most, share=share)
            }

        first = await claim(2, 99)
        assert (len(first & roses), len(first & thorns)) == (1, 1), "a turn each, though twelve came before"
        second = await claim(99, 4)
        assert (len(second & roses), len(second & thorns)) == (3, 1), "up to the share, the first turn's included"
        assert await claim(99, 4) == set()
        assert min(roses) in first, "the oldest of an organization goes first"


async def test_what_a_crash_cut_goes_on_though_the_share_is_full(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        share = Share(executed=1)
        dying = it.process(Script(["Once", asyncio.Event()]), share=share)
        cut = await it.start(dying, "tell")
        waiting = await it.start(dying, "tell")
        await it.kill(dying)
        here = it.process(Script(["a"], ["b"]), share=share)
        assert await here.executor.claim() == 1
        assert (await it.final(cut.run_id, claiming=here)).status == "completed"
        assert (await it.final(waiting.run_id, claiming=here)).status == "completed"


def test_a_policy_is_what_an_agents_version_says(served: Any):
    northwind = served.northwind
    body = {"name": "Strict", "instructions": "Be brief.", "model": "scripted:demo"}
    made = northwind.call("POST", "/agents", {**body, "policy": {"concurrent_messages": "reject"}})
    assert (made.status, made.json["policy"]) == (201, {"concurrent_messages": "reject"})
    agent = made.json["id"]
    story = {"agent_id": agent, "input": {"text": "Tell me a long story"}}
    key = {"Idempotency-Key": str(ids.new())}
    first = served.alice.call("POST", "/runs", story, headers=key)
    more = {**story, "conversation_id": first.json["conversation_id"]}
    refused = served.alice.call("POST", "/runs", more)
    assert (refused.status, refused.code) == (409, "conversation_busy_run")
    assert served.alice.call("POST", "/runs", story, headers=key).json["id"] == first.json["id"], (
        "a replay is no message"
    )
    served.alice.call("POST", f"/runs/{first.json['id']}/cancel")
    changed = northwind.call("PATCH", f"/agents/{agent}", {"policy": {"concurrent_messages": "interrupt"}})
    assert (changed.json["version"], changed.json["policy"]) == (2, {"concurrent_messages": "interrupt"})
    wrong = northwind.call("PATCH", f"/agents/{agent}", {"policy": {"concurrent_messages": "shout"}})
    assert (wrong.status, json.loads(wrong.raw)["errors"][0]["pointer"]) == (422, "/body/policy/concurrent_messages")
