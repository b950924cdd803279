"""Migrations: every table protected, every column classed, every reference inside its organization.

The catalogue of a running database is asked the same and more by schema/lints; this speaks before anything runs.
"""

import re
from collections.abc import Iterator, Mapping

from tools.lint.source import Finding
from tools.lint.sqlfile import Part, Table, blank, statements, tables

CLASS = re.compile(
    r"class=(identifier|operational|personal|content|secret|vector)"
    r"; owner=(user|organization|partner|platform)"
    r"; clock=[^;=]+(?:; note=.+)?"
)
SEALED = {"personal", "content", "secret"}
ROOT = {"org": "org_id", "partner": "partner_id"}
REFERENCES = re.compile(r"\breferences\s", re.IGNORECASE)
LISTED = re.compile(r"\(\s*(\w+)")
DEFINER = re.compile(r"\bsecurity\s+definer\b", re.IGNORECASE)
SEARCH_PATH = re.compile(r"set\s+search_path\s*(?:=|to)\s*pg_catalog\s*,\s*pg_temp\b", re.IGNORECASE)
STAR = re.compile(r"\b(?:select|returning)\s+(?:\w+\.)?\*", re.IGNORECASE)


def check(files: Mapping[str, str]) -> Iterator[Finding]:
    """Yields what is wrong in the migrations; `files` maps the path of each numbered file to its text."""
    for path, text in files.items():
        yield from _file(path, text)
    for table in tables(files).values():
        yield from _columns(table)
        if table.name.startswith("app."):
            if not table.is_protected:
                remedy = f"call ctx.protect('{table.name}', scope => ...): a table without a policy is open to everyone"
                yield Finding(table.path, table.line, "sql-unprotected", remedy)
            if table.scope in ROOT:
                yield from _inside(table, ROOT[table.scope])


def _file(path: str, text: str) -> Iterator[Finding]:
    if not re.match(r"-- \S+ \S+ \S+", text):
        yield Finding(path, 1, "sql-why", "begin with a comment that says why this migration exists")
    # Quoted identifiers keep their case; everything else is written as Postgres folds it.
    bare = re.sub(r'"[^"\n]*"', lambda m: " " * len(m.group()), blank(text, strings=True, bodies=False))
    for number, line in enumerate(bare.splitlines(), 1):
        if re.search(r"[A-Z]", line):
            yield Finding(path, number, "sql-case", "write SQL in lower case")
        if STAR.search(line):
            yield Finding(path, number, "sql-star", "name the columns: a new column must not travel by accident")
    for statement in statements(path, text):
        if DEFINER.search(statement.bare) and not SEARCH_PATH.search(statement.bare):
            remedy = "add `set search_path = pg_catalog, pg_temp`: a definer function looks where its caller says"
            yield Finding(path, statement.line, "sql-definer", remedy)


def _columns(table: Table) -> Iterator[Finding]:
    for name, column in table.columns.items():
        comment = table.classes.get(name)
        if comment is None or not CLASS.fullmatch(comment.text):
            where = comment or column
            remedy = (
                f"comment on column {table.name}.{name} is "
                "'class=identifier|operational|personal|content|secret|vector; "
                "owner=user|organization|partner|platform; clock=...' (then, if need be, '; note=...')"
            )
            yield Finding(where.path, where.line, "sql-class", remedy)
            continue
        kind = comment.text.removeprefix("class=").partition(";")[0]
        if kind in SEALED and column.text.split()[1].lower().rstrip("[]") != "bytea":
            remedy = f"{table.name}.{name} is {kind}: store it sealed, as bytea"
            yield Finding(column.path, column.line, "sql-sealed", remedy)


def _inside(table: Table, root: str) -> Iterator[Finding]:
    """Yields each reference, key or index that reaches past one organization (or partner)."""
    for part in [*table.constraints, *table.columns.values()]:
        yield from _reference(table, part, root)
    if table.scope != "org":
        return  # a partner's issuer or key digest is unique in the deployment on purpose: the gate finds it by that
    for part in table.constraints:
        if re.search(r"\b(?:primary\s+key|unique)\b", part.text, re.IGNORECASE):
            yield from _begins(table, part, root, "unique constraint")
    for index in table.indexes:
        yield from _begins(table, index, root, "index")
    for column in table.columns.values():
        words = column.text.lower()
        if column.name != root and re.search(r"\b(?:unique|primary key)\b", words):
            remedy = f"unique over all organizations is an oracle: unique ({root}, {column.name}) on {table.name}"
            yield Finding(column.path, column.line, "sql-unique", remedy)
        if re.search(r"\b(?:small|big)?serial\b|\bas identity\b", words):
            remedy = f"{table.name}.{column.name}: a sequence tells how much others do; take an id from base.ids"
            yield Finding(column.path, column.line, "sql-sequence", remedy)


def _begins(table: Table, part: Part, root: str, what: str) -> Iterator[Finding]:
    first = LISTED.search(part.text if part.name == "constraint" else f"({part.text}")
    if first is None or first.group(1) != root:
        remedy = f"a {what} of {table.name} begins with {root}: past it lie other tenants' rows"
        yield Finding(part.path, part.line, "sql-unique", remedy)


def _reference(table: Table, part: Part, root: str) -> Iterator[Finding]:
    if not REFERENCES.search(part.text):
        return
    first = LISTED.search(part.text)
    own = part.name if part.name != "constraint" else first.group(1) if first else ""
    if own != root:
        remedy = f"make it foreign key ({root}, ...) on {table.name}: a row must not point into another tenant"
        yield Finding(part.path, part.line, "sql-reference", remedy)
    if re.search(r"on delete set null(?!\s*\()", part.text, re.IGNORECASE):
        remedy = f"name the column: on delete set null (x_id), else {root} becomes null too"
        yield Finding(part.path, part.line, "sql-reference", remedy)
