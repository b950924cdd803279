"""Keeps EMB-01. Verifies a signature by the algorithm of the registered key, and by no other.

The header's `alg` never gets here: the key's kind picks the algorithm. A shared secret is a type of its own, so no text
of a public key can ever be one. Proved in tests/controls/test_partner_token.py.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from joserfc.jwa import EdDSAAlgorithm, ESAlgorithm, JWSAlgModel, RSAAlgorithm
from joserfc.jwk import ECKey, OKPKey, RSAKey

from ringfence.base.crypto import KeyKind, PublicKey, SharedSecret

VerifyingKey = PublicKey | SharedSecret

_NAMES: Final = {
    KeyKind.RSA: frozenset({"RS256"}),
    KeyKind.EC_P256: frozenset({"ES256"}),
    KeyKind.ED25519: frozenset({"EdDSA", "Ed25519"}),  # RFC 8037, and its successor name by RFC 9864
}

_NAMES_OF_SECRETS: Final = frozenset({"HS256"})

_Key = RSAKey | ECKey | OKPKey

_ALGORITHMS: Final[dict[KeyKind, tuple[JWSAlgModel, Callable[[str], _Key]]]] = {
    KeyKind.RSA: (RSAAlgorithm(256), RSAKey.import_key),
    KeyKind.EC_P256: (ESAlgorithm("ES256", "P-256", 256), ECKey.import_key),
    KeyKind.ED25519: (EdDSAAlgorithm(), OKPKey.import_key),
}

_RAW_BYTES: Final = 64


def algorithm_names(key: VerifyingKey) -> frozenset[str]:
    """What `alg` may say in a token that this key verifies."""
    return _NAMES_OF_SECRETS if isinstance(key, SharedSecret) else _NAMES[key.kind]


def is_valid(key: VerifyingKey, *, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the key signed the message. Any bytes may be given; only the answer comes back."""
    if isinstance(key, SharedSecret):
        return key.is_valid(message=message, signature=signature)
    # R and S, or r and s, as 32 bytes each: a DER-encoded ECDSA signature is not JWS (RFC 7518 section 3.4).
    if key.kind is not KeyKind.RSA and len(signature) != _RAW_BYTES:
        return False
    algorithm, _ = _ALGORITHMS[key.kind]
    return algorithm.verify(message, signature, _loaded(key))


@lru_cache(maxsize=1024)
def _loaded(key: PublicKey) -> _Key:
    """The key, its PEM parsed once."""
    _, load = _ALGORITHMS[key.kind]
    return load(key.pem)
