"""Google Cloud KMS as the root key: every sum is checked, and every refusal is named."""

import builtins
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.auth.compute_engine import _metadata

from ringfence.base.crypto import InvalidSeal
from ringfence.base.outbound_sync import SyncAnswer, SyncOutbound
from ringfence.controls.keystore import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.crc32c import crc32c
from ringfence.controls.keystore.roots.gcp import GcpKms
from tests.fakes.key_services import KeyServices, castagnoli, key_services

NAME = "projects/p/locations/europe/keyRings/r/cryptoKeys/k"


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServices]:
    with key_services() as running:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(running.account(tmp_path / "account.json")))
        yield running


def kms(services: KeyServices) -> GcpKms:
    return GcpKms(f"{services.address}/v1/{NAME}")


def cause(caught: "pytest.ExceptionInfo[KeystoreUnavailable]") -> str:
    return str(caught.value.cause)


def test_the_sum_is_the_one_of_rfc_3720():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # appendix B.4: 32 bytes of zeroes
    assert all(crc32c(bytes(range(size))) == castagnoli(bytes(range(size))) for size in range(256))


@pytest.mark.promise("CRY-02")
def test_a_key_is_wrapped_and_opens_in_its_context_alone_with_one_token_for_all(services):
    one = kms(services)
    wrapped = one.encrypt(b"key", "of-rose", b"epoch")
    assert one.decrypt(wrapped, "of-rose", b"epoch") == b"key"
    for keystore, place in (("of-thorn", b"epoch"), ("of-rose", b"another")):
        with pytest.raises(InvalidSeal):
            one.decrypt(wrapped, keystore, place)
    assert services.asked.count("/token") == 1


@pytest.mark.parametrize(
    "spoil",
    [
        {"verifiedPlaintextCrc32c": False},
        {"verifiedAdditionalAuthenticatedDataCrc32c": False},
        {"name": "projects/other/cryptoKeyVersions/1"},
        {"ciphertextCrc32c": "1"},
        {"ciphertextCrc32c": "no number"},
        {"ciphertext": "%%%"},
    ],
    ids=str,
)
def test_a_wrapping_that_was_changed_on_its_way_is_not_kept(services, spoil):
    services.spoil = spoil
    with pytest.raises(KeystoreUnavailable):
        kms(services).encrypt(b"key", "k", b"")


@pytest.mark.parametrize(
    "spoil", [{"plaintextCrc32c": "1"}, {"plaintext": "b3RoZXI="}, {"plaintextCrc32c": None}], ids=str
)
def test_a_key_that_was_changed_on_its_way_is_not_used(services, spoil):
    one = kms(services)
    wrapped = one.encrypt(b"key", "k", b"")
    services.spoil = spoil
    with pytest.raises(KeystoreUnavailable):
        one.decrypt(wrapped, "k", b"")


def test_refusals_are_named_by_status(services):
    one = kms(services)
    wrapped = one.encrypt(b"key", "k", b"")
    services.status = 403
    with pytest.raises(KeystoreUnavailable) as caught:
        one.decrypt(wrapped, "k", b"")
    assert "status 403" in cause(caught)


def test_what_answers_no_json_is_not_google(services, monkeypatch):
    one = kms(services)
    one.encrypt(b"key", "k", b"")
    monkeypatch.setattr(SyncOutbound, "call", lambda *_, **__: SyncAnswer(200, {}, b"<html>"))
    with pytest.raises(KeystoreUnavailable) as caught:
        one.encrypt(b"key", "k", b"")
    assert "no JSON" in str(caught.value.cause)


def test_a_token_server_that_is_away_is_named(tmp_path, monkeypatch):
    with key_services() as gone:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(gone.account(tmp_path / "account.json")))
    with pytest.raises(KeystoreUnavailable) as caught:
        kms(gone).encrypt(b"key", "k", b"")
    assert "gives no token" in cause(caught)


def test_without_a_token_it_says_so(services, monkeypatch):
    services.status = 401
    with pytest.raises(KeystoreUnavailable) as caught:
        kms(services).encrypt(b"key", "k", b"")
    assert "gives no token" in cause(caught)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent")
    with pytest.raises(KeystoreUnavailable):
        kms(services).encrypt(b"key", "k", b"")


@pytest.mark.parametrize(
    "place", ["", "k", NAME + "/cryptoKeyVersions/1", f"https://cloudkms.googleapis.com/v2/{NAME}"]
)
def test_what_is_no_keys_name_is_refused(place):
    with pytest.raises(KeystoreRefusal, match="names no key"):
        GcpKms(place)


def test_an_endpoint_in_the_clear_is_refused():
    with pytest.raises(KeystoreRefusal, match="must be https"):
        GcpKms(f"http://kms.example.com/v1/{NAME}")


def test_without_its_client_the_mend_is_named(monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("google"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(KeystoreRefusal, match=r"pip install 'ringfence\[gcp\]'"):
        GcpKms(NAME)


@pytest.mark.promise("CRY-02")
def test_a_machine_of_google_needs_no_account_file(services, monkeypatch, tmp_path):
    host = services.address.removeprefix("http://")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))  # no log-in of a person
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", host)
    monkeypatch.setenv("GCE_METADATA_IP", host)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    one = kms(services)
    assert one.decrypt(one.encrypt(b"key", "k", b""), "k", b"") == b"key"
    assert any(path.startswith("/computeMetadata/") and "/token" in path for path in services.asked)


@pytest.mark.promise("CRY-02")
def test_workload_identity_federation_needs_no_secret_of_google(services, monkeypatch, tmp_path):
    (tmp_path / "subject").write_text("a token of another cloud")
    about = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{services.address}/token",
        "credential_source": {"file": str(tmp_path / "subject")},
    }
    (tmp_path / "federation.json").write_text(json.dumps(about))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "federation.json"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    one = kms(services)
    assert one.decrypt(one.encrypt(b"key", "k", b""), "k", b"") == b"key"
    assert services.bearers[0]["subject_token"] == "a token of another cloud"
