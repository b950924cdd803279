"""Key Vault without a secret: by the identity of a pod, of App Service or of a virtual machine; and who is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock
from ringfence.base.crypto import Secret
from ringfence.controls.keystore import AzureAccess, KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.azure import AzureKeyVault
from tests.fakes.key_services import TOKEN, KeyServices, key_services

VAULT = "https://roses.vault.azure.net/keys/root"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def services() -> Iterator[KeyServices]:
    with key_services() as running:
        yield running


def access(services: KeyServices, tmp_path: Path, means: str, **more) -> AzureAccess:
    if means == "aks":
        (tmp_path / "token").write_text("a federated token\n")
        given = {"tenant": "t", "client": "c", "token_file": tmp_path / "token", "authority": services.address}
        return AzureAccess(**(given | more))
    if means == "app service":
        header = Secret(b"of this machine")
        given = {"identity_endpoint": f"{services.address}/msi/token", "identity_header": header}
        return AzureAccess(**(given | more))
    return AzureAccess(metadata=services.address, **more)


def opened(services: KeyServices, given: AzureAccess) -> bytes:
    one = AzureKeyVault(f"{services.address}/keys/root", given)
    return one.decrypt(one.encrypt(b"key", "of-rose", b"epoch"), "of-rose", b"epoch")


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize("means", ["aks", "app service", "machine"])
def test_a_key_is_wrapped_without_any_secret_of_ours(services, tmp_path, means):
    assert opened(services, access(services, tmp_path, means)) == b"key"
    (asked,) = services.bearers
    if means == "aks":
        assert asked == {
            "grant_type": "client_credentials",
            "client_id": "c",
            "scope": "https://0.0.1/.default",  # of 127.0.0.1; of NAME.vault.azure.net it is vault.azure.net
            "client_assertion_type": ASSERTION,
            "client_assertion": "a federated token",
        }
    else:
        version = "2019-08-01" if means == "app service" else "2018-02-01"
        assert asked == {"api-version": version, "resource": "https://0.0.1"}


@pytest.mark.parametrize("means", ["app service", "machine"])
def test_a_machine_with_several_identities_uses_the_one_that_is_named(services, tmp_path, means):
    assert opened(services, access(services, tmp_path, means, client="c")) == b"key"
    assert services.bearers[0]["client_id"] == "c"


def test_a_federated_token_is_read_anew_when_the_kubelet_replaced_it(services, tmp_path):
    given = access(services, tmp_path, "aks")
    (tmp_path / "token").write_text("one that is over")
    one = AzureKeyVault(f"{services.address}/keys/root", given)
    with pytest.raises(KeystoreUnavailable) as caught:
        one.encrypt(b"key", "k", b"")
    assert "the federated token: status 401 invalid_client" in str(caught.value.cause)
    (tmp_path / "token").write_text("a federated token")
    assert one.encrypt(b"key", "k", b"")


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"x" * 70_000])
def test_a_token_file_that_holds_no_token_is_named(services, tmp_path, content):
    given = access(services, tmp_path, "aks")
    (tmp_path / "token").unlink()
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(KeystoreUnavailable) as caught:
        opened(services, given)
    assert str(tmp_path / "token") in str(caught.value.cause)
    assert services.asked == []


@pytest.mark.parametrize(
    ("told", "lasts"),
    [
        ({"expires_in": "3599"}, 3500),
        ({"expires_in": 3599}, 3500),
        ({"expires_on": "soon"}, None),
        ({"expires_in": -5}, None),
        ({"expires_in": True}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_token_is_used_until_a_minute_before_its_end(services, tmp_path, told, lasts):
    services.grant = {"access_token": TOKEN, **told}
    given = access(services, tmp_path, "machine")
    if lasts is None:
        with pytest.raises(KeystoreUnavailable, match="keystore_unavailable"):
            opened(services, given)
        return
    one = AzureKeyVault(f"{services.address}/keys/root", given)
    for seconds, tokens in ((0, 1), (lasts, 1), (lasts + 50, 2)):
        clock.travel(timedelta(seconds=seconds))
        one.encrypt(b"key", "k", b"")
        assert len(services.bearers) == tokens
    clock.travel(timedelta())


def test_app_service_tells_the_end_of_a_token_by_the_clock(services, tmp_path):
    services.grant = {"access_token": TOKEN, "expires_on": str(int(clock.now().timestamp()) + 3600)}
    assert opened(services, access(services, tmp_path, "app service")) == b"key"
    assert len(services.bearers) == 1


@pytest.mark.parametrize("means", ["aks", "app service", "machine"])
def test_a_refusal_is_told_by_status_and_code_alone(services, tmp_path, means):
    services.status = 403
    with pytest.raises(KeystoreUnavailable) as caught:
        opened(services, access(services, tmp_path, means))
    assert "status 403" in str(caught.value.cause)
    assert "federated token\n" not in str(caught.value.cause)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"tenant": "t", "client": "c"}, "AZURE_FEDERATED_TOKEN_FILE"),
        ({"secret": Secret(b"a secret")}, "AZURE_TENANT_ID and AZURE_CLIENT_ID"),
        ({"token_file": Path("/token"), "tenant": "t"}, "AZURE_TENANT_ID and AZURE_CLIENT_ID"),
        ({"identity_endpoint": "http://127.0.0.1/msi/token"}, "IDENTITY_HEADER"),
        ({"identity_endpoint": "http://10.0.0.1/msi", "identity_header": Secret(b"x")}, "must be https"),
        ({"identity_endpoint": "http://169.254.169.254.example/", "identity_header": Secret(b"x")}, "must be https"),
    ],
)
def test_means_that_are_incomplete_or_in_the_clear_are_refused_by_name(given, says):
    with pytest.raises(KeystoreRefusal, match=says):
        AzureKeyVault(VAULT, AzureAccess(**given))


def test_an_address_that_no_router_carries_needs_no_tls():
    AzureKeyVault(VAULT, AzureAccess(identity_endpoint="http://169.254.129.2:8081/msi", identity_header=Secret(b"x")))
