"""Partners' public keys: three kinds are taken, everything else is refused with words that help."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ringfence.base.crypto import KeyKind, UnusableKey, load_public_jwk, load_public_key

RSA_2048 = rsa.generate_private_key(65537, 2048)


def pem(private, form=PublicFormat.SubjectPublicKeyInfo) -> str:
    return private.public_key().public_bytes(Encoding.PEM, form).decode()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (pem(RSA_2048), KeyKind.RSA),
        (pem(RSA_2048, PublicFormat.PKCS1), KeyKind.RSA),
        (pem(ec.generate_private_key(ec.SECP256R1())), KeyKind.EC_P256),
        (pem(ed25519.Ed25519PrivateKey.generate()), KeyKind.ED25519),
    ],
)
def test_the_three_kinds_of_key_are_taken(text, kind):
    key = load_public_key("\n" + text + "\n")
    assert key.kind is kind
    assert load_public_key(key.pem) == key
    assert len(key.fingerprint) == 32


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (pem(rsa.generate_private_key(65537, 1024)), "2048"),
        (pem(rsa.generate_private_key(3, 2048)), "exponent"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (pem(ed448.Ed448PrivateKey.generate()), "RSA, EC P-256 or Ed25519"),
        (RSA_2048.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "private key"),
        ("-----BEGIN CERTIFICATE-----\n", "certificate"),
        (pem(RSA_2048) * 2, "one key"),
        (pem(RSA_2048).replace("MII", "MIJ"), "readable"),
        ("x" * 8193, "8192"),
        ("", "readable"),
        ("-----BEGIN PUBLIC KEY-----\u00e9", "readable"),
    ],
)
def test_other_keys_are_refused_with_the_reason(text, word):
    with pytest.raises(UnusableKey, match=word):
        load_public_key(text)


@pytest.mark.parametrize(
    "jwk", [{"kty": "oct", "k": "AAAA"}, {"kty": "oct"}, {"kty": "OKP", "crv": "Ed25519", "d": "AAAA"}]
)
def test_a_published_secret_is_said_to_be_burnt(jwk: dict[str, object]):
    with pytest.raises(UnusableKey, match="replaced now"):
        load_public_jwk(jwk)


P = 2**255 - 19
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize(
    "y", [0, 1, P - 1, P, P + 1, int.from_bytes(ORDER_8, "little"), P - int.from_bytes(ORDER_8, "little")]
)
def test_a_key_that_anybody_can_sign_for_is_not_taken(y, sign):
    raw = (y | sign).to_bytes(32, "little")
    key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
    with pytest.raises(UnusableKey, match="anybody can sign"):
        load_public_jwk(jwk)
    with pytest.raises(UnusableKey, match="anybody can sign"):
        load_public_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
