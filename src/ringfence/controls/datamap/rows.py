"""The map's rows, as `ringfence datamap` and docs/datamap.md show them. Keeps PRV-02 (its map).

Proved in tests/controls/test_datamap.py.
"""

from dataclasses import dataclass, replace

from ringfence.controls.datamap import bindings, erasing, exports
from ringfence.controls.datamap.columns import Catalogue, Column
from ringfence.controls.vault import Field


@dataclass(frozen=True, slots=True)
class Row:
    """One column: what it holds, whose it is, when it goes, how it is sealed, and where it is exported."""

    table: str
    column: str
    kind: str
    owner: str
    clock: str
    sealed_under: str | None
    """Whose key seals it; None for what is not sealed."""
    field: str | None
    """The vault's frozen name of it, also where it is a keyed index."""
    exports: tuple[str, ...]
    """Section and stable name in each export, such as `messages.text`."""
    no_export: str
    """Why it is in none, where that needs a reason."""
    ends: str
    """How its row ends when its owner is erased; empty for the platform's own."""
    note: str


def map_of(found: Catalogue) -> list[Row]:
    """A row for each column that declares something, by table and column."""
    given, sealed = exports.given(), bindings.bound()
    ends = {table: erasing.how(table, found.columns, found.references) for table in found.tables}
    return [
        replace(_row(column, given, sealed), ends=ends[column.table])
        for column in sorted(found.columns)
        if column.declared is not None
    ]


def _row(column: Column, given: dict[str, list[exports.Given]], sealed: dict[str, Field]) -> Row:
    declared = column.declared
    assert declared is not None  # noqa: S101 - the caller looked
    index = bindings.INDEXES.get(column.place)
    field = sealed.get(column.place) or (index[0] if index is not None else None)
    left_out = exports.LEFT_OUT.get(column.place) or exports.TABLES_LEFT_OUT.get(column.table, "")
    why = [declared.note, index[1] if index is not None else "", _why_readable(column.place)]
    return Row(
        table=column.table,
        column=column.name,
        kind=declared.kind.value,
        owner=declared.owner.value,
        clock=declared.clock,
        sealed_under=bindings.key_of(column),
        field=f"{field.table}.{field.column}" if field is not None else None,
        exports=tuple(f"{one.section.name}.{one.name}" for one in given.get(column.place, ())),
        no_export=left_out,
        ends="",
        note="; ".join(part for part in why if part),
    )


def _why_readable(place: str) -> str:
    told = (reasons.get(place) for reasons in (bindings.PLAIN, bindings.KEYED, bindings.NOT_BY_VAULT))
    return next((why for why in told if why is not None), "")
