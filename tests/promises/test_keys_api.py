"""KEY-01 over HTTP: a key is shown once, kept as a hash, bounded by scope, address and time, rotated with overlap."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import PartnerId
from ringfence.base.problem import Problem
from ringfence.controls import access
from ringfence.controls.identity import API_KEY_PATTERN, ApiKeyKind
from ringfence.features.partners import operator
from tests.house import Client, House, house
from tests.world import Stage

pytestmark = pytest.mark.promise("KEY-01")
KEYS = "/api/v1/partner/api-keys"
SETTINGS = "/api/v1/partner/settings"


async def made(home: House, **terms: object) -> tuple[str, Client]:
    answer = await home.api("POST", KEYS, terms)
    assert answer.status == 201, answer.body
    return answer.body["id"], home.client.as_(answer.body["key"])


async def refused_within_five_seconds(client: Client, code: str) -> None:
    answer = await client.refused_soon(SETTINGS)
    assert (answer.status, answer.code) == (401, code)


async def test_a_key_is_shown_once_and_no_table_holds_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home, name="ci")
        assert client.bearer is not None
        assert re.fullmatch(API_KEY_PATTERN, client.bearer)
        listed = await home.api("GET", KEYS)
        assert key_id in {key["id"] for key in listed.body["items"]}
        secret = client.bearer.rsplit("_", 1)[1]
        assert secret not in str(listed.body)
        with stage.admin() as admin:
            rows = admin.execute("select k::text from app.api_key k").fetchall()
        assert rows
        assert not any(secret in row[0] for row in rows)


async def test_an_answer_with_a_key_is_never_replayed(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        first = await home.api("POST", KEYS, {"name": "ci"}, Idempotency_Key="make-ci")
        again = await home.api("POST", KEYS, {"name": "ci"}, Idempotency_Key="make-ci")
        assert (first.status, again.status, again.code) == (201, 409, "already_done")
        assert first.body["id"] in again.body["detail"]
        assert len((await home.api("GET", KEYS)).body["items"]) == 2


async def test_a_revoked_key_is_out_within_five_seconds(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home)
        assert (await client("GET", SETTINGS)).status == 200
        assert (await home.api("DELETE", f"{KEYS}/{key_id}")).status == 204
        await refused_within_five_seconds(client, "key_revoked")
        assert (await home.api("DELETE", f"{KEYS}/{key_id}")).status == 404


async def test_a_key_stops_at_its_expiry(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        expiry = clock.rfc3339(clock.now() + timedelta(seconds=30))
        _, client = await made(home, expires_at=expiry)
        assert (await client("GET", SETTINGS)).status == 200
        clock.travel(timedelta(seconds=31))
        try:
            await home.settle()
            late = await client("GET", SETTINGS)
        finally:
            clock.travel(timedelta())
        assert (late.status, late.code) == (401, "key_expired")


async def test_a_key_works_from_its_ranges_alone(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        _, here = await made(home, address_ranges=["127.0.0.0/8"])
        _, elsewhere = await made(home, address_ranges=["203.0.113.0/24", "2001:db8::/32"])
        assert (await here("GET", SETTINGS)).status == 200
        answer = await elsewhere("GET", SETTINGS)
        assert (answer.status, answer.code) == (401, "address_refused")


async def test_a_key_does_what_its_scopes_say_and_gives_no_more(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home, scopes=["api_keys:write", "settings:read"])
        assert (await client("GET", SETTINGS)).status == 200
        assert (await client("GET", KEYS)).status == 403
        beyond = await client("POST", KEYS, {"scopes": ["agents:write"]})
        assert (beyond.status, beyond.code) == (403, "forbidden")
        own = await client("POST", KEYS, {})
        assert own.body["scopes"] == ["api_keys:write", "settings:read"]
        first = (await home.api("GET", KEYS)).body["items"][-1]["id"]
        assert first != key_id
        assert (await client("POST", f"{KEYS}/{first}/rotate")).status == 403


async def test_a_key_outlives_and_outreaches_no_key_that_made_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        soon, late = (clock.rfc3339(clock.now() + timedelta(hours=hours)) for hours in (1, 2))
        bound = {"expires_at": soon, "address_ranges": ["127.0.0.0/8"]}
        _, client = await made(home, **bound)
        heir = (await client("POST", KEYS, {})).body
        assert heir["address_ranges"] == bound["address_ranges"]
        assert heir["expires_at"] is not None
        for wider in ({"expires_at": late}, {"address_ranges": ["0.0.0.0/0"]}, {"address_ranges": ["::/0"]}):
            assert (await client("POST", KEYS, wider)).status == 403
        assert (await client("POST", KEYS, {"address_ranges": ["127.0.0.1/32"]})).status == 201


async def test_a_test_key_is_followed_by_a_test_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home, kind="test")
        successor = await home.api("POST", f"{KEYS}/{key_id}/rotate", {})
        assert client.bearer is not None
        assert client.bearer.startswith("rf_test_")
        assert successor.body["key"].startswith("rf_test_")


async def test_two_keys_overlap_in_rotation(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, old = await made(home, name="ci", scopes=["settings:read"])
        rotated = await home.api("POST", f"{KEYS}/{key_id}/rotate")
        new = home.client.as_(rotated.body["key"])
        assert (rotated.status, rotated.body["scopes"], rotated.body["name"]) == (201, ["settings:read"], "ci")
        assert [(await client("GET", SETTINGS)).status for client in (old, new)] == [200, 200]
        assert (await home.api("POST", f"{KEYS}/{key_id}/rotate")).code == "key_over"
        shown = next(key for key in (await home.api("GET", KEYS)).body["items"] if key["id"] == key_id)
        assert shown["successor_id"] == rotated.body["id"]
        assert shown["expires_at"] is not None


async def test_a_rotation_without_overlap_ends_the_old_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, old = await made(home)
        assert (await old("GET", SETTINGS)).status == 200
        assert (await home.api("POST", f"{KEYS}/{key_id}/rotate", {"overlap_seconds": 0})).status == 201
        await refused_within_five_seconds(old, "key_expired")


async def test_a_key_that_was_never_made_is_refused(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        real = home.api.bearer or ""
        mistyped = real[:-1] + ("0" if real[-1] != "0" else "1")
        for bearer in ("rf_live_" + "0" * 22 + "_" + "0" * 49, mistyped, "garbage", real + " "):
            answer = await home.client.as_(bearer)("GET", SETTINGS)
            assert (answer.status, answer.code) == (401, "invalid_credential")
        assert (await home.client("GET", SETTINGS)).code == "missing_credential"


@pytest.mark.promise("KEY-02")
async def test_a_key_shows_how_often_it_was_used(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home)
        for _ in range(3):
            await client("GET", SETTINGS)
        clock.travel(timedelta(seconds=61))
        try:
            await home.settle()
            await client("GET", SETTINGS)
        finally:
            clock.travel(timedelta())
        shown = next(key for key in (await home.api("GET", KEYS)).body["items"] if key["id"] == key_id)
        assert shown["use_count"] == 4
        assert shown["last_used_at"] is not None
        assert re.fullmatch(r"[0-9a-f]{32}", shown["last_used_from"]), "a keyed hash, and no address"


@pytest.mark.promise("KEY-02")
async def test_many_uses_at_once_are_counted_once_each(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home)
        for _ in range(3):
            await client("GET", SETTINGS)
        try:
            for minute, at_once in ((1, 12), (2, 1)):
                clock.travel(timedelta(seconds=61 * minute))
                await home.settle()
                answers = await asyncio.gather(*(client("GET", SETTINGS) for _ in range(at_once)))
                assert {answer.status for answer in answers} == {200}
        finally:
            clock.travel(timedelta())
        shown = next(key for key in (await home.api("GET", KEYS)).body["items"] if key["id"] == key_id)
        assert shown["use_count"] == 3 + 12 + 1


async def test_of_many_requests_at_once_each_is_refused_with_a_revoked_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        key_id, client = await made(home)
        assert (await client("GET", SETTINGS)).status == 200
        assert (await home.api("DELETE", f"{KEYS}/{key_id}")).status in {200, 204}
        await home.settle()
        answers = await asyncio.gather(*(client("GET", SETTINGS) for _ in range(12)))
        assert {(answer.status, answer.code) for answer in answers} == {(401, "key_revoked")}


async def test_a_restricted_partners_keys_are_out(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await operator.restrict_partner(home.kernel, home.partner_id)
        await refused_within_five_seconds(home.api, "partner_restricted")
        await operator.resume_partner(home.kernel, home.partner_id)
        await home.settle()
        assert (await home.api("GET", SETTINGS)).status == 200


async def test_the_operator_gives_a_partner_a_key_with_the_scopes_of_today(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        _, older = await made(home, scopes=["api_keys:write", "settings:read"])
        key_id, text = await operator.issue_key(home.kernel, home.partner_id, kind=ApiKeyKind.LIVE, name="another")
        client = home.client.as_(text.reveal().decode())
        own = next(key for key in (await client("GET", KEYS)).body["items"] if key["id"] == str(key_id))
        assert own["scopes"] == sorted(access.PARTNER_SCOPES)
        assert (await older("POST", KEYS, {"scopes": ["secrets:write"]})).status == 403
        with pytest.raises(Problem, match="not_found"):
            await operator.issue_key(home.kernel, PartnerId(ids.new()), kind=ApiKeyKind.LIVE, name="nobody's")
