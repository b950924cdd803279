"""A run asks, waits and goes on: what is stored at each step, and what nothing but an answer can bring about."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock, ids, log
from ringfence.base.principal import Role
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import DatabaseError, OrgScope, Statement, nothing, scope_of
from ringfence.features.runs import approval_rows
from ringfence.features.runs.models import ToolCall, ToolTurn
from tests.approving import CALL, REFUND, Till, decide, pass_time, process, question, status
from tests.running import PATIENCE_S, Counted, Theatre, read, theatre, until
from tests.world import Stage

ASKS = ["run.started", "model.completed", "approval.requested", "run.waiting"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    written = io.StringIO()
    log.configure(json_lines=True, file=written)
    yield written
    log.configure(json_lines=True)


async def asking(it: Theatre, here: Any, text: str = "Refund Dora 450 kr", **more: Any) -> tuple[Any, dict[str, Any]]:
    """A run that waits for an answer."""
    started = await it.start(here, text, **more)
    assert (await it.final(started.run_id)).status == "waiting"
    return started, await question(it, started.run_id)


def told(here: Any) -> list[str]:
    """What the model was told of its calls."""
    asked = here.engine.executor._story.models.asked[-1]
    return [turn.text for turn in asked.messages if isinstance(turn, ToolTurn)]


@pytest.mark.promise("AIS-04")
async def test_a_call_that_needs_an_answer_waits_for_one_and_is_then_made_once_with_what_was_shown(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, ["I will refund it.", CALL], ["done"])
        started, asked = await asking(it, here)
        before = await read(it.stream(here, started.run_id))
        assert [kind for _, kind, _ in before] == [
            "run.started", "message.delta", "message.completed", *ASKS[1:],
        ]  # fmt: skip
        assert before[-1][2] == {"reason": "approval", "call_id": "c1", "approval_id": asked["approval_id"]}
        assert (asked["args"], asked["titles"]) == (
            {"customer": "Dora", "amount": 450},
            {"en": "Refund 450 kr to Dora"},
        )
        assert till.calls == []
        await decide(it, here, asked)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert [args for _, args in till.calls] == [{"customer": "Dora", "amount": 450}]
        after = await read(it.stream(here, started.run_id, it.position(before)))
        assert [kind for _, kind, _ in after][:4] == [
            "run.resumed",
            "approval.decided",
            "tool.called",
            "tool.completed",
        ]
        assert (after[1][2]["decision"], after[1][2]["decided_by"]) == ("approved", str(it.cast.alice))
        assert await status(it, asked) == "spent"


@pytest.mark.promise("AIS-04")
@pytest.mark.parametrize(("decision", "end"), [("deny", "completed"), ("stop", "cancelled")])
async def test_a_no_executes_nothing_and_the_model_is_told(stage: Stage, tmp_path: Path, decision: str, end: str):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["as you wish"])
        started, asked = await asking(it, here)
        await decide(it, here, asked, decision)
        assert (await it.final(started.run_id, claiming=here)).status == end
        assert (till.calls, await status(it, asked)) == ([], "denied")
        if end == "completed":
            assert "said no" in told(here)[0]
            assert "tool.called" not in await it.kinds(started.run_id)


@pytest.mark.promise("AIS-04")
async def test_a_question_that_nobody_answers_expires_by_itself_and_is_a_no(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["never mind"])
        started, asked = await asking(it, here)
        assert await here.executor.claim() == 0
        with it.stage.admin() as admin:
            pass_time(admin, asked)
        with pytest.raises(Problem, match="approval_expired"):
            await decide(it, here, asked)
        async with asyncio.timeout(PATIENCE_S):
            while (await it.run(started.run_id)).status == "waiting":
                await here.executor.claim()
                await asyncio.sleep(0.02)
        assert (await it.final(started.run_id)).status == "completed"
        assert (till.calls, await status(it, asked)) == ([], "expired")
        assert "in time" in told(here)[0]


@pytest.mark.promise("AIS-04")
async def test_an_approval_that_lay_too_long_executes_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["never mind"])
        started, asked = await asking(it, here)
        await decide(it, here, asked)
        with it.stage.admin() as admin:
            pass_time(admin, asked)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert (till.calls, await status(it, asked)) == ([], "expired")


@pytest.mark.promise("AIS-04")
async def test_an_answer_is_taken_once_and_only_about_the_arguments_that_were_asked_about(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["done"])
        started, asked = await asking(it, here)
        refusals: tuple[tuple[dict[str, Any], str], ...] = (
            ({"args_sha256": "0" * 64}, "args_mismatch"),
            ({"decision": "endorse"}, "not_available_yet"),
            ({"user": it.cast.bob}, "not_found"),
            ({"role": Role.VIEWER}, "may_not_decide"),
        )
        for changes, code in refusals:
            with pytest.raises(Problem, match=code):
                await decide(it, here, asked, **changes)
        await decide(it, here, asked)
        for decision in ("approve", "deny", "stop"):
            with pytest.raises(Problem, match="already_decided"):
                await decide(it, here, asked, decision)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert len(till.calls) == 1


@pytest.mark.promise("ACC-02", "AIS-04")
@pytest.mark.parametrize(
    ("approvers", "may"),
    [
        ("user", {"alice as member", "ada as admin", "alice as admin"}),
        ("admin", {"ada as admin", "alice as admin"}),
        ("four_eyes", {"ada as admin"}),
    ],
)
async def test_who_may_decide_is_what_the_declaration_says(stage: Stage, tmp_path: Path, approvers: str, may: set[str]):
    async with theatre(stage, tmp_path) as it:
        people = {"alice": it.cast.alice, "ada": it.cast.bob}
        callers = [
            ("alice", Role.MEMBER),
            ("ada", Role.MANAGER),
            ("alice", Role.VIEWER),
            *((n, Role.ADMIN) for n in people),
        ]
        found, codes = set[str](), set[str]()
        for name, role in callers:
            here = process(it, Till(), [CALL], ["done"], approvers=approvers)
            _, asked = await asking(it, here)
            try:
                await decide(it, here, asked, user=people[name], role=role)
                found.add(f"{name} as {role}")
            except Problem as refusal:
                codes.add(refusal.code)
        assert (found, codes) == (may, {"may_not_decide"})


DECIDE = Statement("update app.approval set status = 'approved' where id = $1", nothing)
FORGED = Statement(
    "insert into app.approval (id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers,"
    " status, expires_at) select $1, run_id, user_id, step, effect, call_binding, args_binding, details, 'user', $2,"
    " expires_at from app.approval where id = $3",
    nothing,
)
CHANGED = Statement("update app.approval set args_binding = sha256('other') where id = $1", nothing)
LONGER = Statement("update app.approval set expires_at = expires_at + interval '1 hour' where id = $1", nothing)
ANEW = Statement("update app.approval set status = 'pending' where id = $1", nothing)
SPENT = Statement("update app.approval set status = 'spent' where id = $1", nothing)
GONE = Statement("delete from app.approval where id = $1", nothing)


@pytest.mark.promise("AIS-04", "ACC-02")
@pytest.mark.parametrize("approvers", ["admin", "four_eyes"])
async def test_raw_sql_in_a_members_own_context_agrees_to_nothing(stage: Stage, tmp_path: Path, approvers: str):
    async with theatre(stage, tmp_path) as it:
        here = process(it, Till(), [CALL], approvers=approvers)
        _, asked = await asking(it, here)
        scope, wanted = scope_of(it.caller()), ids.parse(asked["approval_id"])
        for bound in (DECIDE(wanted), CHANGED(wanted), LONGER(wanted), SPENT(wanted), GONE(wanted),
                      FORGED(ids.new(), "approved", wanted), FORGED(ids.new(), "pending", wanted)):  # fmt: skip
            with pytest.raises(DatabaseError):
                await it.database.write(scope, bound)
        assert await status(it, asked) == "pending"
        await it.database.write(OrgScope(scope.partner_id, scope.org_id, Role.ADMIN, it.cast.bob), DECIDE(wanted))
        for bound in (ANEW(wanted), DECIDE(wanted)):
            with pytest.raises(DatabaseError):
                await it.database.write(scope, bound)


@pytest.mark.promise("AIS-04")
@pytest.mark.parametrize(
    "meddling",
    [
        "update app.approval set args_binding = sha256('other') where id = %s",
        "update app.approval set call_binding = sha256('other') where id = %s",
        "update app.approval set status = 'spent', spent_as = id where id = %s",
        "update app.approval set approvers = 'admin' where id = %s",
        "delete from app.approval where id = %s",
    ],
)
async def test_an_approval_that_does_not_fit_executes_nothing_and_ends_the_run(
    stage: Stage, tmp_path: Path, meddling: Any, lines: io.StringIO
):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["done"])
        started, asked = await asking(it, here)
        await decide(it, here, asked)
        with it.stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(meddling, [asked["approval_id"]])
        run = await it.final(started.run_id, claiming=here)
        assert (run.status, run.failure_code, till.calls) == ("failed", "approval_invalid", [])
        assert "tool.called" not in await it.kinds(started.run_id)
        assert '"event":"approval_invalid"' in lines.getvalue()


@pytest.mark.promise("AIS-04")
async def test_a_journal_that_was_moved_under_an_approval_executes_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], [ToolCall("c1", REFUND.name, '{"customer": "Eve", "amount": 9}')])
        _, asked = await asking(it, here)
        other, _ = await asking(it, here, "another")
        await decide(it, here, asked)
        with it.stage.admin() as admin:
            admin.execute(
                "update app.run_event e set payload = o.payload from app.run_event o where e.run_id <> %(other)s"
                " and o.run_id = %(other)s and e.seq = o.seq and e.kind = 'model.completed'",
                {"other": other.run_id},
            )
        await here.executor.claim()
        await asyncio.gather(*here.executor.tasks, return_exceptions=True)
        assert till.calls == []


@pytest.mark.promise("AIS-04")
async def test_a_yes_before_a_crash_is_good_after_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        dying = process(it, till, [CALL])
        started, asked = await asking(it, dying)
        await it.kill(dying)
        heir = process(it, till, ["done"])
        await decide(it, heir, asked)
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert len(till.calls) == 1


@pytest.mark.promise("AIS-04", "AGT-03")
@pytest.mark.parametrize(("decision", "made"), [("approve", 2), ("deny", 1)])
async def test_a_crash_after_the_approval_was_spent_asks_again_and_never_repeats_by_itself(
    stage: Stage, tmp_path: Path, decision: str, made: int
):
    async with theatre(stage, tmp_path) as it:
        stuck = Counted(stuck_on="c1")
        dying = process(it, stuck, [CALL])
        started, asked = await asking(it, dying)
        await decide(it, dying, asked)
        await dying.executor.claim()
        await until(lambda: stuck.keys)
        await it.kill(dying)
        assert await status(it, asked) == "spent"
        heir = process(it, stuck, ["done"])
        assert (await it.final(started.run_id, claiming=heir)).status == "waiting"
        again = await question(it, started.run_id)
        assert (again["reason"], again["approval_id"] != asked["approval_id"], len(stuck.keys)) == (
            "interrupted",
            True,
            1,
        )
        await decide(it, heir, again, decision)
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert stuck.keys == [stuck.keys[0]] * made
        assert made == 2 or "whether it took effect is not known" in told(heir)[0]


@pytest.mark.promise("AIS-04", "AGT-03")
async def test_a_call_that_was_interrupted_and_cannot_be_asked_about_is_not_told_as_one_that_was_never_made(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        stuck = Counted(stuck_on="c1")
        unseen = ToolCall("c1", REFUND.name, '{"customer": "Do\u200bra", "amount": 1}')
        dying = process(it, stuck, [unseen], approval="never")
        started = await it.start(dying, "Refund Dora")
        await until(lambda: stuck.keys)
        await it.kill(dying)
        heir = process(it, stuck, ["sorry"], approval="never")
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert len(stuck.keys) == 1
        assert "cannot see" in told(heir)[0]
        assert "whether it took effect is not known" in told(heir)[0]


async def test_an_idempotent_call_that_was_agreed_to_is_repeated_after_a_crash_with_the_same_bytes(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        stuck = Counted(stuck_on="c1")
        dying = process(it, stuck, [CALL], idempotent=True)
        started, asked = await asking(it, dying)
        await decide(it, dying, asked)
        await dying.executor.claim()
        await until(lambda: stuck.keys)
        await it.kill(dying)
        heir = process(it, stuck, ["done"], idempotent=True)
        assert (await it.final(started.run_id, claiming=heir)).status == "completed"
        assert stuck.keys == [stuck.keys[0]] * 2


@pytest.mark.promise("AIS-04")
async def test_a_waiting_run_that_is_cancelled_closes_its_question(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL])
        started, asked = await asking(it, here)
        assert (await it.cancel(here, started.run_id)).status == "cancelled"
        assert await status(it, asked) == "cancelled"
        with pytest.raises(Problem, match="already_decided"):
            await decide(it, here, asked)
        assert till.calls == []


@pytest.mark.promise("AIS-04")
async def test_a_deleted_conversation_takes_its_question_with_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here = process(it, Till(), [CALL])
        started, asked = await asking(it, here)
        await it.delete(started.conversation_id)
        assert it.count("approval", "id", asked["approval_id"]) == 0
        with pytest.raises(Problem, match="not_found"):
            await decide(it, here, asked)


@pytest.mark.promise("AIS-04", "ACC-03")
async def test_a_yes_for_somebody_who_is_restricted_meanwhile_executes_nothing(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL])
        started, asked = await asking(it, here)
        await decide(it, here, asked, user=it.cast.bob, role=Role.ADMIN)
        with it.stage.admin() as admin:
            admin.execute("update app.app_user set status = 'restricted' where id = %s", [it.cast.alice])
            await it.final(started.run_id, claiming=here)
            admin.execute("update app.app_user set status = 'active' where id = %s", [it.cast.alice])
        assert ((await it.run(started.run_id)).failure_code, till.calls) == ("user_restricted", [])
        assert await status(it, asked) == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{", "not JSON"),
        ('{"customer": "Dora"}', "not as declared"),
        ('{"customer": "Dora", "amount": 9007199254740993}', "too large"),
        ('{"customer": "Dora\\u202e", "amount": 1}', "cannot see"),
        ('{"customer": "' + "x" * 17_000 + '", "amount": 1}', "can read"),
    ],
)
async def test_nobody_is_asked_about_arguments_that_cannot_be_shown(
    stage: Stage, tmp_path: Path, arguments: str, said: str
):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [ToolCall("c1", REFUND.name, arguments)], ["sorry"])
        started = await it.start(here, "go")
        assert (await it.final(started.run_id)).status == "completed"
        assert (said in told(here)[0], till.calls) == (True, [])
        assert "approval.requested" not in await it.kinds(started.run_id)


async def test_a_reader_on_another_process_follows_the_run_through_the_decision(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        here, other = process(it, Till(), [CALL], ["done"]), process(it, Till())
        started, asked = await asking(it, here)
        before = await read(it.stream(other, started.run_id))
        await decide(it, other, asked)
        reading = asyncio.create_task(read(it.stream(other, started.run_id, it.position(before))))
        await asyncio.sleep(0.1)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        after = await reading
        whole = [(event.seq, event.kind.value) for event in await it.stored(started.run_id)]
        assert [(int(place.split(":")[0]), kind) for place, kind, _ in [*before, *after]] == whole


async def test_two_calls_are_asked_about_one_after_the_other(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        second = ToolCall("c2", REFUND.name, '{"amount": 2, "customer": "Finn"}')
        here = process(it, till, [CALL, second], ["done"])
        started, asked = await asking(it, here)
        await decide(it, here, asked, "deny")
        assert (await it.final(started.run_id, claiming=here)).status == "waiting"
        again = await question(it, started.run_id)
        assert (asked["call_id"], again["call_id"]) == ("c1", "c2")
        await decide(it, here, again)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert [args["customer"] for _, args in till.calls] == ["Finn"]


async def test_a_run_may_wait_more_often_than_it_may_be_interrupted(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        calls = [ToolCall(f"c{n}", REFUND.name, CALL.arguments_json) for n in range(25)]
        here = process(it, till, calls, ["done"])
        started, asked = await asking(it, here)
        for _ in calls[1:]:
            await decide(it, here, asked)
            assert (await it.final(started.run_id, claiming=here)).status == "waiting"
            asked = await question(it, started.run_id)
        await decide(it, here, asked)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert len(till.calls) == 25


async def test_a_run_that_is_let_go_of_while_it_waits_goes_on_waiting(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["done"])
        started, asked = await asking(it, here)
        with it.stage.admin() as admin:
            admin.execute("update app.run_lease set until = '-infinity' where run_id = %s", [started.run_id])
        assert await here.executor.claim() == 1
        await asyncio.gather(*here.executor.tasks)
        assert (await it.run(started.run_id)).status == "waiting"
        assert (await here.executor.claim(), till.calls) == (0, [])
        await decide(it, here, asked)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert len(till.calls) == 1


@pytest.mark.promise("AIS-04")
async def test_an_answer_that_comes_while_the_run_goes_back_to_waiting_is_not_lost(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        till = Till()
        here = process(it, till, [CALL], ["done"])
        started, asked = await asking(it, here)
        with it.stage.admin() as admin:  # held by a process that has read the row, and found no answer yet
            admin.execute("update app.run_lease set holder = run_id where run_id = %s", [started.run_id])
        await decide(it, here, asked)
        park = approval_rows.park(started.run_id, clock.parse_rfc3339(asked["expires_at"]))
        await it.database.write(scope_of(it.caller()), park)
        assert (await it.final(started.run_id, claiming=here)).status == "completed"
        assert len(till.calls) == 1
