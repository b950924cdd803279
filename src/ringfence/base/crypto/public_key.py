"""Public keys that partners hand us to verify their tokens: parsed once, checked, and kept in one form."""

from dataclasses import dataclass
from enum import Enum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from ringfence.base.crypto.digest import sha256

_MAX_PEM_CHARACTERS = 8192
_RSA_MIN_BITS = 2048
_RSA_MAX_BITS = 8192
_RSA_MIN_EXPONENT = 65537
_ED25519_PRIME = 2**255 - 19
_ED25519_Y = 2**255 - 1
"""The bits of an Ed25519 key that are its point's y; the one above is the sign of x."""
# The y of every point whose order divides 8, the curve's cofactor (RFC 8032 section 5.1): a signature that needs no
# private key fits such a key, for every message or for one in a few.
_ED25519_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _ED25519_PRIME - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)

AnyKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


class KeyKind(Enum):
    """What a key verifies, by its name in JWS (RFC 7518 section 3.1, RFC 8037)."""

    RSA = "RS256"
    EC_P256 = "ES256"
    ED25519 = "EdDSA"


class UnusableKey(ValueError):  # noqa: N818 - reads as the claim it is where it is caught
    """The text is not a public key that we take; the message says why and what to send, and may be shown."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A checked public key: its kind, its PEM (SubjectPublicKeyInfo) and the SHA-256 of its DER."""

    kind: KeyKind
    pem: str
    fingerprint: bytes


def load_public_key(pem: str) -> PublicKey:
    """The key in `pem`: RSA of 2048 to 8192 bits, EC P-256 or Ed25519; UnusableKey for anything else."""
    _refuse_other_material(pem)
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKey("the key is not a readable PEM public key (BEGIN PUBLIC KEY)") from None
    if not isinstance(key, AnyKey):
        raise UnusableKey("the key must be RSA, EC P-256 or Ed25519")
    return checked(key)


def checked(key: AnyKey) -> PublicKey:
    """The key in our form, once its size and curve are ones that we take; else UnusableKey."""
    kind = _kind(key)
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(kind, text, sha256(der))


def _refuse_other_material(pem: str) -> None:
    """Refuse, by name, what people paste by mistake, before a parser sees it."""
    if len(pem) > _MAX_PEM_CHARACTERS:
        raise UnusableKey("the key is longer than 8192 characters")
    if "PRIVATE KEY" in pem:
        raise UnusableKey("this is a private key: it must be replaced now; send the public key (BEGIN PUBLIC KEY)")
    if "CERTIFICATE" in pem:
        raise UnusableKey("this is a certificate; send the public key in it (BEGIN PUBLIC KEY)")
    if pem.count("-----BEGIN") > 1:
        raise UnusableKey("send one key at a time")


def _kind(key: AnyKey) -> KeyKind:
    if isinstance(key, Ed25519PublicKey):
        y = int.from_bytes(key.public_bytes_raw(), "little") & _ED25519_Y
        if y % _ED25519_PRIME in _ED25519_SMALL_ORDER:
            raise UnusableKey("this Ed25519 key protects nothing: anybody can sign for it; make a new key pair")
        return KeyKind.ED25519
    if isinstance(key, EllipticCurvePublicKey):
        if not isinstance(key.curve, SECP256R1):
            raise UnusableKey(f"the curve must be P-256, not {key.curve.name}")
        return KeyKind.EC_P256
    if not _RSA_MIN_BITS <= key.key_size <= _RSA_MAX_BITS:
        raise UnusableKey(f"an RSA key must have 2048 to 8192 bits, not {key.key_size}")
    if key.public_numbers().e < _RSA_MIN_EXPONENT:
        raise UnusableKey("an RSA key must have the public exponent 65537 or larger")
    return KeyKind.RSA
