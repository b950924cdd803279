"""OpenBao away, slow, sealed or saying no: what is cached opens until it is five minutes old, nothing new is made."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import (
    BaoAccess,
    Choice,
    KeyOwner,
    KeystoreRefusal,
    KeystoreUnavailable,
    open_keystore,
)
from ringfence.controls.keystore.openbao import store
from ringfence.controls.keystore.openbao.client import Bao, BaoAnswer
from ringfence.controls.keystore.openbao.entries import Entries
from ringfence.controls.keystore.openbao.store import OpenBaoKeystore
from tests.fakes.key_services import key_services
from tests.fakes.stalling_proxy import Mood, Proxy, proxied
from tests.openbao import BaoServer, new_prefix, policy

ROSE, THORN = (KeyOwner.organization(OrgId(ids.new())) for _ in range(2))


class Home:
    """A keystore of its own, reached through a proxy."""

    def __init__(self, server: BaoServer, proxy: Proxy, stack: contextlib.ExitStack) -> None:
        self.server, self.proxy, self.stack = server, proxy, stack
        self.prefix = new_prefix()

    def open(self, **access: Any) -> OpenBaoKeystore:
        if not access:
            access = {"token": Secret(b"root-of-the-tests")}
        bao = Bao(f"http://{self.proxy.address}", BaoAccess(**access), variable="RINGFENCE_KEYSTORE")
        self.stack.callback(bao.close)
        return self.kept(OpenBaoKeystore(bao, prefix=self.prefix))

    def kept(self, keys: OpenBaoKeystore) -> OpenBaoKeystore:
        self.stack.callback(keys.close)
        return keys

    def token(self, **more) -> Secret:
        """A token with no more than the policy that the documentation gives."""
        self.server.call("PUT", f"sys/policies/acl/{self.prefix}", {"policy": policy(self.prefix)})
        made = self.server.call("POST", "auth/token/create", {"policies": [self.prefix], **more})
        return Secret(made["auth"]["client_token"].encode())


@pytest.fixture
def home(bao: BaoServer) -> Iterator[Home]:
    with contextlib.ExitStack() as stack:
        yield Home(bao, stack.enter_context(proxied(bao.address)), stack)
        clock.travel(timedelta())


def cause(caught: "pytest.ExceptionInfo[KeystoreUnavailable]") -> str:
    return str(caught.value.cause)


@pytest.mark.promise("CRY-02")
def test_the_documented_policy_is_enough_for_everything_and_for_nobody_elses_keys(home):
    keys = home.open(token=home.token())
    keys.create(ROSE)
    keys.rotate(ROSE)
    assert keys.status().versions == 2
    assert len(keys.inventory()) == 1
    keys.destroy(ROSE)
    assert len(keys.tombstones()) == 1
    home.prefix, mine = new_prefix(), home.prefix
    with pytest.raises(KeystoreRefusal, match="status 403"):
        home.open(token=Secret(_token_of(home, mine)))


def _token_of(home: Home, prefix: str) -> bytes:
    return home.server.call("POST", "auth/token/create", {"policies": [prefix]})["auth"]["client_token"].encode()


def test_a_transit_key_of_ours_cannot_be_exported_by_the_documented_policy(home):
    token = home.token()
    home.open(token=token).create(ROSE)
    path = f"transit/export/encryption-key/{home.prefix}.server"
    with pytest.raises(OSError, match="403"):
        home.server.call("GET", path, token=token.reveal().decode())


@pytest.mark.promise("CRY-02")
def test_a_server_that_is_away_at_the_start_is_named_and_nothing_is_served(home):
    home.proxy.become(Mood.HANG_UP)
    with pytest.raises(KeystoreRefusal) as caught:
        home.open()
    assert str(caught.value).startswith(f"the keystore does not open: http://{home.proxy.address}")


@pytest.mark.promise("CRY-02")
def test_while_the_server_is_away_cached_keys_are_read_for_five_minutes_and_none_is_made(home):
    keys = home.open()
    rose = keys.create(ROSE)
    home.proxy.become(Mood.HANG_UP)
    clock.travel(timedelta(minutes=4, seconds=50))
    assert keys.unwrap(ROSE) is rose
    for attempt in (keys.create, keys.unwrap, keys.destroy):
        with pytest.raises(KeystoreUnavailable) as caught:
            attempt(THORN)
        assert (caught.value.status, caught.value.code) == (503, "keystore_unavailable")
        assert caught.value.headers["Retry-After"]
    clock.travel(timedelta(minutes=5, seconds=10))
    with pytest.raises(KeystoreUnavailable):
        keys.unwrap(ROSE)
    home.proxy.become(Mood.FORWARD)
    assert keys.unwrap(ROSE).key_id == rose.key_id


async def test_an_event_loop_waits_a_second_at_most_for_a_slow_server_and_then_not_at_all(home, monkeypatch):
    keys = home.open()
    await asyncio.to_thread(keys.create, ROSE)
    keys.forget_all()
    home.proxy.become(Mood.STALL)
    monkeypatch.setattr(store, "HURRY_SECONDS", 0.1)
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.unwrap(ROSE)
    assert "no answer within" in cause(caught)
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.unwrap(ROSE)
    assert "a moment ago" in cause(caught)
    await keys.warm(ROSE)  # returns at once: who warms does not queue up behind a server that is away
    home.proxy.become(Mood.FORWARD)
    monkeypatch.undo()
    clock.travel(timedelta(seconds=5))
    keys.unwrap(ROSE)


async def test_warming_while_the_server_is_away_fails_nothing(home):
    keys = home.open()
    home.proxy.become(Mood.HANG_UP)
    await keys.warm(ROSE, THORN)
    with pytest.raises(KeystoreUnavailable):
        keys.unwrap(ROSE)


def test_a_creation_whose_answer_was_lost_makes_one_key(home, monkeypatch):
    keys = home.open()
    write = Entries.write

    def lost(self, path, kept):
        write(self, path, kept)
        monkeypatch.setattr(Entries, "write", write)
        return False  # as the second of two equal requests is told

    monkeypatch.setattr(Entries, "write", lost)
    made = keys.create(ROSE)
    assert keys.inventory() == {ROSE.path: (made.key_id,)}


def test_where_others_are_always_first_the_change_is_given_up(home, monkeypatch):
    keys = home.open()
    keys.create(ROSE)
    monkeypatch.setattr(Entries, "write", lambda *_: False)
    for attempt in (keys.rotate, keys.destroy):
        with pytest.raises(KeystoreUnavailable) as caught:
            attempt(ROSE)
        assert "too many processes" in cause(caught)


@pytest.mark.parametrize("part", ["transit/encrypt", "secret/data", "secret/metadata", "/config"])
def test_a_step_that_the_server_refuses_is_told_in_its_words(home, monkeypatch, part):
    keys, call = home.open(), Bao.call

    def refusing(self, method, path, body=None):
        is_meant = method == "POST" and part in path
        return BaoAnswer(400, {}, ("not today",)) if is_meant else call(self, method, path, body)

    monkeypatch.setattr(Bao, "call", refusing)
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.destroy(ROSE) if part == "/config" else keys.create(ROSE)
    assert "not today" in cause(caught)


def test_an_inventory_that_the_server_refuses_is_no_empty_one(home, monkeypatch):
    keys = home.open()
    keys.create(ROSE)
    home.proxy.become(Mood.HANG_UP)
    with pytest.raises(KeystoreUnavailable):
        keys.inventory()


@pytest.mark.parametrize(
    "wrong",
    [{"token": Secret(b"nonsense")}, {"role_id": "nobody", "secret_id": Secret(b"nothing")}],
    ids=["token", "approle"],
)
def test_a_login_that_is_refused_is_refused_at_the_start(home, wrong):
    with pytest.raises(KeystoreRefusal, match=r"status 40\d"):
        home.open(**wrong)


def test_a_token_that_was_revoked_reads_nothing_more_and_says_so(home):
    token = home.token()
    keys = home.open(token=token)
    home.server.call("POST", "auth/token/revoke", {"token": token.reveal().decode()})
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.create(ROSE)
    assert "status 403" in cause(caught)


@pytest.mark.promise("CRY-02")
def test_a_token_from_a_file_is_read_again_when_it_is_over(home, tmp_path):
    path: Path = tmp_path / "token"
    first, second = home.token(), home.token()
    path.write_bytes(first.reveal() + b"\n")
    keys = home.open(token_file=path)
    home.server.call("POST", "auth/token/revoke", {"token": first.reveal().decode()})
    path.write_bytes(second.reveal())
    keys.create(ROSE)
    path.unlink()
    home.server.call("POST", "auth/token/revoke", {"token": second.reveal().decode()})
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.create(THORN)
    assert "cannot be read" in cause(caught)


@pytest.mark.promise("CRY-02")
def test_an_approle_logs_in_and_again_when_its_token_is_over(home):
    home.token()  # writes the policy
    with contextlib.suppress(OSError):
        home.server.call("POST", "sys/auth/approle", {"type": "approle"})
    role = f"auth/approle/role/{home.prefix}"
    home.server.call("POST", role, {"token_policies": [home.prefix], "token_ttl": "45s"})
    role_id = home.server.call("GET", f"{role}/role-id")["data"]["role_id"]
    secret_id = Secret(home.server.call("POST", f"{role}/secret-id", {})["data"]["secret_id"].encode())
    keys = home.open(role_id=role_id, secret_id=secret_id)
    used = keys._bao._token
    home.server.call("POST", "auth/token/revoke", {"token": used})
    keys.create(ROSE)
    assert keys._bao._token != used
    assert keys._bao.renew() < 60


async def test_the_token_is_renewed_in_the_background_and_an_outage_does_not_end_that(home, monkeypatch):
    token = await asyncio.to_thread(lambda: home.token(period="60s"))
    keys = home.open(token=token)
    monkeypatch.setattr(store, "_KEEP_AGAIN_SECONDS", 0.01)
    home.proxy.become(Mood.HANG_UP)
    keeping = asyncio.create_task(keys.keep())
    await asyncio.sleep(0.05)
    assert not keeping.done()
    renewed = asyncio.Event()
    renew, loop = Bao.renew, asyncio.get_running_loop()
    monkeypatch.setattr(Bao, "renew", lambda self: (renew(self), loop.call_soon_threadsafe(renewed.set))[0])
    home.proxy.become(Mood.FORWARD)
    await renewed.wait()
    keeping.cancel()


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("http://bao.example.com:8200", "must be https"),
        ("ftp://127.0.0.1", "https://host:port"),
        ("https://user:secret@bao.example.com", "must not hold a password"),
        ("https://bao.example.com/v1", "https://host:port"),
    ],
)
def test_an_address_that_cannot_be_is_refused_by_its_setting(tmp_path, address, word):
    choice = Choice(data=tmp_path, driver=f"openbao:{address}", bao=BaoAccess(token=Secret(b"t")))
    with pytest.raises(KeystoreRefusal) as caught:
        open_keystore(choice)
    assert str(caught.value).startswith("RINGFENCE_KEYSTORE")
    assert word in str(caught.value)


@pytest.mark.parametrize("given", [{"root": "file"}, {"encryption_key": Secret(b"ab" * 32)}])
def test_a_root_key_beside_openbao_is_refused_instead_of_ignored(tmp_path, given):
    choice = Choice(data=tmp_path, driver="openbao:https://b:1", bao=BaoAccess(token=Secret(b"t")), **given)
    with pytest.raises(KeystoreRefusal, match="has its root there"):
        open_keystore(choice)


def test_without_a_way_to_log_in_the_mend_is_named(tmp_path):
    with pytest.raises(KeystoreRefusal, match="RINGFENCE_OPENBAO_TOKEN"):
        open_keystore(Choice(data=tmp_path, driver="openbao:https://127.0.0.1:1"))


def test_a_certificate_file_that_is_none_is_refused(tmp_path):
    access = BaoAccess(token=Secret(b"t"), ca_file=tmp_path / "none.pem")
    with pytest.raises(KeystoreRefusal, match="RINGFENCE_KEYSTORE"):
        open_keystore(Choice(data=tmp_path, driver="openbao:https://127.0.0.1:1", bao=access))


def test_what_answers_no_json_or_a_refusal_of_another_kind_is_not_openbao(tmp_path):
    with key_services() as other:
        other.status = 503
        choice = Choice(data=tmp_path, driver=f"openbao:{other.address}", bao=BaoAccess(token=Secret(b"t")))
        with pytest.raises(KeystoreRefusal, match="does not open"):
            open_keystore(choice)


def test_a_gateway_that_answers_a_login_in_the_servers_place_is_an_outage(monkeypatch):
    bao = Bao("http://127.0.0.1:1", BaoAccess(role_id="r", secret_id=Secret(b"s")), variable="RINGFENCE_KEYSTORE")
    monkeypatch.setattr(SyncOutbound, "call", lambda *_a, **_k: SyncAnswer(502, {}, b"<html>Bad gateway</html>"))
    with pytest.raises(KeystoreUnavailable):
        bao.call("GET", "auth/token/lookup-self")


def test_a_namespace_goes_with_every_request(home):
    home.server.call("POST", f"sys/namespaces/{home.prefix}", {})
    with pytest.raises(KeystoreRefusal, match=r"no KV engine|no transit engine|status 40\d"):
        home.open(token=Secret(b"root-of-the-tests"), namespace=home.prefix)
