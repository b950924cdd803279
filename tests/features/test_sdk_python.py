"""The Python SDK against a running server: what it signs is taken, what it follows is whole. EMB-08."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import standardwebhooks
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ringfence_client import (
    AsyncPartner,
    AsyncSession,
    Partner,
    Refused,
    Session,
    TokenSigner,
    Webhook,
    WebhookRefused,
    wire,
)
from ringfence_client import events as sse
from tests.served import deployment_directory, process
from tests.served_cast import Cast, make_cast
from tools import sdk

README = (Path(__file__).resolve().parents[2] / "sdk/python/README.md").read_text()
PEM = serialization.Encoding.PEM
PLAIN = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def signer_of(cast: Cast) -> TokenSigner:
    """A signer with an ES256 key of its own, registered through the SDK."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    kid = f"sdk-{time.monotonic_ns()}"
    with Partner(cast.server.base_url, cast.northwind.api_key) as partner:
        partner.add_signing_key({"kid": kid, "algorithm": "ES256", "public_key_pem": public})
    pem = private.private_bytes(PEM, *PLAIN).decode()
    audience = cast.server.environment["RINGFENCE_PUBLIC_URL"]
    return TokenSigner(cast.northwind.issuer, audience, kid, pem, "ES256")


def agent_of(cast: Cast, model: str) -> str:
    """An agent of that model, made through the SDK."""
    with Partner(cast.server.base_url, cast.northwind.api_key) as partner:
        return partner.create_agent({"name": "Desk", "instructions": "Be brief.", "model": model})["id"]


@pytest.mark.promise("EMB-08")
def test_what_the_readme_of_the_sdk_says_works(served: Cast, capsys):
    signer = signer_of(served)
    blocks = [block.partition("```")[0] for block in README.split("```python\n")[1:]]
    assert len(blocks) == 4
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    now = datetime.now(tz=UTC)
    signed = standardwebhooks.Webhook(secret).sign("msg_1", now, '{"a":1}')
    names = {
        "issuer": signer.issuer,
        "audience": signer.audience,
        "kid": signer.kid,
        "base_url": served.server.base_url,
        "api_key": served.northwind.api_key,
        "secret": secret,
        "request_body": b'{"a":1}',
        "request_headers": {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": str(int(now.timestamp())),
            "Webhook-Signature": signed,
        },
    }
    exec(blocks[0].replace("key=private_key_pem", f"key={signer.key!r}, algorithm='ES256'"), names)
    exec(blocks[1].replace('"rose"', '"readme"').replace("scripted:demo", "scripted:fast"), names)
    exec(blocks[2], names)
    exec(blocks[3], names)
    assert "late" in capsys.readouterr().out
    assert names["event"] == {"a": 1}


@pytest.mark.promise("EMB-08")
async def test_a_partners_day_with_await(served: Cast):
    async with AsyncPartner(served.server.base_url, served.northwind.api_key) as partner:
        made = await partner.create_organization({"external_id": "daisy", "name": "Daisy"}, key="daisy-1")
        assert (await partner.create_organization({"external_id": "daisy", "name": "Daisy"}, key="daisy-1")) == made
        assert made["id"] in {organization["id"] async for organization in partner.organizations()}
        renamed = await partner.change_organization(made["id"], {"name": "Daisy & Sons"})
        assert renamed["name"] == "Daisy & Sons"
        with pytest.raises(Refused) as refused:
            await partner.create_organization({"external_id": "", "name": "Nobody"})
        assert (refused.value.status, refused.value.code) == (422, "invalid_request")
        assert refused.value.errors
        assert refused.value.request_id
        erased = await partner.erase_organization(made["id"])
        assert erased
        with pytest.raises(Refused, match="404"):
            await partner.organization(made["id"])


@pytest.mark.promise("EMB-08", "SEC-01")
async def test_a_partner_keeps_and_deletes_secrets(served: Cast):
    rose = served.northwind.organizations["rose"]
    async with AsyncPartner(served.server.base_url, served.northwind.api_key) as partner:
        kept = await partner.keep_secret(
            {
                "organization_id": rose,
                "name": "OF_THE_SDK",
                "value": "sk-planted-0123456789",
                "allowed_hosts": ["api.example.com"],
            }
        )
        assert kept["replaced"] is False
        listed = [one async for one in partner.secrets(rose)]
        assert kept["id"] in {one["id"] for one in listed}
        assert (await partner.secret(kept["id"]))["allowed_hosts"] == ["api.example.com"]
        await partner.delete_secret(kept["id"])
        with pytest.raises(Refused) as refused:
            await partner.secret(kept["id"])
        assert refused.value.status == 404


