"""Limits hold across processes, and say where the caller stands."""

import asyncio
import re
from datetime import timedelta

import pytest

from ringfence.base.problem import Problem
from ringfence.controls.limits import Limits, Rule, parse_overrides
from ringfence.controls.tenancy import Database
from tests.world import Stage

KEY = b"l" * 32


def limits(database: Database, text: str = "", *, is_development: bool = False) -> Limits:
    return Limits(database, key=KEY, rules=parse_overrides(text), is_development=is_development)


async def passed(*attempts) -> int:
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Problem) and outcome.status == 429]
    held = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(refused) + len(held) == len(outcomes), outcomes
    return len(held)


@pytest.mark.promise("RAT-01")
async def test_ten_of_fifty_parallel_log_ins_pass_across_processes(stage: Stage):
    async with stage.open() as here, stage.open() as there:
        processes = [limits(here), limits(there)]
        assert await passed(*(processes[i % 2].check("auth", "192.0.2.1") for i in range(50))) == 10


@pytest.mark.promise("RAT-01")
async def test_an_account_is_limited_wherever_the_log_ins_come_from(stage: Stage):
    async with stage.open() as database:
        process = limits(database)
        assert await passed(*(process.check("auth_account", "alice") for _ in range(15))) == 10
        await process.check("auth_account", "bob")


@pytest.mark.promise("RAT-01")
async def test_other_limits_are_wrong_by_one_allotment_a_process_at_most(stage: Stage):
    async with stage.open() as here, stage.open() as there:
        processes = [limits(here, "default=100/600"), limits(there, "default=100/600")]
        total = await passed(*(processes[i % 2].check("default", "192.0.2.2") for i in range(300)))
        assert 95 <= total <= 105


@pytest.mark.promise("RAT-01", "TEN-07")
async def test_a_limit_of_one_address_leaves_others_alone(stage: Stage):
    async with stage.open() as database:
        process = limits(database, "default=1/600,organization=1/600")
        await process.check("default", "192.0.2.3")
        with pytest.raises(Problem, match="rate_limited"):
            await process.check("default", "192.0.2.3")
        await process.check("default", "192.0.2.4")
        await process.check("organization", "192.0.2.3")


@pytest.mark.promise("RAT-01")
async def test_answers_say_where_the_caller_stands(stage: Stage):
    async with stage.open() as database:
        process = limits(database)
        first = (await process.check("default", "192.0.2.5")).headers()
        second = (await process.check("default", "192.0.2.5")).headers()
        assert first["RateLimit-Policy"] == '"default";q=600;w=60'
        assert re.fullmatch(r'"default";r=599;t=\d+', first["RateLimit"])
        assert re.fullmatch(r'"default";r=598;t=\d+', second["RateLimit"])


@pytest.mark.promise("RAT-01")
async def test_a_refusal_says_when_to_come_back(stage: Stage):
    async with stage.open() as database:
        process = limits(database, "auth=1/600")
        await process.check("auth", "192.0.2.6")
        with pytest.raises(Problem) as refusal:
            await process.check("auth", "192.0.2.6")
        headers = refusal.value.headers
        assert refusal.value.status == 429
        assert 590 <= int(headers["Retry-After"]) <= 600
        assert headers["RateLimit"].startswith('"auth";r=0;t=')
        assert "RINGFENCE_LIMITS" not in refusal.value.detail


async def test_in_development_a_refusal_names_its_rule_and_its_mend(stage: Stage):
    async with stage.open() as database:
        process = limits(database, "auth=1/600", is_development=True)
        await process.check("auth", "192.0.2.7")
        with pytest.raises(Problem) as refusal:
            await process.check("auth", "192.0.2.7")
        assert "RINGFENCE_LIMITS='auth=10/600'" in refusal.value.detail


@pytest.mark.promise("RAT-01")
async def test_without_the_rule_all_fifty_would_pass(stage: Stage):
    """The control of the control: the count above comes from the limit and from nothing else."""
    async with stage.open() as database:
        off = Limits(database, key=KEY, rules={"auth": Rule("auth", "address", 50, timedelta(minutes=1))})
        assert await passed(*(off.check("auth", "192.0.2.8") for _ in range(50))) == 50
