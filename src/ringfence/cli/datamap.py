"""`ringfence datamap`: every column with class, owner, clock, key, export and end; a table, JSON or Markdown.

Of the deployment that runs, where one does; else of this build, from the packaged schema.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import msgspec

from ringfence.cli.deployment import beside, is_running
from ringfence.controls import datamap
from ringfence.controls.datamap import Catalogue, Row
from ringfence.controls.tenancy import Database
from ringfence.settings import Settings

_INTRODUCTION = """\
# Data map

Made by `ringfence datamap --markdown` from the comments of the database's columns; a test holds this page against them,
and the probe `datamap.catalogue` holds the running database against them. Nothing here is written by hand.

Each column has a class. *Personal* data, *content* and *secrets* lie sealed (AES-256-GCM, bound to their place) under
the key named in *sealed*; *vectors* are sealed, or keyed hashes where search must find them; *identifiers* are random
ids of ours, keyed hashes, or words with a reason to be readable; *operational* values are states, counts and times.
The *owner* says with whom a value goes; the *clock* when it goes by itself.

- **Access and portability** (GDPR Art. 15, 20): *export* names the section and the stable name under which a value is
  given. A personal or content column in no section, or a table about users in none, fails the build. The export itself
  is not built yet.
- **Erasure** (Art. 17): every table says how its rows end with their owner; destroying the key reaches every copy
  ([what shredding reaches](shredding.md)). A table that would outlive its owner fails the build.
- **Minimisation** (Art. 5(1)(c)), **security** (Art. 32): what is readable in the database has its reason in a note.
- **Record of processing** (Art. 30): classes, owners and clocks are its categories of data and time limits.
"""


def show(*, is_json: bool, is_markdown: bool) -> None:
    """Prints the map."""
    found, source = _found(Settings())
    if is_json:
        print(as_json(found, source=source))
    elif is_markdown:
        print(as_markdown(found), end="")
    else:
        _as_table(found, source=source)


def as_json(found: Catalogue, *, source: str) -> str:
    """The map for machines: columns, counts, clocks and the sections of exports."""
    rows = datamap.map_of(found)
    whole = {
        "source": source,
        "columns": [asdict(row) for row in rows],
        "counts": {name: dict(counts) for name, counts in _counts(rows).items()},
        "clocks": {name: asdict(clock) for name, clock in datamap.CLOCKS.items()},
        "sections": [
            {"name": section.name, "subjects": list(section.subjects), "table": section.table, "names": section.places}
            for section in datamap.SECTIONS
        ],
        "faults": [asdict(fault) for fault in datamap.faults(found)],
    }
    return msgspec.json.format(msgspec.json.encode(whole)).decode()


def as_markdown(found: Catalogue) -> str:
    """The map as docs/datamap.md."""
    rows = datamap.map_of(found)
    return (
        "\n".join([_INTRODUCTION, *_in_short(rows), *_clocks(rows), *_sections(), *_objects(), *_tables(rows)]) + "\n"
    )


def _found(settings: Settings) -> tuple[Catalogue, str]:
    if not is_running(settings):
        return datamap.packaged(), "this build"

    async def asked(url: str, key: object) -> Catalogue:
        database = Database(url, keys=key, size=1)  # pyright: ignore[reportArgumentType] - the deployment's own
        try:
            return await datamap.catalogue(database)
        finally:
            await database.close()

    with beside(settings, command="datamap") as deployment:
        return asyncio.run(asked(deployment.database_url, deployment.context_key)), "the running database"


def _counts(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    return {
        "class": Counter(row.kind for row in rows),
        "owner": Counter(row.owner for row in rows),
        "clock": Counter(row.clock for row in rows),
        "sealed under": Counter(row.sealed_under for row in rows if row.sealed_under is not None),
    }


def _in_short(rows: Sequence[Row]) -> Iterator[str]:
    yield f"## In short\n\n{len(rows)} columns in {len({row.table for row in rows})} tables.\n"
    for name, counts in _counts(rows).items():
        told = ", ".join(f"{word} {count}" for word, count in sorted(counts.items(), key=lambda pair: -pair[1]))
        yield f"- by {name}: {told}"


def _clocks(rows: Sequence[Row]) -> Iterator[str]:
    used = Counter(row.clock for row in rows)
    yield "\n## Clocks\n\n| clock | means | ended by | columns |\n|---|---|---|---|"
    for name, clock in datamap.CLOCKS.items():
        yield f"| {name} | {clock.means} | {clock.by or 'nothing by itself yet'} | {used[name]} |"


def _sections() -> Iterator[str]:
    yield "\n## Sections of an export\n\n| section | given to | table | stable names |\n|---|---|---|---|"
    for section in datamap.SECTIONS:
        names = ", ".join(section.places.values())
        yield f"| {section.name} | {', '.join(section.subjects)} | {section.table} | {names} |"


def _objects() -> Iterator[str]:
    yield "\n## In the object store\n"
    for field, what in datamap.IN_OBJECTS.items():
        yield f"- `{field.table}.{field.column}`: {what}; under the key of its user, or of the organization's knowledge"


def _tables(rows: Sequence[Row]) -> Iterator[str]:
    yield "\n## Tables"
    table = ""
    for row in rows:
        if row.table != table:
            table = row.table
            ends = f"Ends {row.ends}." if row.ends.startswith("with") else f"{row.ends or 'The platform its own'}."
            yield f"\n### {table}\n\n{ends[0].upper()}{ends[1:]}\n"
            yield "| column | class | owner | clock | sealed under | export | note |\n|---|---|---|---|---|---|---|"
        export = ", ".join(row.exports) or (f"none: {row.no_export}" if row.no_export else "")
        cells = (row.column, row.kind, row.owner, row.clock, row.sealed_under or "", export, row.note)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_table(found: Catalogue, *, source: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - only the table needs it
    from rich.table import Table  # noqa: PLC0415 - as above

    rows, console = datamap.map_of(found), Console()
    shown = Table("column", "class", "owner", "clock", "sealed under", "export", title=f"The data map of {source}")
    for at, row in enumerate(rows):
        ends = at + 1 < len(rows) and rows[at + 1].table != row.table
        place = f"{row.table}.{row.column}"
        export = ", ".join(row.exports)
        shown.add_row(place, row.kind, row.owner, row.clock, row.sealed_under or "", export, end_section=ends)
    console.print(shown)
    for name, counts in _counts(rows).items():
        console.print(f"by {name}: " + ", ".join(f"{word} {count}" for word, count in counts.most_common()))
    for fault in datamap.faults(found):
        console.print(f"FAULT {fault}", markup=False)
