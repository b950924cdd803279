"""What models may cost in a month: reserved before one is asked, settled when the run ends, refused by name."""

import asyncio
from pathlib import Path

import pytest

from ringfence.base.principal import Role, RunId, UserId
from ringfence.base.problem import Problem
from ringfence.features.runs.models import ModelError, ModelErrorCode, ToolCall, Usage
from tests.house import house
from tests.running import Script, Theatre, theatre, until
from tests.world import Stage

PRICED = "openai:gpt-5"
"""1.25 dollars a million tokens read and 10 a million written: a scripted answer, 10 and 5 tokens, costs 63 micros."""


def limit(it: Theatre, statement: str) -> None:
    with it.stage.admin() as admin:
        admin.execute(statement.encode())


def ran(it: Theatre, run_id: RunId) -> str:
    with it.stage.admin() as admin:
        return (admin.execute("select status from app.run where id = %s", [run_id]).fetchone() or ("",))[0]


def spending(it: Theatre) -> list[tuple[int, int]]:
    with it.stage.admin() as admin:
        wanted = "select tokens, cost_micros from app.spending where org_id = %s order by run_id"
        return admin.execute(wanted, [it.cast.rose]).fetchall()


@pytest.mark.promise("AGT-02")
async def test_a_run_spends_what_it_used_and_not_what_was_reserved(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_micros = 1000000")
        held = asyncio.Event()
        model = Script([held, "Hello."])
        here = it.process(model)
        started = await it.start(here, "go", agent=await it.make_agent(PRICED))
        await until(lambda: bool(model.asked))
        (reserved,) = spending(it)
        assert reserved[1] > 40_000  # an answer of 4096 tokens
        assert model.asked[0].max_output_tokens == 4_096
        held.set()
        assert (await it.final(started.run_id)).cost_micros == 63
        assert spending(it) == [(15, 63)]


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    "statement",
    [
        "update app.organization set spend_tokens = 1000",
        "update app.organization set spend_micros = 1000",
        "update app.partner set spend_tokens = 1000",
        "update app.partner set user_spend_micros = 1000",
        "update app.partner set user_spend_tokens = 1000, spend_tokens = 1000000",
    ],
)
async def test_a_model_that_could_cost_more_than_is_left_is_not_asked(stage: Stage, tmp_path: Path, statement: str):
    async with theatre(stage, tmp_path) as it:
        limit(it, statement)
        model = Script(["Hello."])
        started = await it.start(it.process(model), "go", agent=await it.make_agent(PRICED))
        assert (await it.final(started.run_id)).failure_code == "budget_exhausted"
        assert model.asked == []
        assert spending(it) == [(0, 0)]


