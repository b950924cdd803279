"""Keeps CRY-01, CRY-03. Seals and opens values, and makes blind indexes. Proved in tests/controls/test_vault.py."""

from typing import final
from uuid import UUID

import msgspec

from ringfence.base.crypto import InvalidSeal, length_prefixed
from ringfence.controls.keystore import KeyOwner, Keystore, Unknown
from ringfence.controls.vault.fields import Field
from ringfence.controls.vault.record import HEADER_BYTES, VERSION, Tampered, context, key_id_of


@final
class Vault:
    """Seals under the owner's key; the key must have been created (`keystore.create`) before.

    Cheap once the key is cached; a first use reads a file. Destroyed and Unknown pass through from the keystore.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Keystore) -> None:
        self._keys = keys

    def seal(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, plaintext: bytes) -> bytes:
        """The record of `plaintext` for this field of this row; 73 bytes longer."""
        material = self._keys.unwrap(owner)
        bound = context(material.scope, field, row_id=_raw(row_id), key_id=material.key_id)
        return VERSION + material.key_id + material.data_key(field.purpose).seal(plaintext, bound)

    def open(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> bytes:
        """The plaintext; Tampered for a record changed, cut, moved, of another key or of an unknown version."""
        row = _raw(row_id)
        key_id = key_id_of(record)
        if key_id is None:
            raise Tampered(field, row)
        try:
            material = self._keys.unwrap(owner, key_id)
            bound = context(material.scope, field, row_id=row, key_id=key_id)
            return material.data_key(field.purpose).open(record[HEADER_BYTES:], bound)
        except (InvalidSeal, Unknown):
            raise Tampered(field, row) from None

    def seal_text(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, text: str) -> bytes:
        """The record of a text."""
        return self.seal(owner, field, row_id, text.encode())

    def open_text(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> str:
        """The text of a record that `seal_text` made; Tampered."""
        return self.open(owner, field, row_id, record).decode()

    def seal_json(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, value: object) -> bytes:
        """The record of a JSON value."""
        return self.seal(owner, field, row_id, msgspec.json.encode(value))

    def open_json(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> object:
        """The value of a record that `seal_json` made; Tampered."""
        return msgspec.json.decode(self.open(owner, field, row_id, record))

    def blind_index(self, owner: KeyOwner, field: Field, value: str) -> bytes:
        """32 bytes by which equal values of a field can be found within one owner, and nowhere else.

        The value is taken as it is: fold case or spaces before. The index stays the same when the key is rotated.
        """
        message = length_prefixed(field.table.encode(), field.column.encode(), value.encode())
        return self._keys.unwrap(owner).index.digest(message)


def _raw(row_id: UUID | bytes) -> bytes:
    return row_id.bytes if isinstance(row_id, UUID) else row_id
