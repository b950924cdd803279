"""Azure Key Vault as the root key, and a transit key: what they refuse, by name."""

import base64
from collections.abc import Iterator

import pytest

from ringfence.base.crypto import InvalidSeal, Secret
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.controls.keystore import AzureAccess, BaoAccess, KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.azure import AzureKeyVault
from ringfence.controls.keystore.roots.openbao import TransitRoot
from tests.fakes.key_services import KeyServices, key_services
from tests.openbao import ROOT_TOKEN, BaoServer

VAULT = "https://roses.vault.azure.net/keys/root"


@pytest.fixture
def services() -> Iterator[KeyServices]:
    with key_services() as running:
        yield running


def access(services: KeyServices, secret: bytes = b"a secret") -> AzureAccess:
    return AzureAccess(tenant="t", client="c", secret=Secret(secret), authority=services.address)


def vault(services: KeyServices) -> AzureKeyVault:
    return AzureKeyVault(f"{services.address}/keys/root", access(services))


@pytest.mark.promise("CRY-02")
def test_a_key_is_wrapped_and_opens_in_its_context_alone_with_one_token_for_all(services):
    one = vault(services)
    wrapped = one.encrypt(b"key", "of-rose", b"epoch")
    assert one.decrypt(wrapped, "of-rose", b"epoch") == b"key"
    for keystore, place in (("of-thorn", b"epoch"), ("of-rose", b"another")):
        with pytest.raises(InvalidSeal):
            one.decrypt(wrapped, keystore, place)
    assert sum(path.endswith("/token") for path in services.asked) == 1
    assert "/keys/root/0123456789abcdef/unwrapkey?api-version=7.4" in services.asked


def test_every_cut_and_every_flipped_byte_is_refused(services):
    one = vault(services)
    wrapped = one.encrypt(b"key", "k", b"")
    for spoiled in (*(wrapped[:size] for size in (0, 1, 10, 17, 18, 19, 100, len(wrapped) - 1)), b"\x01/" + wrapped):
        with pytest.raises(InvalidSeal):
            one.decrypt(spoiled, "k", b"")
    flipped = bytearray(wrapped)
    flipped[60] ^= 1
    with pytest.raises(InvalidSeal):
        one.decrypt(bytes(flipped), "k", b"")


def test_an_inner_key_of_another_size_is_refused(services):
    one = vault(services)
    wrapped = one.encrypt(b"key", "k", b"")
    services.spoil = {"value": base64.urlsafe_b64encode(b"short").decode()}
    with pytest.raises(InvalidSeal):
        one.decrypt(wrapped, "k", b"")


@pytest.mark.parametrize("value", ["", "a", None])
def test_an_answer_without_a_value_is_none(services, value):
    services.spoil = {"value": value}
    with pytest.raises(KeystoreUnavailable):
        vault(services).encrypt(b"key", "k", b"")


@pytest.mark.parametrize("status", [401, 403, 500])
def test_refusals_are_named_by_status_and_a_token_that_is_over_is_replaced(services, status):
    one = vault(services)
    wrapped = one.encrypt(b"key", "k", b"")
    services.status = status
    with pytest.raises(KeystoreUnavailable) as caught:
        one.decrypt(wrapped, "k", b"")
    assert f"status {status}" in str(caught.value.cause)
    services.status = None
    assert one.decrypt(wrapped, "k", b"") == b"key"
    assert sum(path.endswith("/token") for path in services.asked) == 1 + (status == 401)


def test_what_answers_no_json_is_not_azure(services, monkeypatch):
    one = vault(services)
    one.encrypt(b"key", "k", b"")
    monkeypatch.setattr(SyncOutbound, "call", lambda *_, **__: SyncAnswer(200, {}, b"<html>"))
    with pytest.raises(KeystoreUnavailable) as caught:
        one.encrypt(b"key", "k", b"")
    assert "no JSON" in str(caught.value.cause)


def test_wrong_credentials_are_named(services):
    one = AzureKeyVault(f"{services.address}/keys/root", access(services, b"another"))
    with pytest.raises(KeystoreUnavailable) as caught:
        one.encrypt(b"key", "k", b"")
    assert "client credentials" in str(caught.value.cause)


@pytest.mark.parametrize("place", ["", "root", "https://roses.vault.azure.net", VAULT + "/1", "https:///keys/root"])
def test_what_is_no_keys_address_is_refused(services, place):
    with pytest.raises(KeystoreRefusal, match="names no key"):
        AzureKeyVault(place, access(services))


def test_a_vault_in_the_clear_or_without_credentials_is_refused(services):
    with pytest.raises(KeystoreRefusal, match="must be https"):
        AzureKeyVault(VAULT.replace("https", "http"), access(services))
    with pytest.raises(KeystoreRefusal, match="AZURE_CLIENT_SECRET"):
        AzureKeyVault(VAULT, AzureAccess(tenant="t", client="c"))


def transit(place: str) -> TransitRoot:
    return TransitRoot(place, BaoAccess(token=Secret(ROOT_TOKEN.encode())))


@pytest.mark.parametrize("place", ["", "transit/name", "https://bao:1/name", "https://bao:1/transit/name?x"])
def test_what_is_no_transit_key_is_refused(place):
    with pytest.raises(KeystoreRefusal):
        transit(place)


def test_a_transit_key_that_is_not_there_is_never_made(bao: BaoServer):
    bao.call("POST", "transit/config/keys", {"disable_upsert": True})
    one = transit(f"{bao.address}/transit/nobody-made-it")
    for attempt in (lambda: one.encrypt(b"key", "k", b""), lambda: one.decrypt(b"vault:v1:AAAA", "k", b"")):
        with pytest.raises(KeystoreUnavailable):
            attempt()
    with pytest.raises(InvalidSeal):
        one.decrypt(b"\xff", "k", b"")


def test_a_transit_engine_that_binds_nothing_is_not_trusted(bao: BaoServer, monkeypatch):
    bao.call("POST", "transit/keys/bound", {})
    one = transit(f"{bao.address}/transit/bound")
    monkeypatch.setattr(TransitRoot, "decrypt", lambda *_: b"key")
    with pytest.raises(KeystoreUnavailable) as caught:
        one.encrypt(b"key", "k", b"")
    assert "does not bind" in str(caught.value.cause)
