"""Checkpoints: the size and root of a log at a time, signed (c2sp.org/tlog-checkpoint). Keeps AUD-04.

Proved in tests/controls/test_audit_checkpoints.py.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from ringfence.base import clock
from ringfence.controls.audit.notes import BadNote, Note, Signer, Verifier, signed

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME: Final = re.compile(r"time ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)")
_ROOT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself; `at` is in whole seconds. A tree of no leaves has none."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def __post_init__(self) -> None:
        """Refuses what must never be signed: ValueError."""
        if self.size < 1 or len(self.root) != _ROOT_BYTES:
            raise ValueError("a checkpoint is of a tree with leaves and has a root of 32 bytes")

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\ntime {rfc3339_seconds(self.at)}\n"

    def sign(self, *signers: Signer) -> str:
        """The signed note."""
        return signed(self.text, *signers)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint of a note's text; BadNote for one that is not of our form."""
        lines = text.split("\n")
        if len(lines) != 5 or lines[4]:  # noqa: PLR2004 - three lines, the time, and the end
            raise BadNote("a checkpoint has an origin, a size, a root and a time")
        root, moment = _root(lines[2]), _TIME.fullmatch(lines[3])
        if not lines[0] or not _SIZE.fullmatch(lines[1]) or root is None or moment is None:
            raise BadNote("a checkpoint has an origin, a size, a root and a time")
        try:
            return cls(lines[0], int(lines[1]), root, clock.parse_rfc3339(moment[1]))
        except ValueError:
            raise BadNote("a checkpoint is of a tree with leaves") from None

    @classmethod
    def verified(cls, note: str, known: Iterable[Verifier], *, origin: str) -> Self:
        """The checkpoint of a note that a known key signed for this log; BadNote says what is wrong."""
        parsed = Note.parse(note)
        parsed.signers(known)
        found = cls.parse(parsed.text)
        if found.origin != origin:
            raise BadNote("the checkpoint is of another log or another deployment")
        return found


def rfc3339_seconds(moment: datetime) -> str:
    """The moment in UTC, in whole seconds and with a final Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _root(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    is_canonical = base64.b64encode(raw).decode("ascii") == text
    return raw if is_canonical and len(raw) == _ROOT_BYTES else None
