"""What the data map does not allow, each with its mend: the build fails on one, and a running database turns red.

Keeps PRV-02, CRY-01. Proved in tests/controls/test_datamap.py, which plants each fault.
"""

from collections.abc import Collection, Iterator

from ringfence.controls.datamap import bindings, clocks, erasing, exports
from ringfence.controls.datamap.columns import (
    EXPORTED_CLASSES,
    SEALED_CLASSES,
    Catalogue,
    Class,
    Column,
    Declared,
    Owner,
    Reference,
    columns,
    packaged,
    references,
)
from ringfence.controls.tenancy import Bound, Database, PlatformScope
from ringfence.controls.tenancy.lints import PLANTED, Fault
from ringfence.controls.vault import fields

_BYTES = ("bytea", "bytea[]")
_OWN_IDS = ("uuid", "uuid[]", *_BYTES)


async def catalogue(database: Database) -> Catalogue:
    """The running database's, asked with the server's own role."""
    return await _asked(database)


async def planted(database: Database) -> Catalogue:
    """The same look at the planted catalogue, in which a column has no class and a sealed one is text."""
    return await _asked(database, PLANTED())


def faults(found: Catalogue) -> list[Fault]:
    """Every fault of the map; none when all is well."""
    return [
        *_unclassified(found.columns),
        *_foreign_clocks(found.columns),
        *_unsealed(found.columns),
        *_plain_identifiers(found.columns),
        *_homeless_fields(found.columns),
        *_in_no_export(found.columns),
        *_not_exported_any_more(found.columns),
        *_outliving(found.columns, found.references),
        *_exceptions_of_nothing(found),
    ]


def drift(found: Collection[Column]) -> list[Fault]:
    """How the running database's columns differ from the build's: unknown ones, missing ones, other comments."""
    built = {column.place: column for column in packaged().columns}
    live = {column.place: column for column in found}
    differs = "migrate, or find out who changed it: psql '\\d+'"
    return [
        *(
            Fault("not_of_the_build", place, "a column that the map does not know", differs)
            for place in live.keys() - built.keys()
        ),
        *(
            Fault("not_of_the_build", place, "a column of the map that is not there", differs)
            for place in built.keys() - live.keys()
        ),
        *(
            Fault("not_of_the_build", place, "another type or comment than the build's", differs)
            for place in sorted(live.keys() & built.keys())
            if live[place] != built[place]
        ),
    ]


async def _asked(database: Database, *first: Bound[None]) -> Catalogue:
    answers = await database.read(PlatformScope(), *first, columns(), references())
    return Catalogue(answers[-2], answers[-1])


def _unclassified(found: Collection[Column]) -> Iterator[Fault]:
    for column in found:
        if column.declared is None:
            mend = "comment on it: class=...; owner=...; clock=... (schema/lints/column_without_class.sql)"
            yield Fault("unclassified_column", column.place, "no class, owner and clock", mend)


def _foreign_clocks(found: Collection[Column]) -> Iterator[Fault]:
    for column, declared in _declared(found):
        if declared.clock not in clocks.CLOCKS:
            mend = f"use one of {', '.join(clocks.CLOCKS)}, or add it to controls/datamap/clocks.py with what ends it"
            yield Fault("foreign_clock", column.place, f"the clock '{declared.clock}' is nobody's", mend)


def _unsealed(found: Collection[Column]) -> Iterator[Fault]:
    """What must be sealed and has no field, or is not stored as a record is."""
    sealed = bindings.bound()
    readable = bindings.NOT_BY_VAULT.keys() | bindings.KEYED.keys()
    for column, declared in _declared(found):
        if declared.kind not in SEALED_CLASSES or column.place in readable:
            if column.place in sealed:
                fault = f"sealed by the vault, and its class is {declared.kind}"
                yield Fault("unsealed_column", column.place, fault, "declare it personal, content or secret")
            continue
        if column.type not in _BYTES:
            mend = "store it sealed by the vault, as bytea"
            yield Fault("unsealed_column", column.place, f"class {declared.kind} as {column.type}", mend)
        if column.place not in sealed:
            mend = "add its Field to controls/vault/fields.py, and to MOVED in controls/datamap/bindings.py if renamed"
            yield Fault("unsealed_column", column.place, f"class {declared.kind} without a Field of the vault", mend)


