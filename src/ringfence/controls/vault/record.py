"""Keeps CRY-01. The record format: `version(1) | key id(16) | nonce(24) | commitment(16) | ciphertext | tag(16)`.

Everything behind the key id is RecordKey's. The additional data is the length-prefixed list of: version, scope (the
path of the owning organization, partner or platform), logical table, logical column, row id, key id.

Proved in tests/controls/test_vault.py.
"""

from functools import lru_cache

from ringfence.base.crypto import RecordKey, length_prefixed
from ringfence.base.problem import Problem
from ringfence.controls.vault.fields import Field

VERSION = b"\x01"
MAX_RECORD_VERSION = 1
HEADER_BYTES = 17
MIN_RECORD_BYTES = HEADER_BYTES + RecordKey.OVERHEAD_BYTES
_ID_BYTES = 16
_ID_PREFIX = _ID_BYTES.to_bytes(4, "big")


class Tampered(Problem):
    """A stored record is not what was sealed for this place. The log names table and row; the world learns nothing."""

    def __init__(self, field: Field, row_id: bytes) -> None:
        cause = f"record refused: {field.table}.{field.column} row {row_id.hex()}"
        super().__init__(500, "integrity", "This could not be read.", cause=cause)
        self.table = field.table
        self.column = field.column
        self.row_id = row_id.hex()


def context(scope: str, field: Field, *, row_id: bytes, key_id: bytes) -> bytes:
    """The additional data of a record, which opens in this place and nowhere else."""
    size = _ID_PREFIX if len(row_id) == _ID_BYTES else len(row_id).to_bytes(4, "big")
    return _prefix(scope, field) + size + row_id + _ID_PREFIX + key_id


@lru_cache(maxsize=8192)
def _prefix(scope: str, field: Field) -> bytes:
    return length_prefixed(VERSION, scope.encode(), field.table.encode(), field.column.encode())


def looks_sealed(head: bytes, size: int) -> bytes | None:
    """The key id that a value's first 17 bytes name, or None where they and its size are no record's. Opens nothing."""
    return key_id_of(head.ljust(size, b"\0")) if len(head) == HEADER_BYTES else None


def key_id_of(record: bytes) -> bytes | None:
    """The id of the key that sealed a record, or None for what is no record of a version that we know."""
    if len(record) < MIN_RECORD_BYTES:
        return None
    if not record.startswith(VERSION):
        return None
    return record[1:HEADER_BYTES]