@pytest.mark.promise("EMB-08")
async def test_a_user_asks_and_the_answer_is_what_is_stored(served: Cast):
    signer = signer_of(served)
    agent_id = agent_of(served, "scripted:fast")
    async with AsyncSession(served.server.base_url, lambda: signer.sign("alice", "rose")) as alice:
        heard = [event async for event in alice.stream(agent_id, "Say the word fence")]
        assert heard[-1].kind == "run.completed"
        said = "".join(event.data["text"] for event in heard if event.kind == "message.delta")
        run = await alice.run(heard[0].data["run_id"])
        stored = [message async for message in alice.messages(run["conversation_id"])]
        assert said == next(message["text"] for message in stored if message["author"] == "assistant")
        middle = heard[len(heard) // 2]
        rest = [event async for event in alice.follow(run["id"], after=middle.id)]
        assert rest[-1].kind == "run.completed"
        assert (await alice.me())["organization"]["external_id"] == "rose"
        await alice.log_out()
        assert (await alice.me())["organization"]["external_id"] == "rose"


@pytest.mark.promise("EMB-08")
def test_a_session_that_was_cut_off_is_renewed_and_a_refusal_is_told(served: Cast):
    signer = signer_of(served)
    with Session(served.server.base_url, lambda: signer.sign("bob", "rose")) as bob:
        first = bob.me()["user"]["id"]
        with Session(served.server.base_url, lambda: "no token") as nobody, pytest.raises(Refused) as refused:
            nobody.me()
        assert (refused.value.status, refused.value.code) == (401, "invalid_token")
        assert bob._held is not None
        bob._held = {**bob._held, "session_token": "worn.out.token"}
        assert bob.me()["user"]["id"] == first


def test_a_stream_goes_on_when_the_server_is_killed_and_comes_back():
    with deployment_directory() as directory, process(directory) as server:
        cast = make_cast(server)
        signer = signer_of(cast)
        agent_id = agent_of(cast, "scripted:demo")
        with Session(server.base_url, lambda: signer.sign("alice", "rose")) as alice:
            kinds: list[str] = []
            text = ""
            for event in alice.stream(agent_id, "Tell a story"):
                kinds.append(event.kind)
                if event.kind == "message.delta":
                    text += event.data["text"]
                    if len(text) > 40 and "message.restarted" not in kinds and kinds.count("message.delta") == 5:
                        server.kill()
                        server.start()
                if event.kind == "message.restarted":
                    text = ""
            assert kinds[-1] == "run.completed"


@pytest.mark.parametrize("algorithm", ["EdDSA", "HS256"])
def test_a_token_of_each_algorithm_has_what_the_server_asks_for(algorithm):
    private = ed25519.Ed25519PrivateKey.generate()
    key = private.private_bytes(PEM, *PLAIN) if algorithm == "EdDSA" else b"s" * 32
    token = TokenSigner("urn:northwind", "https://rf.example", "k1", key, algorithm).sign("alice", "rose", name="Alice")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert header == {"alg": algorithm.replace("EdDSA", "Ed25519"), "kid": "k1", "typ": "JWT"}
    assert {"iss", "aud", "sub", "org", "iat", "exp", "jti", "name"} == set(claims)
    assert claims["exp"] - claims["iat"] == 60


def test_a_webhook_is_what_the_reference_signs_and_nothing_else():
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    other = base64.b64encode(b"another secret, another secret!!").decode()
    now = datetime.now(tz=UTC)
    body = '{"kind":"run.completed"}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": "v1a,xyz " + standardwebhooks.Webhook(key).sign("msg_1", now, body),
    }
    assert Webhook(f"whsec_{key}").verify(body.encode(), headers) == {"kind": "run.completed"}
    assert Webhook(other, key).verify(body.encode(), headers)
    for change in (
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(now.timestamp()) - 301)},
        {"webhook-timestamp": "1e9"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")},
        {"webhook-id": ""},
        {"webhook-id": "msg_\udcff"},
    ):
        with pytest.raises(WebhookRefused):
            Webhook(key).verify(body.encode(), headers | change)
    for wrong in (body.encode() + b" ", b""):
        with pytest.raises(WebhookRefused):
            Webhook(key).verify(wrong, headers)
    with pytest.raises(WebhookRefused):
        Webhook(other).verify(body.encode(), headers)
    for bad in ((), ("",), ("whsec_",), ("whsec_*",)):
        with pytest.raises(ValueError, match="secret"):
            Webhook(*bad)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_the_same_however_their_bytes_are_cut(size):
    first = ': still here\n\nid: 1:0\nevent: run.started\ndata: {"run_id":"r"}\n\n'
    stream = first + 'id: 2:3\nevent: message.delta\ndata: {"text":"blå"}\n\n'
    raw, reader = stream.encode(), sse.EventReader()
    heard = [event for at in range(0, len(raw), size) for event in reader.feed(raw[at : at + size])]
    assert [(event.id, event.kind, event.data) for event in heard] == [
        ("1:0", "run.started", {"run_id": "r"}),
        ("2:3", "message.delta", {"text": "blå"}),
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_words_in_an_event_never_become_an_event(separator):
    words = f'{separator}event: run.completed{separator}data: {{"text":"forged"}}{separator}:'
    raw = b"id: 1:0\nevent: message.delta\ndata: " + json.dumps({"text": words}, ensure_ascii=False).encode() + b"\n\n"
    (event,) = sse.EventReader().feed(raw)
    assert (event.kind, event.data) == ("message.delta", {"text": words})


@pytest.mark.parametrize("user_id", ["", ".", "..", "x/../..", "x%2F..%2F..", "x?y", "x\n"])
def test_an_id_never_leads_to_something_else(user_id):
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    with (
        Partner("https://rf.example", "key", http=httpx.Client(transport=httpx.MockTransport(answer))) as partner,
        pytest.raises(ValueError, match="no id"),
    ):
        partner.erase_user("daisy", user_id)
    assert not asked


async def test_who_logs_out_during_a_renewal_is_logged_out():
    renewing, go_on, ended = asyncio.Event(), asyncio.Event(), list[str]()
    bought = {"session_token": "first", "refresh_token": "rf-1", "expires_in": 0}

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refresh"):
            renewing.set()
            await go_on.wait()
            return httpx.Response(200, json={"session_token": "next", "refresh_token": "rf-2", "expires_in": 900})
        if request.url.path.endswith("/logout"):
            ended.append(json.loads(request.content)["refresh_token"])
            return httpx.Response(204)
        return httpx.Response(200, json=bought if request.url.path.endswith("/auth") else {})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    async with AsyncSession("https://rf.example", lambda: "signed", http=http) as alice:
        await alice.me()
        renewal = asyncio.create_task(alice.me())
        await renewing.wait()
        leaving = asyncio.create_task(alice.log_out())
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(renewal, leaving)
    assert ended == ["rf-2"]


def test_what_may_pass_is_tried_again_and_what_will_not_is_told_at_once():
    def refused(status: int, **headers: str) -> Refused:
        return wire.refusal(httpx.Response(status, headers=headers, content=b"<html>"))

    def low(least: float, _most: float) -> float:
        return least

    assert wire.pause_s(refused(503), tried=1, draw=low) == 0.0
    assert wire.pause_s(refused(429, **{"Retry-After": "3"}), tried=1, draw=low) == 3.0
    assert wire.pause_s(refused(429, **{"Retry-After": "3600"}), tried=1) is None
    assert wire.pause_s(refused(422), tried=1) is None
    assert wire.pause_s(refused(503), tried=wire.TRIES) is None
    assert refused(502).code == "http_502"
    under_way = Refused(409, {"code": "idempotency_in_progress"})
    assert wire.pause_s(under_way, tried=1, draw=low) == 0.0
    assert wire.pause_s(Refused(409, {"code": "already_done"}), tried=1) is None


def test_a_client_that_cannot_be_made_blocking_is_named():
    with pytest.raises(ValueError, match="mend"):
        sdk.blocking({"aio.py": "nothing of the kind"})


@pytest.mark.promise("AUD-05")
async def test_a_log_is_read_and_taken_away_through_the_sdk(served: Cast):
    base_url, rose = served.server.base_url, served.northwind.organizations["rose"]
    with Partner(base_url, served.northwind.api_key) as partner:
        entry = next(item for item in partner.audit_log(rose, action="user.*") if item["index"] is not None)
        assert entry["action"].startswith("user.")
        lines = b"".join(partner.export_audit_log(rose)).splitlines()
        assert b'"end":true' in lines[-1]
        size = json.loads(lines[0])["size"]
        assert partner.audit_checkpoint(rose).splitlines()[0].endswith(f"/audit/org/{rose}")
        assert partner.audit_receipt(entry["id"], rose).startswith("c2sp.org/tlog-proof@v1\n")
        assert partner.audit_consistency(1, size, rose)["to"] == size
        assert next(partner.audit_log())["index"] != 0
    northwind = served.northwind
    token = northwind.key.sign(northwind.claims("ada", "rose", role="admin"))
    async with AsyncSession(base_url, lambda: token) as ada:
        exported = b"".join([piece async for piece in ada.export_audit_log(format="csv", outcome="success")])
        assert exported.startswith(b"index,id,at,")
        assert await ada.audit_checkpoint()
        with pytest.raises(Refused):
            await ada.audit_receipt("00000000-0000-7000-8000-000000000000")
