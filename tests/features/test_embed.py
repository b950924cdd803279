"""Bad input at the doors of log-in: each has a clear code, and none is a server error."""

from pathlib import Path

import pytest

from tests.house import house
from tests.world import Stage

LOG_IN = "/api/v1/embed/auth"
REFRESH = "/api/v1/embed/refresh"


@pytest.mark.promise("SDL-02")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b'{"token": "\xff"}', 400, "invalid_json"),
        (b'{"token": 7}', 422, "invalid_request"),
        (b'{"token": "x", "more": 1}', 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"token": "\\u0000"}', 401, "invalid_token"),
        (b'{"token": "\\ud800"}', 422, "invalid_request"),
        (b'{"token": "a.b.c"}', 401, "invalid_token"),
        (b'{"token": "' + b"x" * 9000 + b'"}', 413, "token_too_large"),
        (b'{"token": "' + b"x" * 300_000 + b'"}', 413, "body_too_large"),
    ],
)
async def test_what_is_no_token_is_refused_by_name(stage: Stage, tmp_path: Path, body: bytes, status: int, code: str):
    async with house(stage, tmp_path) as home:
        answer = await home.client("POST", LOG_IN, body, Content_Type="application/json")
        assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("token", ["x", "rfr_" + "A" * 43 + "." + "A" * 43, "\u0000", "rfr_é"])
async def test_what_is_no_refresh_token_is_401(stage: Stage, tmp_path: Path, token: str):
    async with house(stage, tmp_path) as home:
        for path in (REFRESH, "/api/v1/embed/logout"):
            answer = await home.client("POST", path, {"refresh_token": token})
            assert (answer.status, answer.code) == (401, "invalid_refresh_token")


async def test_a_refresh_token_of_another_session_does_not_pass_for_this_one(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice, mallory = await home.log_in(), await home.log_in("mallory", "thorn")
        where = alice.body["refresh_token"].split(".")[0]
        forged = where + "." + mallory.body["refresh_token"].split(".")[1]
        assert (await home.client("POST", REFRESH, {"refresh_token": forged})).code == "invalid_refresh_token"
        assert (await home.client("POST", REFRESH, {"refresh_token": alice.body["refresh_token"]})).status == 200


@pytest.mark.promise("RAT-01")
async def test_the_eleventh_log_in_of_a_minute_is_429_for_the_account_and_for_the_address(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, limits="auth=1000/60,auth_account=3/60") as home:
        statuses = [(await home.log_in()).status for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert (await home.log_in("bob")).status == 200


async def test_a_session_reads_no_partner_route(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.session(role="admin")
        for path in ("settings", "organizations", "signing-keys", "api-keys", "agents"):
            answer = await alice("GET", f"/api/v1/partner/{path}")
            assert (answer.status, answer.code) == (403, "forbidden")
        assert (await home.api("GET", "/api/v1/me")).status == 403
