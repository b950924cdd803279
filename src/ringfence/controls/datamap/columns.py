"""Every column of every table as its comment declares it: class, owner and retention clock. Keeps PRV-02.

The comments are the one source: of a running database they are read from its catalogue, of this build from the
packaged dump of the schema. Proved in tests/controls/test_datamap.py.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from ringfence.controls.tenancy import Bound, Statement


class Class(StrEnum):
    """What a column holds, which decides how it is kept."""

    IDENTIFIER = "identifier"
    OPERATIONAL = "operational"
    PERSONAL = "personal"
    CONTENT = "content"
    SECRET = "secret"  # noqa: S105 - a class of columns
    VECTOR = "vector"


class Owner(StrEnum):
    """With whom a column's values go when somebody is erased."""

    USER = "user"
    ORGANIZATION = "organization"
    PARTNER = "partner"
    PLATFORM = "platform"


SEALED_CLASSES = frozenset({Class.PERSONAL, Class.CONTENT, Class.SECRET, Class.VECTOR})
"""What nobody may read who holds the database alone."""
EXPORTED_CLASSES = frozenset({Class.PERSONAL, Class.CONTENT})
"""What people are given when they ask for their data."""


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column as the catalogue has it; `place` is schema.table.column."""

    place: str
    type: str
    comment: str

    @property
    def table(self) -> str:
        """The schema and the table."""
        return self.place.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The column alone."""
        return self.place.rpartition(".")[2]

    @property
    def declared(self) -> "Declared | None":
        """What its comment says; None where it says nothing that we know."""
        found = _COMMENT.fullmatch(self.comment)
        if found is None:
            return None
        return Declared(Class(found["class"]), Owner(found["owner"]), found["clock"], found["note"] or "")


@dataclass(frozen=True, slots=True)
class Declared:
    """A comment, parsed."""

    kind: Class
    owner: Owner
    clock: str
    note: str


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A foreign key between two tables: whether its rows go with what they refer to, and whether each row refers."""

    table: str
    refers_to: str
    cascades: bool
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a database says of itself."""

    columns: Sequence[Column]
    references: Sequence[Reference]

    @property
    def tables(self) -> frozenset[str]:
        """Every table."""
        return frozenset(column.table for column in self.columns)


COLUMNS = """
select n.nspname || '.' || c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
  coalesce(col_description(c.oid, a.attnum), '')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('app', 'ctx') and c.relkind in ('r', 'p', 'f')
order by 1
"""
"""Every column of a running database, without a parameter; the rows are Columns."""
REFERENCES = """
select k.conrelid::regclass::text, k.confrelid::regclass::text, k.confdeltype = 'c',
  not exists (select from pg_attribute a
    where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and not a.attnotnull)
from pg_constraint k join pg_namespace n on n.oid = k.connamespace
where k.contype = 'f' and n.nspname = 'app'
order by 1, 2, 3, 4
"""
"""Every foreign key of a running database; the rows are References."""
_COLUMNS = Statement(COLUMNS, Column)
_REFERENCES = Statement(REFERENCES, Reference)
_COMMENT = re.compile(
    r"class=(?P<class>identifier|operational|personal|content|secret|vector); "
    r"owner=(?P<owner>user|organization|partner|platform); clock=(?P<clock>[^;=]+)(?:; note=(?P<note>.+))?"
)
_DUMPED_TABLE = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (\S+) \(\n(.*?)\n\)", re.MULTILINE | re.DOTALL)
_DUMPED_COLUMN = re.compile(r"^    ([a-z_0-9]+) (.+?)(?: DEFAULT .*| NOT NULL| GENERATED .*)?,?$", re.MULTILINE)
_DUMPED_COMMENT = re.compile(r"^COMMENT ON COLUMN (\S+) IS '((?:[^']|'')*)';$", re.MULTILINE)
_DUMPED_REFERENCE = re.compile(
    r"^ALTER TABLE ONLY (\S+)\n    ADD CONSTRAINT \S+ FOREIGN KEY \(([^)]*)\) REFERENCES (\S+?)\([^)]*\)"
    r"[^;\n]*?( ON DELETE CASCADE)?[^;\n]*;$",
    re.MULTILINE,
)
_NO_COLUMN = "CONSTRAINT"
_OURS = ("app.", "ctx.")


def columns() -> Bound[Column]:
    """The statement that asks a running database for its columns."""
    return _COLUMNS()


def references() -> Bound[Reference]:
    """The statement that asks a running database for its foreign keys."""
    return _REFERENCES()


@cache
def packaged() -> Catalogue:
    """What this build makes, from the dump that `make schema` writes."""
    text = (files("ringfence") / "schema" / "current.sql").read_text(encoding="utf-8")
    return Catalogue(sorted(_dumped(text)), sorted(_references_of(text)))


def _references_of(text: str) -> Iterator[Reference]:
    required = {
        f"{table[1]}.{line.split()[0]}"
        for table in _DUMPED_TABLE.finditer(text)
        for line in table[2].splitlines()
        if " NOT NULL" in line
    }
    for found in _DUMPED_REFERENCE.finditer(text):
        is_certain = all(f"{found[1]}.{column}" in required for column in found[2].split(", "))
        yield Reference(found[1], found[3], bool(found[4]), is_certain)


def _dumped(text: str) -> Iterator[Column]:
    comments = {found[1]: found[2].replace("''", "'") for found in _DUMPED_COMMENT.finditer(text)}
    for table in _DUMPED_TABLE.finditer(text):
        if not table[1].startswith(_OURS):
            continue
        for column in _DUMPED_COLUMN.finditer(table[2]):
            if column[1] != _NO_COLUMN:
                place = f"{table[1]}.{column[1]}"
                yield Column(place, column[2], comments.get(place, ""))
