"""The parts of a limit: its table, its allotments, its address, and what it does without a database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from psycopg import sql

from ringfence.base import clock, ids
from ringfence.base.problem import Problem
from ringfence.controls.limits import (
    BadLimits,
    ClientAddress,
    Limits,
    LimitState,
    Mode,
    address_key,
    headers,
    parse_networks,
    parse_overrides,
)
from tests.world import GONE, Stage

KEY = b"l" * 32


@pytest.fixture(autouse=True)
def _real_time() -> Iterator[None]:
    yield
    clock.travel(timedelta())


@contextmanager
def cut_off(stage: Stage):
    """No connection of the app role lives, and no new one is taken."""
    with stage.admin() as admin:
        name = sql.Identifier(admin.info.dbname)
        admin.execute(sql.SQL("alter database {} connection limit 0").format(name))
        admin.execute(GONE)
        yield
        admin.execute(sql.SQL("alter database {} connection limit -1").format(name))


def writes(stage: Stage) -> int:
    with stage.admin() as admin:
        admin.execute("select pg_stat_force_next_flush()")
        row = admin.execute("select count(*), max(arrival) from app.rate_limit").fetchone()
    return hash(row)


def test_the_defaults_are_the_promised_ones():
    rules = parse_overrides("")
    assert (rules["auth"].limit, rules["auth"].window, rules["auth"].mode) == (10, timedelta(minutes=1), Mode.EXACT)
    assert (rules["default"].limit, rules["organization"].limit, rules["partner"].limit) == (600, 6000, 6000)


def test_an_operator_changes_numbers_and_the_account_follows_its_address():
    rules = parse_overrides(" auth=20/30 , default=5/1,")
    assert (rules["auth"].limit, rules["auth_account"].limit, rules["default"].limit) == (20, 20, 5)
    assert rules["auth_account"].window == timedelta(seconds=30)
    assert parse_overrides("auth=20/30,auth_account=3/60")["auth_account"].limit == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("auth", "'auth' is not name=requests/seconds"),
        ("auth=10", "not name=requests/seconds"),
        ("auth=-1/60", "not name=requests/seconds"),
        ("auth=1.5/60", "not name=requests/seconds"),
        ("login=1/60", "no rule 'login'; the rules are auth,"),
        ("auth=0/60", "at least 1"),
        ("auth=1/0", "at least 1"),
        ("auth=1/60,auth=2/60", "twice"),
    ],
)
def test_bad_overrides_are_named(text: str, words: str):
    with pytest.raises(BadLimits, match=words):
        parse_overrides(text)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "198.51.100.1:80", "198.51.100.1"),
        ("fe80::1%eth0", "198.51.100.1", "fe80::1"),
        ("unix", "198.51.100.1", "unix"),
    ],
)
def test_the_clients_address_is_the_last_hop_that_is_not_ours(peer: str, forwarded_for: str, expected: str):
    assert ClientAddress(parse_networks("10.0.0.0/8, 2001:db8:ffff::/48"))(peer, forwarded_for) == expected


def test_without_trusted_proxies_nobody_is_believed():
    assert ClientAddress()("10.0.0.1", "198.51.100.1") == "10.0.0.1"
    with pytest.raises(ValueError, match=r"'10\.0\.0\.1/8' is no network"):
        parse_networks("10.0.0.1/8")


def test_an_ipv6_customer_counts_as_one():
    assert address_key("2001:db8:1:2::5") == address_key("2001:db8:1:2:ffff::9") != address_key("2001:db8:1:3::5")
    assert (address_key("192.0.2.1"), address_key("unix")) == ("192.0.2.1", "unix")


def test_several_rules_share_their_headers():
    rules = parse_overrides("")
    states = [LimitState(rules["default"], 599, 0.1), LimitState(rules["organization"], -3, -1.0)]
    assert headers(states) == {
        "RateLimit-Policy": '"default";q=600;w=60, "organization";q=6000;w=60',
        "RateLimit": '"default";r=599;t=1, "organization";r=0;t=0',
    }


async def test_an_allotment_is_spent_without_a_write(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("default=600/600"))
        await process.check("default", "192.0.2.20")
        before = writes(stage)
        for _ in range(29):
            await process.check("default", "192.0.2.20")
        assert writes(stage) == before
        await process.check("default", "192.0.2.20")
        assert writes(stage) != before


async def test_what_an_allotment_left_unspent_is_given_back(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("default=100/600"))
        for step in range(30):
            clock.travel(timedelta(seconds=31 * step / 10))
            # Each of the first nine stays within an allotment; then it has expired, with most of it unspent.
            await process.check("default", "192.0.2.21")
        other = Limits(database, key=KEY, rules=parse_overrides("default=100/600"))
        assert (await other.check("default", "192.0.2.21")).remaining >= 60


async def test_parallel_requests_take_one_allotment(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("default=600/600"))
        await asyncio.gather(*(process.check("default", "192.0.2.22") for _ in range(20)))
        other = Limits(database, key=KEY, rules=parse_overrides("default=600/600"))
        assert (await other.check("default", "192.0.2.22")).remaining == 600 - 30 - 1


async def test_near_the_end_the_last_requests_are_still_given(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("default=50/600"))
        for _ in range(50):
            await process.check("default", "192.0.2.23")
        for _ in range(2):
            with pytest.raises(Problem, match="rate_limited"):
                await process.check("default", "192.0.2.23")


async def test_a_refused_flood_asks_the_database_once(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("auth=1/600"))
        await process.check("auth", "192.0.2.24")
        with pytest.raises(Problem, match="rate_limited"):
            await process.check("auth", "192.0.2.24")
        with cut_off(stage), pytest.raises(Problem, match="rate_limited"):
            await process.check("auth", "192.0.2.24")


async def test_without_the_database_authentication_refuses(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides(""))
        with cut_off(stage), pytest.raises(Problem, match="database_unavailable"):
            await process.check("auth", "192.0.2.25")


async def test_without_the_database_one_allotment_bridges_each_twentieth(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("default=100/600"))
        with cut_off(stage):
            for _ in range(5):
                await process.check("default", "192.0.2.26")
            with pytest.raises(Problem, match="rate_limited"):
                await process.check("default", "192.0.2.26")
            clock.travel(timedelta(seconds=31))
            await process.check("default", "192.0.2.26")
        clock.travel(timedelta(seconds=62))
        assert (await process.check("default", "192.0.2.26")).remaining == 99


async def test_the_same_name_in_two_organizations_is_two_buckets(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("auth_account=1/600"))
        rose, thorn = ids.new(), ids.new()
        await process.check("auth_account", "alice", scope_id=rose)
        await process.check("auth_account", "alice", scope_id=thorn)
        with pytest.raises(Problem, match="rate_limited"):
            await process.check("auth_account", "alice", scope_id=rose)


async def test_full_buckets_are_swept_and_used_ones_stay(stage: Stage):
    async with stage.open() as database:
        process = Limits(database, key=KEY, rules=parse_overrides("auth=1/600"))
        with stage.admin() as admin:
            admin.execute("delete from app.rate_limit")
            admin.execute("insert into app.rate_limit values (%s, now() - interval '1 second')", [b"stale"])
            await process.check("auth", "192.0.2.27")
            assert await process.sweep() == 1
            assert admin.execute("select count(*) from app.rate_limit").fetchone() == (1,)
