"""AWS KMS as the root key: what it is told, and what its refusals become. The wire is moto's."""

import builtins
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ringfence.base.crypto import InvalidSeal
from ringfence.controls.keystore import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.aws import AwsKms

REGION = "eu-central-1"
ARN = f"arn:aws:kms:{REGION}:123456789012:key/"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://127.0.0.1:{1}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def kms(address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_KMS": address,
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("kms", region_name=REGION)


@pytest.mark.promise("CRY-02")
def test_what_is_wrapped_opens_by_aws_own_client_with_the_context_and_by_no_other(kms):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    wrapped = AwsKms(arn).encrypt(b"key", "of-rose", b"epoch")
    context = {"ringfence-keystore": "of-rose", "ringfence-context": "ZXBvY2g="}
    assert kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)["Plaintext"] == b"key"
    for keystore, place in (("of-thorn", b"epoch"), ("of-rose", b"another")):
        with pytest.raises(InvalidSeal):
            AwsKms(arn).decrypt(wrapped, keystore, place)


def test_a_key_that_is_not_there_is_named(kms):
    with pytest.raises(KeystoreUnavailable) as caught:
        AwsKms(ARN + "00000000-0000-0000-0000-000000000000").encrypt(b"key", "k", b"")
    assert "NotFoundException" in str(caught.value.cause)


def test_without_credentials_nothing_is_asked(kms, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(KeystoreUnavailable) as caught:
        AwsKms(ARN + "1").encrypt(b"key", "k", b"")
    assert "NoCredentialsError" in str(caught.value.cause)


@pytest.mark.parametrize(
    "arn",
    ["", "alias/ringfence", f"arn:aws:kms:{REGION}:123456789012:alias/ringfence", ARN, ARN + "1\n", "arn:aws:s3:::b"],
)
def test_what_is_no_keys_arn_is_refused(arn):
    with pytest.raises(KeystoreRefusal, match="names no key"):
        AwsKms(arn)


def test_a_multi_region_key_is_the_same_key_everywhere():
    here, there = (AwsKms(f"arn:aws:kms:{region}:123456789012:key/mrk-1") for region in (REGION, "us-east-1"))
    assert here.identity == there.identity
    assert AwsKms(ARN + "1").identity != AwsKms(ARN.replace(REGION, "us-east-1") + "1").identity


def test_without_its_client_the_mend_is_named(monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("botocore"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(KeystoreRefusal, match=r"pip install 'ringfence\[aws\]'"):
        AwsKms(ARN + "1")
