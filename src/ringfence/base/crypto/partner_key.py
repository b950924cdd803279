"""A partner's own signing key, as demo and tests hold it: RSA 2048, RS256 (RFC 7515, RFC 7518 section 3.3)."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self, final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_BITS = 2048
_EXPONENT = 65537


@final
class PartnerKey:
    """Signs tokens the way a partner's back end does."""

    algorithm = "RS256"

    def __init__(self, private: rsa.RSAPrivateKey, kid: str) -> None:
        self._private = private
        self.kid = kid

    @classmethod
    def kept_in(cls, path: Path, kid: str) -> Self:
        """The key of a PEM file, made with mode 0600 when there is none."""
        if not path.exists():
            made = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
            pem = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError(f"{path.name} holds no RSA key")
        return cls(private, kid)

    @property
    def public_pem(self) -> str:
        """What the partner registers."""
        public = self._private.public_key()
        return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, claims: Mapping[str, object]) -> str:
        """The claims as a compact JWS."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        content = b".".join(_encoded(msgspec.json.encode(part)) for part in (header, claims))
        signature = self._private.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return b".".join((content, _encoded(signature))).decode()


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
