"""Partners' keys by address: fetched rarely and carefully, merged by kid, withdrawn, revoked, and kept while away.

Mutations, and the tests that turn red: no claim in the database -> test_a_thousand_unknown_kids; a swapped key taken ->
test_a_kid_stays_bound_to_its_key; no age limit -> test_what_was_good_last; keys left active with a revoked set ->
test_revoking_a_key_set.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock, ids
from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.identity import key_set_merge, key_set_rows
from ringfence.controls.tenancy import PartnerScope
from tests.fakes import jwks_server
from tests.fakes.jwks_server import Server, jwk, jwks
from tests.house import Answer, House, house
from tests.world import Stage

KEYS = "/api/v1/partner/signing-keys"


@dataclass(frozen=True)
class Scene:
    """A house, a partner's key server, and a way to let time pass."""

    home: House
    server: Server
    stage: Stage

    async def register(self, **more: object) -> Answer:
        return await self.home.api("POST", KEYS, {"jwks_url": self.server.url, **more})

    async def log_in(self, key: str, kid: str | None = None) -> Answer:
        return await self.home.log_in(key=key, kid=kid)

    async def listed(self) -> dict[str, Any]:
        items = (await self.home.api("GET", KEYS)).body["items"]
        return next(item for item in items if item["kind"] == "jwks")

    async def statuses(self) -> dict[str, str]:
        return {key["kid"]: key["status"] for key in (await self.listed())["keys"]}

    def pass_time(self, *, minutes: int) -> None:
        with self.stage.admin() as admin:
            admin.execute(
                "update app.key_set_fetch set attempted_at = attempted_at - make_interval(mins => %s),"
                " fetched_at = fetched_at - make_interval(mins => %s)",
                (minutes, minutes),
            )

    def entries(self, action: str) -> list[tuple[str | None, dict[str, Any]]]:
        with self.stage.admin() as admin:
            return admin.execute(
                "select reason, details from app.audit_queue where action = %s and scope_id = %s order by id",
                (action, self.home.partner_id),
            ).fetchall()


@asynccontextmanager
async def scene(stage: Stage, data: Path, *names: str) -> AsyncGenerator[Scene]:
    async with jwks_server.serve() as server:
        egress = Egress(parse_named(server.place))
        server.show(*names)
        async with house(stage, data, egress=egress) as home:
            yield Scene(home, server, stage)
        await egress.close()