def _plain_identifiers(found: Collection[Column]) -> Iterator[Fault]:
    """An identifier that is neither an id of ours nor a keyed hash is somebody else's word, which needs a reason."""
    for column, declared in _declared(found):
        if declared.kind is Class.IDENTIFIER and column.type not in _OWN_IDS and column.place not in bindings.PLAIN:
            mend = "seal it and find it by a blind index, or say why it is readable: PLAIN in datamap/bindings.py"
            yield Fault("plain_identifier", column.place, f"an identifier in clear as {column.type}", mend)


def _homeless_fields(found: Collection[Column]) -> Iterator[Fault]:
    places = {column.place for column in found}
    for field in fields.ALL:
        place = bindings.sealing(field)
        if place is not None and place not in places:
            fault = f"the Field {field.table}.{field.column} has no column"
            mend = "say in controls/datamap/bindings.py where it lies (MOVED, DERIVED, IN_OBJECTS), or remove it"
            yield Fault("field_without_column", place, fault, mend)


def _in_no_export(found: Collection[Column]) -> Iterator[Fault]:
    given = exports.given()
    tables = {place.rpartition(".")[0] for place in given}
    mend = "add it to a section in controls/datamap/exports.py, or to LEFT_OUT with the reason"
    missing: set[str] = set()
    for column, declared in _declared(found):
        is_left_out = column.place in exports.LEFT_OUT or column.table in exports.TABLES_LEFT_OUT
        if declared.kind in EXPORTED_CLASSES and column.place not in given and not is_left_out:
            yield Fault("column_in_no_export", column.place, f"class {declared.kind} in no section of an export", mend)
        if declared.owner is Owner.USER and column.table not in tables and not is_left_out:
            missing.add(column.table)
    for table in sorted(missing):
        yield Fault("column_in_no_export", table, "a table that tells about a user, in no section of an export", mend)


def _not_exported_any_more(found: Collection[Column]) -> Iterator[Fault]:
    places = {column.place for column in found}
    for place in sorted(exports.given().keys() - places):
        fault = "an export promises a column that is not there"
        yield Fault("export_without_column", place, fault, "name the column that took its place, under the old name")


def _outliving(found: Collection[Column], refers: Collection[Reference]) -> Iterator[Fault]:
    for table, root in erasing.missing(found, refers).items():
        mend = f"reference {root} with `on delete cascade`, or say in controls/datamap/erasing.py what deletes its rows"
        yield Fault("table_outlives_owner", table, f"its rows would outlive their {root.removeprefix('app.')}", mend)


def _exceptions_of_nothing(found: Catalogue) -> Iterator[Fault]:
    """A declared exception for what is not there any more hides the next one of that name."""
    places = {column.place for column in found.columns}
    declared = (
        *bindings.INDEXES,
        *bindings.NOT_BY_VAULT,
        *bindings.KEYED,
        *bindings.PLAIN,
        *exports.LEFT_OUT,
    )
    tables = (*erasing.BY_STATEMENT, *erasing.LASTING, *erasing.UNERASED, *exports.TABLES_LEFT_OUT)
    for name in [*(one for one in declared if one not in places), *(one for one in tables if one not in found.tables)]:
        yield Fault("exception_of_nothing", name, "an exception is declared for what is not there", "remove it")


def _declared(found: Collection[Column]) -> Iterator[tuple[Column, Declared]]:
    for column in found:
        declared = column.declared
        if declared is not None:
            yield column, declared
