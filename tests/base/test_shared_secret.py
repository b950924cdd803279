"""Secrets that two parties sign with: made here, long enough, compared whole."""

import hmac

import pytest

from ringfence.base.crypto import Secret, SharedSecret


def test_a_secret_has_256_bits_of_its_own_and_is_the_bytes_of_its_text():
    made = {SharedSecret.generate().text.reveal() for _ in range(100)}
    assert len(made) == 100
    for text in made:
        signature = hmac.digest(text, b"message", "sha256")
        assert SharedSecret(Secret(text)).is_valid(message=b"message", signature=signature)


@pytest.mark.parametrize("signature", [b"", b"x", b"\0" * 32, b"\0" * 31, b"\0" * 64])
def test_nothing_else_is_a_signature(signature: bytes):
    assert not SharedSecret.generate().is_valid(message=b"message", signature=signature)


@pytest.mark.parametrize("text", [b"", b"rfs_", b"x" * 47, b"rfs_" + b"x" * 42, b"rfs_" + b"x" * 44])
def test_a_text_that_we_did_not_make_is_no_secret(text: bytes):
    with pytest.raises(ValueError, match="not a secret of ours"):
        SharedSecret(Secret(text))
