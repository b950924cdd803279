"""Every sealed value of a database, and what a keystore makes of it: whoever has both tries each key on each row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from ringfence.base.problem import Problem
from ringfence.controls.datamap.bindings import bound
from ringfence.controls.keystore import KeyOwner, Keystore
from ringfence.controls.vault import Field, Tampered, Vault, looks_sealed


@dataclass(frozen=True)
class Record:
    """A sealed value in its row; `row_ids` are all that it could be bound to."""

    place: str
    field: Field
    value: bytes
    row_ids: tuple[bytes, ...]

    @property
    def key_id(self) -> bytes | None:
        """The key that its head names."""
        return looks_sealed(self.value[:17], len(self.value))


@dataclass
class Opened:
    """What a keystore made of records: texts by the path of the key's owner, and those that stayed shut."""

    texts: dict[str, list[bytes]] = field(default_factory=dict)
    shut: list[Record] = field(default_factory=list)

    @property
    def all(self) -> bytes:
        """Everything that opened, as it is and in small letters: agents and tools spell words their own way."""
        whole = b"\n".join(text for found in self.texts.values() for text in found)
        return whole + b"\n" + whole.lower()


def records(dsn: str) -> Iterator[Record]:
    """Every value of every sealed column of the data map."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        # '-infinity' is no time that Python knows.
        cursor.adapters.register_loader("timestamptz", TextLoader)
        for place, sealed in sorted(bound().items(), key=lambda pair: pair[0]):
            schema, table, column = place.split(".")
            asked = sql.SQL("select * from {} where {} is not null").format(
                sql.Identifier(schema, table), sql.Identifier(column)
            )
            for row in cursor.execute(asked):
                yield Record(place, sealed, row[column], tuple(_row_ids(row)))


def open_all(found: list[Record], keystore: Keystore, owners: Mapping[bytes, str]) -> Opened:
    """Tries every record under the key that it names, in every row that it could belong to.

    `owners` tells whose a key is or was: somebody who tries knows it from an older copy of the keystore.
    """
    vault, opened = Vault(keystore), Opened()
    for record in found:
        path = owners.get(record.key_id or b"")
        text = _opened(vault, record, path) if path is not None else None
        if text is None or path is None:
            opened.shut.append(record)
        else:
            opened.texts.setdefault(path, []).append(text)
    return opened


def owners_of(keystore: Keystore) -> dict[bytes, str]:
    """Whose each key is."""
    return {key_id: path for path, versions in keystore.inventory().items() for key_id in versions}


def _opened(vault: Vault, record: Record, path: str) -> bytes | None:
    for row_id in record.row_ids:
        try:
            return vault.open(KeyOwner(path), record.field, row_id, record.value)
        except Tampered:
            continue
        except Problem:
            return None  # The key is gone: no row would help.
    return None


def _row_ids(row: Mapping[str, object]) -> Iterator[bytes]:
    ids = [value.bytes for value in row.values() if isinstance(value, UUID)]
    numbers = [value for value in row.values() if isinstance(value, int) and 0 <= value < 2**31]
    yield from ids
    yield from (one + number.to_bytes(4) for one, number in product(ids, numbers))
