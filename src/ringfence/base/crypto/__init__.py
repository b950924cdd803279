"""The one door to cryptographic primitives: whoever needs a cipher, a hash or a signature takes it from here.

Nothing else of ours imports `cryptography`. The names below are all there is to choose from, on purpose.
"""

from ringfence.base.crypto.aead import AesGcm, Batches, InvalidSeal, Opener, RecordKey
from ringfence.base.crypto.digest import (
    HmacSha256,
    equal,
    hkdf_sha256,
    hmac_sha256,
    length_prefixed,
    random_bytes,
    sha256,
)
from ringfence.base.crypto.partner_key import PartnerKey
from ringfence.base.crypto.public_jwk import load_public_jwk
from ringfence.base.crypto.public_key import KeyKind, PublicKey, UnusableKey, load_public_key
from ringfence.base.crypto.secret import Secret
from ringfence.base.crypto.shared_secret import SharedSecret
from ringfence.base.crypto.signing import SigningKey, verify
from ringfence.base.crypto.stream import CHUNK_BYTES, SEALED_CHUNK_BYTES, Stream

__all__ = [
    "CHUNK_BYTES",
    "SEALED_CHUNK_BYTES",
    "AesGcm",
    "Batches",
    "HmacSha256",
    "InvalidSeal",
    "KeyKind",
    "Opener",
    "PartnerKey",
    "PublicKey",
    "RecordKey",
    "Secret",
    "SharedSecret",
    "SigningKey",
    "Stream",
    "UnusableKey",
    "equal",
    "hkdf_sha256",
    "hmac_sha256",
    "length_prefixed",
    "load_public_jwk",
    "load_public_key",
    "random_bytes",
    "sha256",
    "verify",
]