@pytest.mark.promise("EMB-01")
async def test_every_kind_of_key_in_a_set_vouches(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa", "ec") as at:
        at.server.say(jwks(jwk("rsa", alg="RS256"), jwk("ec", use=...), jwk("ed25519", kid="ed", alg="Ed25519")))
        made = await at.register()
        assert (made.status, made.body["kind"], made.body["secret"]) == (201, "jwks", None)
        assert {key["kid"]: key["algorithm"] for key in made.body["keys"]} == {
            "rsa": "RS256",
            "ec": "ES256",
            "ed": "EdDSA",
        }
        for key, kid in (("rsa", None), ("ec", None), ("ed25519", "ed")):
            assert (await at.log_in(key, kid)).status == 200
        assert (await at.log_in("rsa", "ec")).status == 401
        listed = await at.listed()
        assert listed["last_used_at"] is not None
        assert (listed["jwks_url"], listed["status"], listed["last_error"]) == (at.server.url, "active", None)
        assert at.server.asked == 1


@pytest.mark.promise("EMB-01")
async def test_a_thousand_unknown_kids_fetch_once_a_minute(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        at.pass_time(minutes=2)
        began = clock.monotonic()
        asked = await asyncio.gather(*(at.log_in("ec", str(ids.new())) for _ in range(1000)))
        assert {answer.status for answer in asked} == {401}
        once = at.server.asked
        # One by the registration; a busy machine takes more than one minute for all of them.
        assert 2 <= once <= 2 + (clock.monotonic() - began) // 60
        at.pass_time(minutes=1)
        began = clock.monotonic()
        await asyncio.gather(*(at.log_in("ec", str(ids.new())) for _ in range(20)))
        assert 1 <= at.server.asked - once <= 1 + (clock.monotonic() - began) // 60


@pytest.mark.promise("EMB-01")
async def test_a_new_key_is_found_and_one_that_vanished_vouches_no_more_while_its_sessions_go_on(
    stage: Stage, tmp_path: Path
):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        before = await at.log_in("rsa")
        at.server.show("ec")
        at.pass_time(minutes=2)
        assert (await at.log_in("rsa")).status == 200  # nobody looked again yet
        assert (await at.log_in("ec")).status == 200
        assert (await at.log_in("rsa")).status == 401
        assert await at.statuses() == {"rsa": "withdrawn", "ec": "active"}
        me = at.home.client.as_(before.body["session_token"])
        assert (await me("GET", "/api/v1/me")).status == 200
        renewed = await at.home.client("POST", "/api/v1/embed/refresh", {"refresh_token": before.body["refresh_token"]})
        assert renewed.status == 200
        at.server.show("rsa", "ec")
        at.pass_time(minutes=2)
        assert (await at.log_in("rsa")).status == 200  # it came back


async def test_a_set_is_looked_at_again_after_ten_minutes(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa", "ec") as at:
        await at.register()
        at.server.show("ec")
        at.pass_time(minutes=9)
        assert (await at.log_in("rsa")).status == 200
        at.pass_time(minutes=2)
        assert (await at.log_in("rsa")).status == 401
        assert (await at.log_in("ec")).status == 200
        assert at.server.asked == 2


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("swapped", ["rsa-other", "ec"], ids=["the same kind", "another algorithm"])
async def test_a_kid_stays_bound_to_its_key(stage: Stage, tmp_path: Path, swapped: str):
    async with scene(stage, tmp_path, "rsa", "ed25519") as at:
        await at.register()
        at.server.say(jwks(jwk(swapped, kid="rsa")))
        for _ in range(2):
            at.pass_time(minutes=11)
            assert (await at.log_in(swapped, "rsa")).status == 401
            assert (await at.log_in("rsa")).status == 401
        assert (await at.listed())["refused_keys"] == [{"kid": "rsa", "reason": "key_changed"}]
        assert at.entries("signing_key.refused") == [("key_changed", {})]
        at.server.show("rsa")
        at.pass_time(minutes=2)
        assert (await at.log_in("rsa")).status == 200


@pytest.mark.promise("EMB-01")
async def test_what_was_good_last_stays_good_for_a_day_and_a_restart(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        at.server.manner = jwks_server.hangs_up
        at.pass_time(minutes=11)
        assert (await at.log_in("rsa")).status == 200
        assert ((await at.listed())["last_error"], (await at.listed())["status"]) == ("disconnected", "active")
        at.pass_time(minutes=20)
        assert (await at.log_in("rsa")).status == 200
        assert at.entries("key_set.unavailable") == [("disconnected", {})]  # collapsed
        at.pass_time(minutes=24 * 60)
        assert (await at.log_in("rsa")).status == 401
        assert (await at.listed())["status"] == "stale"
        at.server.show("rsa")
        at.pass_time(minutes=2)
        assert (await at.log_in("rsa")).status == 200
        assert (await at.listed())["last_error"] is None


BAD_ANSWERS: dict[str, tuple[bytes, str]] = {
    "404": (b"", "bad_status"),
    "503": (jwks(jwk("rsa")), "bad_status"),
    "empty": (b"", "not_json"),
    "html": (b"<!doctype html><title>Sign in</title>", "not_json"),
    "deep": (b'{"keys":' + b"[" * 5000 + b"]" * 5000 + b"}", "not_json"),
    "a member twice": (b'{"keys": [], "keys": []}', "not_json"),
    "not UTF-8": (b'{"keys": "\xff"}', "not_json"),
    "a list": (b"[]", "not_json"),
    "no keys": (b"{}", "not_a_key_set"),
    "keys is an object": (b'{"keys": {}}', "not_a_key_set"),
    "keys of text": (b'{"keys": ["rsa"]}', "not_a_key_set"),
    "10,000 keys": (jwks(*({"kid": str(n)} for n in range(10_000))), "too_many_keys"),
    "51 keys": (jwks(*({"kid": str(n)} for n in range(51))), "too_many_keys"),
    "huge": (b'{"keys": []}' + b" " * 300_000, "too_large"),
}


@pytest.mark.promise("EMB-01")
async def test_an_answer_that_is_no_key_set_changes_nothing(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        for name, (body, code) in BAD_ANSWERS.items():
            at.server.say(body, status=int(name) if name.isdigit() else 200)
            at.pass_time(minutes=11)
            assert (await at.log_in("rsa")).status == 200, name
            assert (await at.listed())["last_error"] == code, name
            with at.stage.admin() as admin:  # as if it had been good a moment ago: this is not about its age
                admin.execute("update app.key_set_fetch set fetched_at = now()")


MISBEHAVIOURS = {
    jwks_server.hangs_up: "disconnected",
    jwks_server.stops_halfway: "disconnected",
    jwks_server.is_endless: "too_large",
    jwks_server.speaks_no_http: "malformed",
    jwks_server.is_silent: "timeout",
}


@pytest.mark.promise("EMB-01")
async def test_a_key_server_that_misbehaves_holds_nobody_up(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        for manner, code in MISBEHAVIOURS.items():
            await misbehaves(at, manner, code)


@pytest.mark.long
async def test_a_key_server_that_drips_holds_nobody_up(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        await misbehaves(at, jwks_server.drips, "timeout")


async def misbehaves(at: Scene, manner: jwks_server.Manner, code: str) -> None:
    at.server.manner = manner
    at.pass_time(minutes=11)
    async with asyncio.timeout(20):
        waiting = [asyncio.create_task(at.log_in("rsa")) for _ in range(3)]
        assert (await at.home.log_in()).status == 200  # by another key, meanwhile
        assert {(await one).status for one in waiting} == {200}
    assert (await at.listed())["last_error"] == code


@pytest.mark.promise("EMB-01")
async def test_no_redirect_is_followed(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at, jwks_server.serve() as inside:
        for status, url in [
            (status, url) for status in (301, 302, 303, 307, 308) for url in (inside.url, at.server.url)
        ]:
            at.server.say(b"", status=status, Location=url)
            answer = await at.register()
            assert (answer.status, answer.code) == (422, "unusable_key_set")
        assert (inside.asked, at.server.asked) == (0, 10)


REFUSED_ADDRESSES = [
    "http://northwind.example/jwks.json",
    "https://user:word@northwind.example/jwks.json",
    "https://127.0.0.1/jwks.json",
    "https://[::1]/jwks.json",
    "https://[fd00::1]/jwks.json",
    "https://2130706433/jwks.json",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/jwks.json",
    "https://northwind.example/jwks.json#keys",
    "file:///etc/passwd",
    "",
    "https://",
]


@pytest.mark.promise("EMB-01")
async def test_an_address_that_is_not_public_https_is_422(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for url in REFUSED_ADDRESSES:
            answer = await home.api("POST", KEYS, {"jwks_url": url})
            assert (answer.status, answer.code) == (422, "unusable_key_set"), url
            assert answer.body["errors"][0]["pointer"] == "/jwks_url"


@pytest.mark.promise("EMB-01")
async def test_a_name_that_leads_into_a_private_network_is_refused_at_each_fetch(stage: Stage, tmp_path: Path):
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["10.0.0.7"]

    egress = Egress(resolve=resolve)
    async with house(stage, tmp_path, egress=egress) as home:
        answer = await home.api("POST", KEYS, {"jwks_url": "https://keys.northwind.example/jwks.json"})
        assert (answer.status, asked) == (422, ["keys.northwind.example"])
    await egress.close()


@pytest.mark.promise("EMB-05")
async def test_revoking_a_key_set_ends_every_session_that_it_vouched_for(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa", "ec") as at:
        made = (await at.register()).body
        sessions = [(await at.log_in(key)).body for key in ("rsa", "ec")]
        other = await at.home.session()
        assert (await at.home.api("DELETE", f"{KEYS}/{made['id']}")).status == 204
        for one in sessions:
            refused = await at.home.client.as_(one["session_token"]).refused_soon("/api/v1/me")
            assert refused.code == "session_revoked"
            body = {"refresh_token": one["refresh_token"]}
            assert (await at.home.client("POST", "/api/v1/embed/refresh", body)).code == "session_revoked"
        assert (await other("GET", "/api/v1/me")).status == 200
        at.pass_time(minutes=11)
        assert (await at.log_in("rsa")).status == 401
        assert at.server.asked == 1  # nobody asks a revoked set
        assert (await at.home.api("DELETE", f"{KEYS}/{made['id']}")).status == 404
        again = (await at.register()).body
        assert {one["reason"] for one in again["refused_keys"]} == {"kid_taken"}


@pytest.mark.promise("EMB-05")
async def test_one_kid_of_a_set_is_revoked_for_good(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa", "ec") as at:
        made = (await at.register()).body
        bad, good = (await at.log_in("rsa")).body, (await at.log_in("ec")).body
        key_id = next(key["id"] for key in made["keys"] if key["kid"] == "rsa")
        assert (await at.home.api("DELETE", f"{KEYS}/{key_id}")).status == 204
        assert (await at.home.client.as_(bad["session_token"]).refused_soon("/api/v1/me")).code == "session_revoked"
        assert (await at.home.client.as_(good["session_token"])("GET", "/api/v1/me")).status == 200
        at.pass_time(minutes=11)
        assert (await at.log_in("rsa")).status == 401
        assert (await at.listed())["refused_keys"] == [{"kid": "rsa", "reason": "revoked"}]


async def test_a_set_that_is_revoked_during_its_fetch_gets_no_key(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        made = (await at.register()).body
        entered, go_on = asyncio.Event(), asyncio.Event()

        async def dawdles(server: Server, writer: asyncio.StreamWriter) -> None:
            entered.set()
            await go_on.wait()
            await jwks_server.answers(server, writer)

        at.server.show("ec")
        at.server.manner = dawdles
        at.pass_time(minutes=2)
        waiting = asyncio.create_task(at.log_in("ec"))
        await entered.wait()
        assert (await at.home.api("DELETE", f"{KEYS}/{made['id']}")).status == 204
        go_on.set()
        assert (await waiting).status == 401
        assert await at.statuses() == {"rsa": "revoked"}


async def test_a_process_that_stood_still_brings_back_no_key(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        at.pass_time(minutes=2)
        kernel, old = at.home.kernel, await at.home.kernel.identity.key_sets.fetch(at.home.partner_id, at.server.url)
        (claimed,) = (await kernel.database.write(PartnerScope(at.home.partner_id), key_set_rows.CLAIM()))[0]
        at.pass_time(minutes=2)
        at.server.show("ec")
        assert (await at.log_in("ec")).status == 200
        async with kernel.database.partner(PartnerScope(at.home.partner_id)) as tx:
            await key_set_merge.merge(tx, claimed.id, old, since=claimed.attempted_at)
        assert await at.statuses() == {"rsa": "withdrawn", "ec": "active"}


async def test_an_emptied_set_withdraws_its_keys(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        await at.register()
        at.server.say(b'{"keys": []}')
        at.pass_time(minutes=11)
        assert (await at.log_in("rsa")).status == 401
        listed = await at.listed()
        assert (listed["last_error"], listed["keys"][0]["status"]) == ("no_usable_keys", "withdrawn")
        assert at.entries("key_set.changed")[-1][1] == {"added": 0, "withdrawn": 1, "refused": 0}


async def test_a_set_succeeds_a_key_and_is_succeeded_with_an_overlap(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa", "ec") as at:
        pem = (await at.home.api("GET", KEYS)).body["items"][0]["id"]
        first = (await at.register(replaces=pem, overlap_seconds=0)).body
        assert (await at.log_in("ed25519")).status == 401
        member = first["keys"][0]["id"]
        assert (await at.register(replaces=member)).status == 404  # a key of a set goes with its set
        at.server.say(jwks(jwk("ed25519", kid="next")))
        second = await at.register(replaces=first["id"], overlap_seconds=3600)
        assert [(await at.log_in("rsa")).status, (await at.log_in("ed25519", "next")).status] == [200, 200]
        at.server.say(jwks(jwk("ed25519-other", kid="last")))
        assert (await at.register(replaces=first["id"], overlap_seconds=0)).status == 201
        assert (await at.log_in("rsa")).status == 401
        statuses = {one["id"]: one["status"] for one in (await at.home.api("GET", KEYS)).body["items"]}
        assert (statuses[first["id"]], statuses[second.body["id"]], statuses[pem]) == ("expired", "active", "expired")


async def test_a_set_that_brings_no_key_of_its_own_succeeds_nothing(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "ed25519") as at:
        pem = (await at.home.api("GET", KEYS)).body["items"][0]
        refused = await at.register(replaces=pem["id"], overlap_seconds=0)
        assert (refused.status, refused.code) == (409, "kid_taken")
        assert (await at.home.api("GET", KEYS)).body["items"] == [pem]
        assert (await at.log_in("ed25519")).status == 200


async def test_a_partner_has_five_sets_at_most_however_many_it_registers_at_once(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        together = asyncio.Barrier(8)

        async def waits_for_all(server: Server, writer: asyncio.StreamWriter) -> None:
            await together.wait()
            await jwks_server.answers(server, writer)

        at.server.manner = waits_for_all
        made = await asyncio.gather(*(at.register() for _ in range(8)))
        assert sorted(answer.status for answer in made) == [201] * 5 + [409] * 3


async def test_a_registration_is_replayed_though_the_server_is_away(stage: Stage, tmp_path: Path):
    async with scene(stage, tmp_path, "rsa") as at:
        body = {"jwks_url": at.server.url}
        first = await at.home.api("POST", KEYS, body, Idempotency_Key="once")
        at.server.manner = jwks_server.hangs_up
        second = await at.home.api("POST", KEYS, body, Idempotency_Key="once")
        assert (first.status, second.status, second.body) == (201, 201, first.body)
        assert (await at.home.api("POST", KEYS, body)).code == "unusable_key_set"


async def test_registrations_by_address_are_limited(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, limits="auth=1000/60,default=1000/60") as home:
        url = {"jwks_url": "https://127.0.0.1/jwks.json"}
        assert [(await home.api("POST", KEYS, url)).status for _ in range(11)] == [422] * 10 + [429]
