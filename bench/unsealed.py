"""`ringfence serve` whose vault stores what it is given as it is: what sealing costs is measured against it.

For the bench alone: the product has no switch for encryption. Keys are asked for as always, so what differs is the
cryptography, the additional data, and 73 bytes a value. Run as `python -m`.
"""

from collections.abc import Iterable
from uuid import UUID

from ringfence.cli.commands import main as command_line
from ringfence.controls.vault import Field, KeyOwner, Vault


def _seal(self: Vault, owner: KeyOwner, field: Field, row_id: UUID | bytes, plaintext: bytes) -> bytes:
    """The plaintext as it is."""
    del self, owner, field, row_id
    return plaintext


def _open(self: Vault, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> bytes:
    """The record as it is."""
    del self, owner, field, row_id
    return record


def _open_many(
    self: Vault, owner: KeyOwner, field: Field, records: Iterable[tuple[UUID | bytes, bytes]]
) -> list[bytes]:
    """The records as they are."""
    del self, owner, field
    return [record for _row_id, record in records]


def main() -> None:
    """Runs the command line with these changes."""
    Vault.seal = _seal
    Vault.open = _open
    Vault.open_many = _open_many
    command_line()


if __name__ == "__main__":
    main()
