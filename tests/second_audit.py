"""A second reader and writer of the audit log's formats, written apart from both others, to hold them against.

Made from docs/audit-format.md, RFC 6962 section 2.1 and the C2SP pages alone, as their recursive definitions stand
there; slow, whole in memory, and with signatures by `cryptography`. It shares no code with `ringfence.base.merkle` or
`ringfence.evidence.verify`, and must never be changed by copying from them.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ringfence.base import canonical_json

# ---- RFC 6962 section 2.1: MTH, PATH and SUBPROOF of a list D of leaf data ----


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def mth(d: list[bytes]) -> bytes:
    if not d:
        return sha256().digest()
    if len(d) == 1:
        return leaf(d[0])
    k = split(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def proof(m: int, d: list[bytes]) -> list[bytes]:
    return subproof(m, d, is_known=True)


def subproof(m: int, d: list[bytes], *, is_known: bool) -> list[bytes]:
    if m == len(d):
        return [] if is_known else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], is_known=is_known), mth(d[k:])]
    return [*subproof(m - k, d[k:], is_known=False), mth(d[:k])]


def peaks(d: list[bytes]) -> list[bytes]:
    """The compact range: a hash for each 1 in the binary form of len(d), the largest sub-tree first."""
    if not d:
        return []
    width = 1 << (len(d).bit_length() - 1)
    return [mth(d[:width]), *peaks(d[width:])]


# ---- The same proofs, verified by rebuilding roots along the definition ----


def root_by_path(m: int, n: int, own: bytes, hashes: list[bytes]) -> bytes:
    """The root of n leaves, of which number m has this hash; ValueError where the path has another length."""
    if n == 1:
        if hashes:
            raise ValueError("a hash too many")
        return own
    if not hashes:
        raise ValueError("a hash too few")
    k, beside = split(n), hashes[-1]
    if m < k:
        return sha256(b"\x01" + root_by_path(m, k, own, hashes[:-1]) + beside).digest()
    return sha256(b"\x01" + beside + root_by_path(m - k, n - k, own, hashes[:-1])).digest()


def is_included(m: int, n: int, own: bytes, hashes: list[bytes], root: bytes) -> bool:
    if not 0 <= m < n:
        return False
    try:
        return root_by_path(m, n, own, hashes) == root
    except ValueError:
        return False


def roots_by_proof(m: int, n: int, old: bytes, hashes: list[bytes], *, is_known: bool) -> tuple[bytes, bytes]:
    """The roots of the first m and of all n leaves that a proof leads to; `old` stands where the verifier knows it."""
    if m == n:
        if len(hashes) != (0 if is_known else 1):
            raise ValueError("another length")
        own = old if is_known else hashes[0]
        return own, own
    if not hashes:
        raise ValueError("a hash too few")
    k, beside = split(n), hashes[-1]
    if m <= k:
        before, after = roots_by_proof(m, k, old, hashes[:-1], is_known=is_known)
        return before, sha256(b"\x01" + after + beside).digest()
    before, after = roots_by_proof(m - k, n - k, old, hashes[:-1], is_known=False)
    return sha256(b"\x01" + beside + before).digest(), sha256(b"\x01" + beside + after).digest()


def is_consistent(m: int, n: int, old: bytes, new: bytes, hashes: list[bytes]) -> bool:
    if not 0 < m <= n:
        return False
    try:
        return roots_by_proof(m, n, old, hashes, is_known=True) == (old, new)
    except ValueError:
        return False


# ---- c2sp.org/signed-note and c2sp.org/tlog-checkpoint ----


@dataclass(frozen=True)
class Signer:
    """A name and an Ed25519 key; `type` 1 signs notes, 4 cosigns checkpoints."""

    name: str
    seed: bytes
    type: int = 1

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.type]) + self.public)}"

    def line(self, text: str, time: int = 1_763_800_000) -> str:
        stamp = time.to_bytes(8, "big") if self.type == 4 else b""
        said = f"cosignature/v1\ntime {time}\n{text}" if self.type == 4 else text
        return f"— {self.name} {b64(self.id + stamp + self.key.sign(said.encode()))}\n"


def sign(text: str, *signers: Signer) -> str:
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def checkpoint_text(origin: str, size: int, root: bytes, time: str = "2026-11-22T15:00:00Z") -> str:
    return f"{origin}\n{size}\n{b64(root)}\ntime {time}\n"


def open_note(note: str, vkeys: list[str]) -> str | None:
    """The text, if one of the keys signed it."""
    cut = note.rindex("\n\n") + 1
    text, lines = note[:cut], note[cut + 1 :].splitlines()
    for vkey in vkeys:
        name, _, content = vkey.split("+", 2)
        public = base64.b64decode(content)[1:]
        for line in lines:
            _, signer, signature = line.split(" ")
            raw = base64.b64decode(signature)
            if signer == name and raw[:4] == sha256(name.encode() + b"\n\x01" + public).digest()[:4]:
                try:
                    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
                except InvalidSignature:
                    continue
                return text
    return None


# ---- docs/audit-format.md: exports, written and read whole ----


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Log:
    """A log whose entries are at hand as leaf data."""

    name: str
    host: str
    data: list[bytes]
    signer: Signer
    pruned_to: int = 0
    earlier: list[int] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.host}/audit/{self.name}"

    def checkpoint(self, size: int | None = None, *also: Signer, time: str = "2026-11-22T15:00:00Z") -> str:
        count = len(self.data) if size is None else size
        text = checkpoint_text(self.origin, count, mth(self.data[:count]), time)
        return sign(text, self.signer, *also)

    def header(self, first: int = 0) -> dict[str, Any]:
        return {
            "format": "ringfence-audit-export/1",
            "log": self.name,
            "origin": self.origin,
            "from": first,
            "size": len(self.data),
            "prefix": [b64(one) for one in peaks(self.data[:first])],
            "keys": [self.signer.vkey],
            "key_changes": [],
            "checkpoint": self.checkpoint(),
            "earlier": [self.checkpoint(size) for size in self.earlier],
            "instance": None,
        }

    def body(self, first: int = 0) -> Iterator[bytes]:
        """Entries and tiles."""
        block: list[bytes] = []
        for index in range(first, len(self.data)):
            hashed = leaf(self.data[index])
            block.append(hashed)
            yield pruned_line(index, hashed) if index < self.pruned_to else self.data[index]
            if (index + 1) % 256 == 0 or index + 1 == len(self.data):
                yield tile_line(index + 1 - len(block), block)
                block = []

    def export(self, first: int = 0) -> list[bytes]:
        return [line(self.header(first)), *self.body(first), end_line(len(self.data))]

    def receipt(self, index: int) -> str:
        hashes = "".join(b64(one) + "\n" for one in path(index, self.data))
        extra = b64(self.data[index])
        return f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{hashes}\n{self.checkpoint()}"


def line(value: object) -> bytes:
    return canonical_json.encode(value)


def pruned_line(index: int, hashed: bytes) -> bytes:
    return line({"index": index, "pruned": b64(hashed)})


def tile_line(first: int, hashes: list[bytes]) -> bytes:
    return line({"index": first, "tile": b64(b"".join(hashes))})


def end_line(size: int) -> bytes:
    return line({"end": True, "size": size})


def holds(export: list[bytes], vkeys: list[str]) -> bool:
    """Whether an export that has all its entries, none pruned, is what its log signed: rule by rule."""
    header = json.loads(export[0])
    text = open_note(header["checkpoint"], vkeys)
    if text is None or header["from"] != 0:
        return False
    origin, size, root = text.splitlines()[:3]
    rows = [json.loads(one) for one in export[1:-1]]
    data = [raw for raw, row in zip(export[1:-1], rows, strict=True) if "action" in row]
    kinds = ["entry" if "action" in row else "tile" if "tile" in row else "?" for row in rows]
    blocks = [["entry"] * min(256, len(data) - first) + ["tile"] for first in range(0, len(data), 256)]
    tiles = b"".join(base64.b64decode(row["tile"]) for row in rows if "tile" in row)
    return (
        origin == header["origin"] == f"{origin.split('/')[0]}/audit/{header['log']}"
        and int(size) == len(data) == header["size"]
        and kinds == [kind for block in blocks for kind in block]
        and b64(mth(data)) == root
        and tiles == b"".join(leaf(one) for one in data)
        and all(row["index"] == index for index, row in enumerate(row for row in rows if "action" in row))
        and all(row["log"] == header["log"] for row in rows if "action" in row)
        and json.loads(export[-1]) == {"end": True, "size": len(data)}
    )