@pytest.mark.promise("AGT-02")
async def test_runs_at_once_cannot_spend_the_same_rest(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_tokens = 10000")  # room for two answers of 4096 tokens, not three
        held = asyncio.Event()
        model, agent = Script(*[[held, "Hello."]] * 6), await it.make_agent(PRICED)
        here = it.process(model)
        started = await asyncio.gather(*(it.start(here, "go", agent=agent) for _ in range(6)))
        await until(lambda: [ran(it, one.run_id) for one in started].count("failed") == 4)
        assert len(model.asked) == 2
        assert sum(tokens for tokens, _ in spending(it)) <= 10_000
        held.set()
        ends = [(await it.final(one.run_id)).failure_code for one in started]
        assert sorted(ends, key=str) == [None, None, *["budget_exhausted"] * 4]


@pytest.mark.promise("AGT-02")
async def test_a_month_that_is_spent_refuses_the_next_message_at_once(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.partner set user_spend_tokens = 5000")
        here, agent = it.process(Script(["Hello."], ["Hello."])), await it.make_agent(PRICED)
        await it.final((await it.start(here, "go", agent=agent)).run_id)
        limit(it, "update app.spending set tokens = 5000")
        with pytest.raises(Problem) as refused:
            await it.start(here, "go", agent=agent)
        assert (refused.value.status, refused.value.code) == (403, "budget_exhausted")
        bob = it.caller(UserId(it.cast.bob), role=Role.MEMBER)
        await it.final((await it.start(here, "go", agent=agent, caller=bob)).run_id, bob)
        limit(it, "update app.spending set month = month - interval '1 month'")
        assert await it.start(it.process(Script(["Hello."])), "go", agent=agent)


@pytest.mark.promise("AGT-02")
async def test_each_step_reserves_anew_and_a_run_whose_process_died_reserves_nothing_for_ever(
    stage: Stage, tmp_path: Path
):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_tokens = 100000")
        call = ToolCall("c1", "current_time", '{"zone": "UTC"}')
        model, agent = Script([call], [asyncio.Event()]), await it.make_agent(PRICED)
        first = it.process(model)
        started = await it.start(first, "go", agent=agent)
        await until(lambda: len(model.asked) == 2)
        assert spending(it)[0][0] > 15 + 4_096
        await it.kill(first)
        second = it.process(Script(["It is noon."]))
        row = await it.final(started.run_id, claiming=second)
        assert spending(it) == [(row.input_tokens + row.output_tokens, row.cost_micros)]


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("is_heard", [False, True])
async def test_an_answer_that_is_stopped_costs_what_was_reserved_for_it(stage: Stage, tmp_path: Path, is_heard: bool):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_micros = 1000000")
        model = Script([*["Hel"] * is_heard, asyncio.Event()])
        here = it.process(model)
        started = await it.start(here, "go", agent=await it.make_agent(PRICED))
        await until(lambda: bool(model.asked))
        reserved = spending(it)
        assert (await it.cancel(here, started.run_id)).cost_micros == 0
        assert spending(it) == reserved


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize("is_heard", [False, True])
async def test_a_provider_that_breaks_off_is_paid_and_one_that_refuses_is_not(
    stage: Stage, tmp_path: Path, is_heard: bool
):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_micros = 1000000")
        model = Script([*["Hel"] * is_heard, ModelError(ModelErrorCode.CUT_OFF, "gone")])
        started = await it.start(it.process(model), "go", agent=await it.make_agent(PRICED))
        assert (await it.final(started.run_id)).status == "failed"
        ((tokens, cost),) = spending(it)
        assert (tokens > 4_096 and cost > 40_000) if is_heard else (tokens, cost) == (0, 0)


@pytest.mark.promise("AGT-02")
async def test_an_answer_that_nobody_counted_costs_what_was_reserved_for_it(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_tokens = 100000")
        model = Script(["Hello."])
        model.usage = Usage(0, 0)
        started = await it.start(it.process(model), "go", agent=await it.make_agent(PRICED))
        assert (await it.final(started.run_id)).status == "completed"
        assert spending(it)[0][0] > 4_096


@pytest.mark.promise("AGT-02")
async def test_a_model_without_a_price_is_not_asked_under_a_limit_in_money(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        limit(it, "update app.organization set spend_micros = 1000000")
        model, agent = Script(["Hello."]), await it.make_agent("openai:llama")
        started = await it.start(it.process(model), "go", agent=agent)
        assert (await it.final(started.run_id)).failure_code == "model_price_unknown"
        limit(it, "update app.organization set spend_micros = null, spend_tokens = 1000000")
        assert (await it.final((await it.start(it.process(model), "go", agent=agent)).run_id)).status == "completed"


async def test_without_a_limit_nothing_is_counted(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        model = Script(["Hello."])
        await it.final((await it.start(it.process(model), "go")).run_id)
        assert spending(it) == []
        assert model.asked[0].max_output_tokens is None


@pytest.mark.promise("AGT-02")
async def test_a_partner_sets_limits_for_all_and_for_one(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        limits = {"monthly_micros": 5_000_000, "monthly_tokens": None}
        settings = await home.api("PATCH", "/api/v1/partner/settings", {"default_spending": limits})
        assert (settings.status, settings.body["default_spending"]) == (200, limits)
        assert settings.body["user_spending"] == {"monthly_micros": None, "monthly_tokens": None}
        path = "/api/v1/partner/organizations"
        made = await home.api("POST", path, {"external_id": "acme", "name": "Acme", "settings": {"spending": limits}})
        assert made.body["settings"]["spending"] == limits
        own = {"monthly_micros": None, "monthly_tokens": 7}
        changed = await home.api("PATCH", f"{path}/{made.body['id']}", {"settings": {"spending": own}})
        assert changed.body["settings"]["spending"] == own
        same = await home.api("PATCH", f"{path}/{made.body['id']}", {"settings": {"generative_ai": True}})
        assert same.body["settings"]["spending"] == own
        wrong = {"settings": {"spending": {"monthly_micros": -1}}}
        assert (await home.api("PATCH", f"{path}/{made.body['id']}", wrong)).status == 422
