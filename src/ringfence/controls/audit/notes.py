"""Signed notes: text that Ed25519 keys signed, with names to know them by (c2sp.org/signed-note). Keeps AUD-04.

Proved in tests/controls/test_audit_checkpoints.py.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ringfence.base.crypto import Secret, SigningKey, sha256, verify

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
"""A witness's timestamped signature (c2sp.org/tlog-cosignature)."""
_ID_BYTES: Final = 4
_PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
_MOST_SIGNATURES: Final = 64
_MOST_CHARACTERS: Final = 100_000
_LINE: Final = re.compile("\u2014 ([^ +\n]+) ([A-Za-z0-9+/=]+)")
_NAME: Final = re.compile(r"[^\s+]{1,200}")
_KEY_LINE: Final = re.compile(r"([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44,48})")


class BadNote(Exception):  # noqa: N818 - what it names is the note
    """The text is no signed note, or no known key signed it; the message says which, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key by its name: what a note's line names, and what verifies it."""

    name: str
    public: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        """Refuses what no line could name: ValueError."""
        if not _NAME.fullmatch(self.name) or len(self.public) != _PUBLIC_BYTES:
            raise ValueError("a key has a name without spaces and plus signs, and 32 bytes")

    @property
    def id(self) -> bytes:
        """The four bytes that begin its signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public)[:_ID_BYTES]

    @property
    def line(self) -> str:
        """`name+id+base64(kind || key)`, the form in which verifiers are configured."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """The key of such a line; ValueError says what is wrong."""
        match = _KEY_LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError("a key line is name+id+key, as in /.well-known/ringfence-audit-keys")
        raw = _decoded(match[3])
        if raw is None or len(raw) != _PUBLIC_BYTES + 1 or raw[0] not in (ED25519, COSIGNATURE):
            raise ValueError("the key is neither an Ed25519 key nor a witness's")
        key = cls(match[1], raw[1:], raw[0])
        if key.id.hex() != match[2]:
            raise ValueError("the key's id is not that of its name and bytes")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key by its name."""

    name: str
    key: SigningKey

    @classmethod
    def of(cls, name: str, seed: Secret) -> Self:
        """The key of a 32-byte seed."""
        return cls(name, SigningKey(seed))

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        return Verifier(self.name, self.key.public)

    def line(self, text: str) -> str:
        """The signature line for `text`, which ends in a newline."""
        return signature_line(self.verifier, self.key.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note: who it says signed, and what."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """As it stood in the note."""
        return f"\u2014 {self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines below it, nothing of them verified."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: str) -> Self:
        """The note; BadNote for anything else."""
        if len(raw) > _MOST_CHARACTERS or any(c < " " and c != "\n" for c in raw):
            raise BadNote("this is no note: too long, or with control characters")
        text, blank, below = raw.rpartition("\n\n")
        lines = below.split("\n")
        if not blank or not text or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
            raise BadNote("this is no note: it needs a text, an empty line and signatures")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def signers(self, known: Iterable[Verifier]) -> list[Verifier]:
        """The known keys that signed, each with a signature that verifies.

        BadNote where a line names a known key and does not verify, or where no known key signed.
        """
        by_name = {(key.name, key.id): key for key in known}
        found: list[Verifier] = []
        for signature in self.signatures:
            key = by_name.get((signature.name, signature.key_id))
            if key is None:
                continue
            if cosigned_at(self.text, key, signature) is None:
                raise BadNote("a signature by a known key does not verify")
            found.append(key)
        if not found:
            raise BadNote("no known key signed this")
        return found


def cosigned_at(text: str, key: Verifier, signature: Signature) -> int | None:
    """Seconds since the epoch at which a witness cosigned, 0 for a plain signature; None where it does not verify."""
    value = signature.value
    if key.kind == ED25519:
        return 0 if verify(key.public, signature=value, message=text.encode()) else None
    if len(value) != _TIME_BYTES + SIGNATURE_BYTES:
        return None
    at = int.from_bytes(value[:_TIME_BYTES])
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    return at if verify(key.public, signature=value[_TIME_BYTES:], message=message) else None


def signed(text: str, *signers: Signer) -> str:
    """The note of a text that ends in a newline, signed by each in turn."""
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}"


def signature_line(key: Verifier, value: bytes) -> str:
    """The line of a signature's bytes."""
    return Signature(key.name, key.id, value).line


def signatures_of(lines: str) -> Sequence[Signature]:
    """The signatures of bare lines, as a witness answers; BadNote."""
    found = lines.split("\n")
    if found.pop() or not 0 < len(found) <= _MOST_SIGNATURES:
        raise BadNote("these are no signature lines")
    return [_signature(line) for line in found]


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    raw = _decoded(match[2]) if match is not None else None
    if match is None or raw is None or len(raw) <= _ID_BYTES:
        raise BadNote("a line below the text is no signature")
    return Signature(match[1], raw[:_ID_BYTES], raw[_ID_BYTES:])


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decoded(text: str) -> bytes | None:
    """The bytes of canonical base64 alone, so that a note has one form."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None
