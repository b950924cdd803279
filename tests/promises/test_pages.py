"""EMB-07 for the client in a partner's own page: which pages may call the API, and read what it answers."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock
from tests.house import Answer, Client, House, house
from tests.world import Stage

OWN = "http://ringfence.test"
APP = "https://app.northwind.example"
EVIL = "https://app.northwind.example.evil.example"
LOG_IN = "/api/v1/embed/auth"
REFRESH = "/api/v1/embed/refresh"
LOG_OUT = "/api/v1/embed/logout"
ME = "/api/v1/me"


async def allow(home: House, *origins: str) -> None:
    answer = await home.api("PATCH", "/api/v1/partner/settings", {"allowed_origins": list(origins)})
    assert answer.status == 200


async def log_in_from(home: House, origin: str) -> Answer:
    return await home.client("POST", LOG_IN, {"token": home.token()}, Origin=origin)


def reader(answer: Answer) -> str | None:
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize("path", [ME, LOG_IN, "/api/v1/runs", "/api/v1/nowhere"])
async def test_a_preflight_is_answered_to_every_page_and_offers_no_cookies(stage: Stage, tmp_path: Path, path: str):
    async with house(stage, tmp_path) as home:
        asked = await home.client("OPTIONS", path, Origin=EVIL, Access_Control_Request_Method="POST")
        assert (asked.status, reader(asked)) == (204, EVIL)
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PATCH, DELETE"
        assert "authorization" in asked.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in asked.headers


async def test_what_is_no_preflight_gets_none(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await home.client("OPTIONS", ME, Origin=EVIL)).status == 405
        assert (await home.client("OPTIONS", ME, Access_Control_Request_Method="GET")).status == 405
        asked = await home.client("OPTIONS", "/embed.js", Origin=EVIL, Access_Control_Request_Method="GET")
        assert (asked.status, reader(asked)) == (405, None)


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("origin", "status", "readable"),
    [(None, 200, None), (OWN, 200, None), (APP, 200, APP), (EVIL, 403, EVIL), ("null", 403, "null")],
)
async def test_a_session_is_taken_from_the_pages_that_its_partner_allows(
    stage: Stage, tmp_path: Path, origin: str | None, status: int, readable: str | None
):
    async with house(stage, tmp_path) as home:
        await allow(home, APP)
        alice = await home.session()
        headers = {} if origin is None else {"Origin": origin}
        answer = await alice("GET", ME, **headers)
        assert (answer.status, reader(answer)) == (status, readable)
        if status == 403:
            assert answer.code == "origin_not_allowed"
            assert "alice" not in str(answer.body)


@pytest.mark.promise("EMB-07")
async def test_a_page_reads_the_headers_that_a_client_needs(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await allow(home, APP)
        answer = await (await home.session())("GET", ME, Origin=APP)
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"request-id", "ratelimit", "retry-after"} <= set(exposed)
        assert answer.headers["Vary"] == "origin"


@pytest.mark.promise("EMB-07", "EMB-01")
async def test_a_token_shown_by_another_page_is_refused_and_still_good(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await allow(home, APP)
        token = {"token": home.token()}
        refused = await home.client("POST", LOG_IN, token, Origin=EVIL)
        assert (refused.status, refused.code) == (403, "origin_not_allowed")
        assert (await home.client("POST", LOG_IN, token, Origin=APP)).status == 200


@pytest.mark.promise("EMB-07")
async def test_what_proves_nothing_is_refused_before_its_page_is_looked_at(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        forged = await home.client("POST", LOG_IN, {"token": home.token(iss="https://unknown.example")}, Origin=EVIL)
        assert (forged.status, forged.code, reader(forged)) == (401, "invalid_token", EVIL)
        garbage = await home.client.as_("garbage")("GET", ME, Origin=EVIL)
        assert (garbage.status, garbage.code) == (401, "invalid_credential")


@pytest.mark.promise("EMB-07", "EMB-04")
async def test_renewal_and_log_out_are_for_allowed_pages_and_a_refused_try_uses_nothing(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await allow(home, APP)
        token = {"refresh_token": (await log_in_from(home, APP)).body["refresh_token"]}
        for path in (REFRESH, LOG_OUT):
            refused = await home.client("POST", path, token, Origin=EVIL)
            assert (refused.status, refused.code) == (403, "origin_not_allowed")
        renewed = await home.client("POST", REFRESH, token, Origin=APP)
        assert (renewed.status, reader(renewed)) == (200, APP)
        ended = await home.client("POST", LOG_OUT, {"refresh_token": renewed.body["refresh_token"]}, Origin=APP)
        assert (ended.status, reader(ended)) == (204, APP)


@pytest.mark.promise("EMB-07", "KEY-01")
async def test_an_api_key_does_nothing_in_any_foreign_page(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await allow(home, APP)
        for origin in (APP, EVIL):
            answer = await home.api("GET", "/api/v1/partner/settings", Origin=origin)
            assert (answer.status, answer.code) == (403, "api_key_in_browser")


@pytest.mark.promise("EMB-07")
async def test_a_removed_page_is_out_within_five_seconds_in_every_process(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home, house(stage, tmp_path) as other:
        await allow(home, APP)
        alice = await home.session()
        elsewhere = Client(other.client.http, other.client.base_url, alice.bearer)
        assert (await elsewhere("GET", ME, Origin=APP)).status == 200
        await allow(home, "https://other.northwind.example")
        assert (await alice("GET", ME, Origin=APP)).status == 403
        await asyncio.sleep(4.5)
        assert (await elsewhere("GET", ME, Origin=APP)).status == 403


@pytest.mark.promise("EMB-07")
async def test_development_names_the_mend_and_production_does_not(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = await (await home.session())("GET", ME, Origin=EVIL)
        assert EVIL in answer.body["detail"]
        assert "allowed_origins" in answer.body["detail"]
    async with house(stage, tmp_path / "live", mode="production") as home:
        answer = await (await home.session())("GET", ME, Origin=EVIL)
        assert answer.body["detail"] == "This page may not use this deployment."


@pytest.mark.promise("EMB-07")
async def test_another_name_of_this_machine_is_its_own_page_in_development_alone(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await (await home.session())("GET", ME, Origin=home.client.base_url)).status == 200
    async with house(stage, tmp_path / "live", mode="production") as home:
        assert (await (await home.session())("GET", ME, Origin=home.client.base_url)).status == 403


@pytest.mark.promise("EMB-04")
@pytest.mark.parametrize(("seconds", "told"), [(5, 5), (3600, 3600), (7200, 3600)])
async def test_an_access_token_lives_as_long_as_the_operator_says_and_never_over_an_hour(
    stage: Stage, tmp_path: Path, seconds: int, told: int
):
    async with house(stage, tmp_path, session_seconds=seconds) as home:
        answer = await home.log_in()
        assert answer.body["expires_in"] == told
        clock.travel(timedelta(seconds=told + 1))
        try:
            await home.settle()
            late = await home.client.as_(answer.body["session_token"])("GET", ME)
        finally:
            clock.travel(timedelta())
        assert late.code == "session_expired"


@pytest.mark.promise("EMB-03")
async def test_the_answer_to_a_log_in_carries_the_users_language(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        assert (await home.log_in(locale="da")).body["user"]["locale"] == "da"
        later = await home.log_in()
        assert later.body["user"]["locale"] == "da"
        renewed = await home.client("POST", REFRESH, {"refresh_token": later.body["refresh_token"]})
        assert renewed.body["user"]["locale"] == "da"
