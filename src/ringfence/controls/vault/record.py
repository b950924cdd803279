"""Keeps CRY-01. The record format: `version(1) | key id(16) | nonces(24) | commitment(16) | ciphertext | tag(16)`.

Everything behind the key id is the cipher's: RecordKey's own in version 1, its Batches' in version 2. The additional
data is the length-prefixed list of: version, scope (the path of the owning organization, partner or platform), logical
table, logical column, row id, key id.

Proved in tests/controls/test_vault.py.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import final
from uuid import UUID

from ringfence.base.crypto import Batches, Opener, RecordKey, length_prefixed
from ringfence.base.problem import Problem
from ringfence.controls.keystore import KeyMaterial
from ringfence.controls.vault.fields import Field

MAX_RECORD_VERSION = 2
HEADER_BYTES = 17
SHARED_BYTES = HEADER_BYTES + Batches.KEY_NONCE_BYTES
"""What the records of one batch begin with."""
MIN_RECORD_BYTES = HEADER_BYTES + RecordKey.OVERHEAD_BYTES
_ID_BYTES = 16
ID_PREFIX = _ID_BYTES.to_bytes(4, "big")


class Tampered(Problem):
    """A stored record is not what was sealed for this place. The log names table and row; the world learns nothing."""

    def __init__(self, field: Field, row_id: bytes) -> None:
        cause = f"record refused: {field.table}.{field.column} row {row_id.hex()}"
        super().__init__(500, "integrity", "This could not be read.", cause=cause)
        self.table = field.table
        self.column = field.column
        self.row_id = row_id.hex()


@final
class Seal:
    """The cipher of a field's records that have the same head, under a key that the head names. Not to be kept.

    The head is the first 17 bytes of a record: its version, which is known, and the key's id.
    """

    __slots__ = ("_after", "_before", "_cipher", "_head")

    def __init__(self, material: KeyMaterial, field: Field, head: bytes) -> None:
        self._cipher = _cipher(material.data_key(field.purpose), head[0])
        self._before = _prefix(head[:1], material.scope, field)
        self._after = ID_PREFIX + head[1:]
        self._head = head

    def seal(self, own: bytes, plaintext: bytes) -> bytes:
        """The record of `plaintext` for the row that `own_context` was made of."""
        return self._head + self._cipher.seal(plaintext, self._before + own + self._after)

    def open(self, record: bytes, own: bytes) -> bytes:
        """The plaintext of a record with this head; InvalidSeal where it was not sealed for this row."""
        return self._cipher.open(record[HEADER_BYTES:], self._before + own + self._after)

    def opener(self, record: bytes) -> Opener:
        """As `open`, for records that are the same as this one in all of their first SHARED_BYTES; InvalidSeal."""
        if isinstance(self._cipher, RecordKey):
            return self._open_next
        sealed = record[HEADER_BYTES:]
        batch = self._cipher.of(sealed[:12], sealed[24:40])
        return batch.opener(self._head, before=self._before, after=self._after)

    def _open_next(self, page: Sequence[tuple[bytes, bytes]], opened: list[bytes]) -> None:
        """The opener where no two records share a key: the next one alone."""
        opened.append(self.open(*page[len(opened)]))


def own_context(row_id: UUID | bytes) -> bytes:
    """What of the additional data is a record's own."""
    if isinstance(row_id, UUID):
        return ID_PREFIX + row_id.bytes
    return len(row_id).to_bytes(4, "big") + row_id


def _cipher(key: RecordKey, version: int) -> RecordKey | Batches:
    match version:
        case 1:
            return key
        case 2:
            return key.batches
        case _:
            raise ValueError("there is no such version of records")


@lru_cache(maxsize=8192)
def _prefix(version: bytes, scope: str, field: Field) -> bytes:
    return length_prefixed(version, scope.encode(), field.table.encode(), field.column.encode())


def looks_sealed(head: bytes, size: int) -> bytes | None:
    """The key id that a value's first 17 bytes name, or None where they and its size are no record's. Opens nothing."""
    if len(head) != HEADER_BYTES or head_of(head.ljust(size, b"\0")) is None:
        return None
    return head[1:]


def head_of(record: bytes) -> bytes | None:
    """The version and the key id of a record, 17 bytes, or None for what is no record of a version that we know."""
    if len(record) < MIN_RECORD_BYTES:
        return None
    if not 1 <= record[0] <= MAX_RECORD_VERSION:
        return None
    return record[:HEADER_BYTES]
