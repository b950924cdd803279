"""A root key in a key service wraps the keystore, is bound to it, and is refused by name when it does not answer."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ringfence.base import clock, ids
from ringfence.base.crypto import InvalidSeal, Secret
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import (
    AzureAccess,
    BaoAccess,
    Choice,
    KeyOwner,
    Keystore,
    KeystoreRefusal,
    KeystoreUnavailable,
    lease,
    open_keystore,
)
from ringfence.controls.keystore.roots import aws, remote
from tests.fakes.key_services import KeyServices, key_services
from tests.fakes.stalling_proxy import Mood, Proxy, proxied
from tests.openbao import ROOT_TOKEN, BaoServer

ROSE, THORN = (KeyOwner.organization(OrgId(ids.new())) for _ in range(2))
RING = "projects/p/locations/europe/keyRings/r/cryptoKeys"
AZURE = AzureAccess(tenant="t", client="c", secret=Secret(b"a secret"))


@dataclass
class Service:
    """One kind of key service behind a proxy, and what names one of its keys."""

    proxy: Proxy
    spec: Callable[[str], str]
    more: dict[str, Any]

    def open(self, data: Path, key: str = "one", **more: Any) -> Keystore:
        return open_keystore(Choice(data=data, root=self.spec(key), **self.more, **more))

    def refusal(self, data: Path, key: str = "one", **more: Any) -> str:
        with pytest.raises(KeystoreRefusal) as caught:
            self.open(data, key, **more)
        return str(caught.value)


@pytest.fixture(scope="module")
def services() -> Iterator[KeyServices]:
    with key_services() as running:
        yield running


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://127.0.0.1:{1}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(params=["aws", "gcp", "azure", "openbao"])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with contextlib.ExitStack() as stack:
        # A call that shall succeed has as long as a very busy machine needs; what is late is set below.
        monkeypatch.setattr(remote, "TOTAL_SECONDS", 60.0)
        monkeypatch.setattr(remote, "HURRY_SECONDS", 60.0)
        monkeypatch.setattr(aws, "_READ_SECONDS", 60.0)
        make = {"aws": _aws, "gcp": _gcp, "azure": _azure, "openbao": _openbao}[request.param]
        yield make(request, monkeypatch, stack, tmp_path)
        clock.travel(timedelta())


def _aws(request, monkeypatch, stack, _tmp_path) -> Service:
    address = request.getfixturevalue("moto")
    proxy = stack.enter_context(proxied(address))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_KMS": f"http://{proxy.address}",
    }.items():
        monkeypatch.setenv(name, value)
    kms: Any = boto3.client("kms", region_name="eu-central-1", endpoint_url=address)
    keys = {name: kms.create_key()["KeyMetadata"]["Arn"] for name in ("one", "two")}
    return Service(proxy, lambda name: f"aws-kms:{keys[name]}", {})


def _gcp(request, monkeypatch, stack, tmp_path) -> Service:
    services: KeyServices = request.getfixturevalue("services")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(services.account(tmp_path / "account.json")))
    proxy = stack.enter_context(proxied(services.address))
    return Service(proxy, lambda name: f"gcp-kms:http://{proxy.address}/v1/{RING}/{name}", {})


def _azure(request, _monkeypatch, stack, _tmp_path) -> Service:
    services: KeyServices = request.getfixturevalue("services")
    proxy = stack.enter_context(proxied(services.address))
    access = AzureAccess(tenant=AZURE.tenant, client=AZURE.client, secret=AZURE.secret, authority=services.address)
    return Service(proxy, lambda name: f"azure-kv:http://{proxy.address}/keys/{name}", {"azure": access})


def _openbao(request, _monkeypatch, stack, _tmp_path) -> Service:
    server: BaoServer = request.getfixturevalue("bao")
    for name in ("one", "two"):
        server.call("POST", f"transit/keys/{name}", {})
    proxy = stack.enter_context(proxied(server.address))
    access = BaoAccess(token=Secret(ROOT_TOKEN.encode()))
    return Service(proxy, lambda name: f"openbao:http://{proxy.address}/transit/{name}", {"bao": access})


@pytest.mark.promise("CRY-02")
def test_a_keystore_opens_again_under_a_root_key_that_stays_in_its_service(service, tmp_path):
    key = service.open(tmp_path).create(ROSE)
    again = service.open(tmp_path)
    assert again.unwrap(ROSE).key_id == key.key_id
    assert again.status().root_source == service.spec("one")
    assert not (tmp_path / "root.key").exists()


@pytest.mark.promise("CRY-02")
def test_another_key_of_the_service_is_refused_with_both_fingerprints(service, tmp_path):
    keys = service.open(tmp_path)
    message = service.refusal(tmp_path, "two")
    assert keys.status().root_fingerprint in message
    assert service.spec("two") in message


def test_a_wrapped_key_opens_in_its_own_keystore_alone(service, tmp_path):
    service.open(tmp_path)
    identity = tmp_path / "keystore" / "identity"
    identity.write_text(identity.read_text()[::-1])
    assert "changed or cut" in service.refusal(tmp_path)


def test_an_identity_that_was_cut_is_refused_by_its_path(service, tmp_path):
    service.open(tmp_path)
    (tmp_path / "keystore" / "identity").write_text("cut")
    assert "identity is not what was written" in service.refusal(tmp_path)


def test_a_wrapped_key_that_was_changed_is_refused(service, tmp_path):
    service.open(tmp_path)
    path = tmp_path / "keystore" / "00000001.key"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    assert "changed or cut" in service.refusal(tmp_path)


@pytest.mark.promise("CRY-02")
def test_the_root_key_moves_from_a_file_into_the_service_and_back(service, tmp_path):
    key = open_keystore(Choice(data=tmp_path)).create(ROSE)
    keys: Any = service.open(tmp_path, root_previous="file")
    keys.rotate_root(keys._roots.current)
    assert keys.finish_root(waits=False)
    assert service.open(tmp_path).unwrap(ROSE).key_id == key.key_id
    (tmp_path / "root.key").unlink()
    keys.close()
    new = Choice(
        data=tmp_path, encryption_key=Secret(b"ab" * 31 + b"cd"), root_previous=service.spec("one"), **service.more
    )
    assert open_keystore(new).unwrap(ROSE).key_id == key.key_id


@pytest.mark.promise("CRY-02")
def test_a_service_that_is_away_at_the_start_is_named_and_nothing_is_served(service, tmp_path):
    service.open(tmp_path).close()
    service.proxy.become(Mood.HANG_UP)
    message = service.refusal(tmp_path)
    assert message.startswith("the keystore does not open: ")


def test_a_service_that_is_slow_at_the_start_is_waited_for_and_then_named(service, tmp_path, monkeypatch):
    service.open(tmp_path).close()
    service.proxy.become(Mood.STALL)
    monkeypatch.setattr(remote, "TOTAL_SECONDS", 0.3)
    assert "no answer within" in service.refusal(tmp_path)


@pytest.mark.promise("CRY-02")
def test_while_the_service_is_away_keys_are_read_but_none_is_made(service, tmp_path):
    keys = service.open(tmp_path)
    rose = keys.create(ROSE)
    service.proxy.become(Mood.HANG_UP)
    clock.travel(timedelta(minutes=4))
    keys.forget_all()
    assert keys.unwrap(ROSE).key_id == rose.key_id
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.create(THORN)
    assert (caught.value.status, caught.value.code) == (503, "keystore_unavailable")
    assert caught.value.headers["Retry-After"]


@pytest.mark.promise("CRY-02")
def test_five_minutes_after_the_services_last_word_nothing_is_read_until_it_answers(service, tmp_path):
    keys = service.open(tmp_path)
    keys.create(ROSE)
    service.proxy.become(Mood.HANG_UP)
    clock.travel(timedelta(minutes=5, seconds=2))
    with pytest.raises(KeystoreUnavailable):
        keys.unwrap(ROSE)
    service.proxy.become(Mood.FORWARD)
    keys.create(THORN)
    keys.unwrap(ROSE)


async def test_the_service_is_asked_again_in_the_background(service, tmp_path):
    keys = service.open(tmp_path)
    keys.create(ROSE)
    clock.travel(timedelta(minutes=5, seconds=2))
    keeping = asyncio.create_task(keys.keep())
    while True:
        with contextlib.suppress(KeystoreUnavailable):
            keys.unwrap(ROSE)
            break
        await asyncio.sleep(0.01)
    keeping.cancel()


async def test_the_background_goes_on_asking_while_the_service_is_away(service, tmp_path, monkeypatch):
    keys = service.open(tmp_path)
    keys.create(ROSE)
    monkeypatch.setattr(lease, "_ASK_AGAIN_SECONDS", 0.01)
    service.proxy.become(Mood.HANG_UP)
    clock.travel(timedelta(minutes=5, seconds=2))
    keeping = asyncio.create_task(keys.keep())
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.unwrap(ROSE)
    assert "gave no answer for" in str(caught.value.cause)
    service.proxy.become(Mood.FORWARD)
    while True:
        with contextlib.suppress(KeystoreUnavailable):
            keys.unwrap(ROSE)
            break
        await asyncio.sleep(0.01)
    assert not keeping.done()
    keeping.cancel()


def test_a_root_key_that_no_longer_opens_what_it_wrapped_ends_the_making_of_keys(service, tmp_path, monkeypatch):
    keys = service.open(tmp_path)
    monkeypatch.setattr(remote.RemoteRoot, "unwrap", lambda *_: (_ for _ in ()).throw(InvalidSeal))
    clock.travel(timedelta(seconds=20))
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.create(ROSE)
    assert "changed or cut" in str(caught.value.cause)


async def test_an_event_loop_waits_a_second_at_most_and_then_refuses_at_once(service, tmp_path, monkeypatch):
    keys, other = service.open(tmp_path), service.open(tmp_path)
    keys.create(ROSE)
    await asyncio.to_thread(other.destroy, THORN)
    service.proxy.become(Mood.STALL)
    monkeypatch.setattr(remote, "HURRY_SECONDS", 0.1)
    clock.travel(timedelta(seconds=2))
    with pytest.raises(KeystoreUnavailable, match="keystore_unavailable") as first:
        keys.unwrap(ROSE)
    with pytest.raises(KeystoreUnavailable) as second:
        keys.unwrap(ROSE)
    assert "no answer within" in str(first.value.cause)
    assert "a moment ago" in str(second.value.cause)
