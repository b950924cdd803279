"""Public keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037): read strictly, into the form of every other key."""

import base64
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from ringfence.base.crypto.public_key import AnyKey, KeyKind, PublicKey, UnusableKey, checked

_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_NAMES: Final = {
    KeyKind.RSA: frozenset({"RS256"}),
    KeyKind.EC_P256: frozenset({"ES256"}),
    KeyKind.ED25519: frozenset({"EdDSA", "Ed25519"}),
}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_MAX_CHARACTERS: Final = 2048
"""An RSA modulus of 8192 bits has 1366."""
_COORDINATE_BYTES: Final = 32


def load_public_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key of a JSON Web Key: RSA of 2048 to 8192 bits, EC P-256 or Ed25519; UnusableKey for anything else.

    An `alg` must be the one that the key is for here. A private or a symmetric key is refused, whatever else it says.
    """
    kty = jwk.get("kty")
    if kty == "oct":
        raise UnusableKey("this is a symmetric key: it must be replaced now, everybody could read it")
    if any(name in jwk for name in _PRIVATE):
        raise UnusableKey("this is a private key: it must be replaced now; publish the public members alone")
    try:
        key = checked(_loaded(kty, jwk))
    except (ValueError, UnsupportedAlgorithm) as refused:
        raise refused if isinstance(refused, UnusableKey) else UnusableKey("the key's numbers are none") from None
    algorithm = jwk.get("alg", key.kind.value)
    if not isinstance(algorithm, str) or algorithm not in _NAMES[key.kind]:
        raise UnusableKey(f"this key is for {' or '.join(sorted(_NAMES[key.kind]))}, and its alg says something else")
    return key


def _loaded(kty: object, jwk: Mapping[str, object]) -> AnyKey:
    if kty == "RSA":
        return RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n")).public_key()
    if kty == "EC" and jwk.get("crv") == "P-256":
        x, y = (int.from_bytes(_sized(jwk, name)) for name in ("x", "y"))
        return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    if kty == "OKP" and jwk.get("crv") == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(_sized(jwk, "x"))
    raise UnusableKey("kty and crv must be RSA, EC with P-256 or OKP with Ed25519")


def _number(jwk: Mapping[str, object], name: str) -> int:
    return int.from_bytes(_decoded(jwk, name))


def _sized(jwk: Mapping[str, object], name: str) -> bytes:
    raw = _decoded(jwk, name)
    if len(raw) != _COORDINATE_BYTES:
        raise UnusableKey(f"{name} must have 32 bytes")
    return raw


def _decoded(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str) or len(text) > _MAX_CHARACTERS or not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise UnusableKey(f"{name} must be base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
