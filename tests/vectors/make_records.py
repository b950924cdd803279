"""Makes records.json from the description of the formats and RFC 5869's words, with no code of ours."""

import hmac
import json
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 to 64 bytes."""
    first = hmac.digest(key, info + b"\x01", "sha256")
    return first + hmac.digest(key, first + info + b"\x02", "sha256")


def sealed(version: int, key: bytes, nonces: bytes, context: bytes, text: bytes) -> bytes:
    """What stands behind the key id of a record."""
    if version == 1:
        okm = expand(key, b"ringfence record 1" + nonces)
        commitment, nonce = okm[44:60], okm[32:44]
    else:
        okm = expand(key, b"ringfence record 2" + nonces[:12])
        commitment, nonce = okm[32:48], nonces[12:]
    return nonces + commitment + AESGCM(okm[:32]).encrypt(nonce, text, context)


def main() -> None:
    """Writes the file beside this one."""
    cases = []
    for version in (1, 2):
        for number, text in enumerate((b"", b"Where is my parcel?", bytes(range(256)))):
            key, nonces, context = bytes(range(number, number + 32)), bytes(range(100, 124)), b"here %d" % number
            parts = {"key": key, "nonces": nonces, "context": context, "text": text}
            parts["sealed"] = sealed(version, key, nonces, context, text)
            cases.append({"version": version, **{name: part.hex() for name, part in parts.items()}})
    told = {"source": "make_records.py, from the description of the formats", "cases": cases}
    (Path(__file__).parent / "records.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
