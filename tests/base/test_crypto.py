"""The primitives give what their standards say, and secrets do not leak by accident."""

import copy
import json
import pickle
from pathlib import Path

import pytest

from ringfence.base import crypto
from ringfence.base.crypto import AesGcm, HmacSha256, InvalidSeal, RecordKey, Secret, SigningKey

VECTORS = Path(__file__).parent.parent / "vectors"


def cases(name: str) -> list[dict[str, str]]:
    return json.loads((VECTORS / f"{name}.json").read_text())["cases"]


@pytest.mark.parametrize("case", cases("hkdf_sha256"))
def test_hkdf_gives_the_bytes_of_rfc_5869(case):
    ikm, salt, info, okm = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info", "okm"))
    assert crypto.hkdf_sha256(ikm, salt=salt, info=info, size=len(okm)) == okm


@pytest.mark.parametrize("size", [0, 8161])
def test_hkdf_refuses_sizes_that_it_cannot_give(size):
    with pytest.raises(ValueError, match="1 to 8160"):
        crypto.hkdf_sha256(b"k", salt=b"", info=b"", size=size)


@pytest.mark.parametrize("case", cases("aes_256_gcm"), ids=lambda case: case["comment"])
def test_aes_gcm_opens_what_nist_sealed_and_nothing_else(case):
    key, nonce, aad, text, sealed, tag = (
        bytes.fromhex(case[name]) for name in ("key", "nonce", "aad", "plaintext", "ciphertext", "tag")
    )
    cipher = AesGcm(Secret(key))
    if case["result"] == "valid":
        assert cipher.open(nonce + sealed + tag, aad) == text
    else:
        with pytest.raises(InvalidSeal):
            cipher.open(nonce + sealed + tag, aad)


@pytest.mark.promise("CRY-01")
def test_aes_gcm_opens_every_valid_vector_of_wycheproof_and_refuses_every_invalid_one():
    opened, refused = 0, 0
    for case in cases("wycheproof_aes_256_gcm"):
        key, iv, aad, text, sealed, tag = (
            bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        cipher = AesGcm(Secret(key))
        if case["result"] == "valid":
            assert cipher.open(iv + sealed + tag, aad) == text, case["tcId"]
            opened += 1
        else:
            with pytest.raises(InvalidSeal):
                cipher.open(iv + sealed + tag, aad)
            refused += 1
    assert (opened, refused) == (39, 27)


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
@pytest.mark.parametrize("kind", [AesGcm, RecordKey])
def test_a_key_of_another_size_is_refused(kind, size):
    with pytest.raises(ValueError, match="32 bytes"):
        kind(Secret(bytes(size)))


@pytest.mark.parametrize("kind", [AesGcm, RecordKey])
@pytest.mark.parametrize("text", [b"", b"x", bytes(100_000)], ids=len)
def test_what_was_sealed_opens_in_its_context_alone(kind, text):
    key = kind(Secret(crypto.random_bytes(32)))
    sealed = key.seal(text, b"here")
    assert len(sealed) == len(text) + kind.OVERHEAD_BYTES
    assert key.open(sealed, b"here") == text
    with pytest.raises(InvalidSeal):
        key.open(sealed, b"there")


@pytest.mark.parametrize("kind", [AesGcm, RecordKey])
def test_what_is_too_short_to_be_sealed_is_refused(kind):
    for size in range(kind.OVERHEAD_BYTES):
        with pytest.raises(InvalidSeal):
            kind(Secret(bytes(32))).open(bytes(size), b"")


def test_a_record_opens_under_its_own_key_alone():
    sealed = RecordKey(Secret(bytes(32))).seal(b"text", b"")
    with pytest.raises(InvalidSeal):
        RecordKey(Secret(bytes(31) + b"\x01")).open(sealed, b"")


def test_the_record_key_is_derived_as_hkdf_expand_says():
    """Written against RFC 5869's general form: a second implementation opens what the fast one sealed."""
    key, context, text = crypto.random_bytes(32), b"context", b"text"
    sealed = RecordKey(Secret(key)).seal(text, context)
    info = b"ringfence record 1" + sealed[:24]
    first = crypto.hmac_sha256(key, info + b"\x01")
    second = crypto.hmac_sha256(key, first + info + b"\x02")
    assert sealed[24:40] == second[12:28]
    assert AesGcm(Secret(first)).open(second[:12] + sealed[40:], context) == text


@pytest.mark.parametrize("key_size", [0, 1, 32, 64, 65, 200])
def test_the_fast_hmac_agrees_with_the_library(key_size):
    key = crypto.random_bytes(key_size)
    assert HmacSha256(key).digest(b"message") == crypto.hmac_sha256(key, b"message")


def test_lists_of_parts_never_run_together():
    assert crypto.length_prefixed(b"ab", b"c") != crypto.length_prefixed(b"a", b"bc")
    assert crypto.length_prefixed(b"a") == b"\0\0\0\x01a"


def test_sha256_and_equal_are_what_they_say():
    assert crypto.sha256(b"").hex().startswith("e3b0c44298fc1c149afbf4c8996fb924")
    assert crypto.equal(b"a", b"a")
    assert not crypto.equal(b"a", b"b")


@pytest.mark.parametrize("case", cases("ed25519"))
def test_ed25519_gives_the_signatures_of_rfc_8032(case):
    seed, public, message, signature = (bytes.fromhex(case[n]) for n in ("seed", "public", "message", "signature"))
    key = SigningKey(Secret(seed))
    assert key.public == public
    assert key.sign(message) == signature
    assert crypto.verify(public, signature=signature, message=message)
    assert not crypto.verify(public, signature=signature, message=message + b"x")
    assert not crypto.verify(b"short", signature=signature, message=message)


def test_two_generated_signing_keys_differ():
    assert SigningKey.generate().public != SigningKey.generate().public


@pytest.mark.parametrize(
    "attempt",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash, bytes, vars],
    ids=["pickle", "copy", "deepcopy", "json", "hash", "bytes", "vars"],
)
def test_a_secret_does_not_serialize(attempt):
    with pytest.raises(TypeError):
        attempt(Secret(b"canary"))


def test_a_secret_does_not_show_itself():
    secret = Secret(b"canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == b"canary"


def test_secrets_compare_by_value():
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")
    assert Secret(b"a") != b"a"
