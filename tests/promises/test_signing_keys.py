"""Partners' signing keys of every kind: shared secrets, key confusion, rotation with an overlap, revocation."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import ids
from tests.house import AUDIENCE, Answer, House, house
from tests.vectors import make_bad_tokens as tokens
from tests.world import Stage

KEYS = "/api/v1/partner/signing-keys"


async def make_secret(home: House, kid: str = "shared", **more: object) -> dict[str, Any]:
    answer = await home.api("POST", KEYS, {"kid": kid, "algorithm": "HS256", **more})
    assert answer.status == 201, answer.body
    return answer.body


def token_by(home: House, secret: bytes, kid: str = "shared", *, alg: str = "HS256") -> str:
    now = int(time.time())
    claims = {"iss": home.issuer, "aud": AUDIENCE, "sub": "alice", "org": "rose", "iat": now, "exp": now + 300}
    body = {**claims, "jti": str(ids.new())}
    return tokens.sign({"alg": alg, "kid": kid}, body, by=lambda message: hmac.digest(secret, message, "sha256"))


async def log_in(home: House, token: str) -> Answer:
    return await home.client("POST", "/api/v1/embed/auth", {"token": token})


@pytest.mark.promise("EMB-01")
async def test_hs256_takes_a_secret_of_ours_that_is_shown_once_and_kept_sealed(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await make_secret(home)
        secret = made["secret"].encode()
        assert (made["kind"], made["algorithm"], made["public_key_pem"]) == ("shared_secret", "HS256", None)
        assert len(base64.urlsafe_b64decode(secret[4:] + b"=")) == 32
        assert (await log_in(home, token_by(home, secret))).status == 200
        assert made["secret"] not in json.dumps((await home.api("GET", KEYS)).body)
        with stage.admin() as admin:
            (sealed,) = admin.execute(
                "select secret from app.signing_secret where key_id = %s", (made["id"],)
            ).fetchone() or (b"",)
        assert len(sealed) == len(secret) + 73
        assert secret[8:24] not in sealed


@pytest.mark.promise("EMB-01")
async def test_the_secret_is_not_shown_again_by_a_repeated_request(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        body = {"kid": "shared", "algorithm": "HS256"}
        first = await home.api("POST", KEYS, body, Idempotency_Key="once")
        again = await home.api("POST", KEYS, body, Idempotency_Key="once")
        assert (first.status, again.status, again.code) == (201, 409, "already_done")
        assert first.body["id"] in again.body["detail"]
        assert (await home.api("POST", KEYS, body)).code == "kid_taken"


@pytest.mark.promise("EMB-01")
async def test_no_public_key_verifies_hs256_and_no_secret_anything_else(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for name in ("rsa", "ec"):
            await home.add_key(name)
        for kid in ("rsa", "ec", "ed25519"):
            pem = tokens.public_pem(kid)
            der = base64.b64decode("".join(pem.splitlines()[1:-1]))
            for material in (pem.encode(), pem.strip().encode(), der, b""):
                assert (await log_in(home, token_by(home, material, kid))).status == 401, kid
        secret = (await make_secret(home))["secret"].encode()
        for wrong in (b"", secret[:-1], secret[4:], base64.urlsafe_b64decode(secret[4:] + b"="), secret + b"\n"):
            assert (await log_in(home, token_by(home, wrong))).status == 401
        for alg in ("HS384", "HS512", "hs256", "RS256", "none"):
            assert (await log_in(home, token_by(home, secret, alg=alg))).status == 401, alg
        for name in ("rsa", "ec", "ed25519"):
            assert (await home.log_in(key=name, kid="shared")).status == 401, name
        assert (await log_in(home, token_by(home, secret))).status == 200


@pytest.mark.promise("EMB-05")
async def test_revoking_a_secret_deletes_it_and_ends_its_sessions(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        made = await make_secret(home)
        mine = (await log_in(home, token_by(home, made["secret"].encode()))).body
        other = await home.session()
        assert (await home.api("DELETE", f"{KEYS}/{made['id']}")).status == 204
        refused = await home.client.as_(mine["session_token"]).refused_soon("/api/v1/me")
        assert refused.code == "session_revoked"
        renewed = await home.client("POST", "/api/v1/embed/refresh", {"refresh_token": mine["refresh_token"]})
        assert renewed.code == "session_revoked"
        assert (await other("GET", "/api/v1/me")).status == 200
        assert (await log_in(home, token_by(home, made["secret"].encode()))).status == 401
        with stage.admin() as admin:
            row = admin.execute("select from app.signing_secret where key_id = %s", (made["id"],)).fetchone()
        assert row is None


@pytest.mark.promise("EMB-05")
async def test_a_rotated_key_verifies_until_its_overlap_ends_and_its_sessions_go_on(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        old = await make_secret(home, "old")
        before = (await log_in(home, token_by(home, old["secret"].encode(), "old"))).body
        new = await make_secret(home, "new", replaces=old["id"], overlap_seconds=3600)
        for made in (old, new):
            assert (await log_in(home, token_by(home, made["secret"].encode(), made["kid"]))).status == 200
        last = await make_secret(home, "last", replaces=old["id"], overlap_seconds=0)
        assert (await log_in(home, token_by(home, old["secret"].encode(), "old"))).status == 401
        assert (await home.client.as_(before["session_token"])("GET", "/api/v1/me")).status == 200
        renewed = await home.client("POST", "/api/v1/embed/refresh", {"refresh_token": before["refresh_token"]})
        assert renewed.status == 200
        statuses = {one["kid"]: one["status"] for one in (await home.api("GET", KEYS)).body["items"]}
        assert statuses == {"last": "active", "new": "active", "old": "expired", "ed25519": "active"}
        assert (
            await home.api("POST", KEYS, {"kid": "x", "algorithm": "HS256", "replaces": str(ids.new())})
        ).status == 404
        with stage.admin() as admin:
            rotated = admin.execute(
                "select target_id::text, details ->> 'successor_id' from app.audit_queue"
                " where action = 'signing_key.rotated' and scope_id = %s order by id",
                (home.partner_id,),
            ).fetchall()
        assert rotated == [(old["id"], new["id"]), (old["id"], last["id"])]


@pytest.mark.promise("EMB-05")
async def test_a_key_shows_when_it_was_last_used_to_the_hour(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        await home.add_key("ec")
        for _ in range(2):
            await home.session()
        used = {one["kid"]: one["last_used_at"] for one in (await home.api("GET", KEYS)).body["items"]}
        assert used["ec"] is None
        moment = datetime.fromisoformat(used["ed25519"])
        assert (moment.minute, moment.second, moment <= datetime.now(UTC)) == (0, 0, True)


@pytest.mark.promise("TEN-04")
async def test_another_partner_neither_sees_nor_ends_nor_succeeds_a_key(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path / "north") as home, house(stage, tmp_path / "south") as other:
        made = await make_secret(home)
        assert (await other.api("DELETE", f"{KEYS}/{made['id']}")).status == 404
        body = {"kid": "mine", "algorithm": "HS256", "replaces": made["id"], "overlap_seconds": 0}
        assert (await other.api("POST", KEYS, body)).status == 404
        assert [one["kid"] for one in (await other.api("GET", KEYS)).body["items"]] == ["ed25519"]
        foreign = token_by(other, made["secret"].encode())
        assert (await log_in(home, foreign)).status == 401
        assert (await log_in(home, token_by(home, made["secret"].encode()))).status == 200
