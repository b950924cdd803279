"""A migration read as statements, tables and columns: enough of SQL's grammar for the rules of tools/lint/schema.py."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1", re.DOTALL)
ANY = re.IGNORECASE | re.DOTALL
TABLE = re.compile(r"create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+\.\w+)\s*\(", ANY)
ALTER = re.compile(r"alter\s+table\s+(?:only\s+)?(\w+\.\w+)\s+(.*)", ANY)
# A BRIN index knows ranges of pages and no value: what it begins with leads nowhere.
INDEX = re.compile(
    r"create\s+(?:unique\s+)?index\s.*?\bon\s+(?:only\s+)?(\w+\.\w+)\s*(?:using\s+(?!brin\b)\w+\s*)?\(", ANY
)
DROP = re.compile(r"drop\s+table\s+(?:if\s+exists\s+)?(\w+\.\w+)", ANY)
CONSTRAINT = re.compile(r"(?:constraint\s+\w+\s+)?(?:primary\s+key|foreign\s+key|unique|check|exclude|like)\b", ANY)
PROTECT = re.compile(r"call\s+ctx\.protect\(\s*'(app\.\w+)'(?:.*?scope\s*=>\s*'(\w+)')?", ANY)
COMMENT = re.compile(r"comment\s+on\s+column\s+(\w+\.\w+)\.(\w+)\s+is\s+'((?:[^']|'')*)'", ANY)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `code` without comments, `bare` without strings and bodies too, both of the same length."""

    path: str
    line: int
    code: str
    bare: str


@dataclass(frozen=True, slots=True)
class Part:
    """A column, constraint or index of a table, where it is declared."""

    path: str
    line: int
    name: str
    text: str


@dataclass(slots=True)
class Table:
    """A table with all that the migrations say about it."""

    name: str
    path: str
    line: int
    columns: dict[str, Part] = field(default_factory=dict[str, Part])
    constraints: list[Part] = field(default_factory=list[Part])
    indexes: list[Part] = field(default_factory=list[Part])
    classes: dict[str, Part] = field(default_factory=dict[str, Part])
    scope: str = ""
    is_protected: bool = False


def blank(text: str, *, strings: bool, bodies: bool) -> str:
    """Gives the text with comments (and strings, and dollar-quoted bodies) as spaces; lengths and lines stay."""

    def spaces(match: re.Match[str]) -> str:
        token = match.group()
        if token.startswith(("--", "/*")) or (strings and token.startswith("'")):
            return re.sub(r"[^\n]", " ", token)
        if token.startswith("$"):
            quote = match.group(1)
            body = token[len(quote) : -len(quote)]
            inner = re.sub(r"[^\n]", " ", body) if bodies else blank(body, strings=strings, bodies=bodies)
            return quote + inner + quote
        return token

    return TOKEN.sub(spaces, text)


def statements(path: str, text: str) -> Iterator[Statement]:
    """Yields the statements of a file; a semicolon in a string or a body ends none."""
    code = blank(text, strings=False, bodies=False)
    bare = blank(text, strings=True, bodies=True)
    start = 0
    for end in [*(match.start() for match in re.finditer(";", bare)), len(bare)]:
        if bare[start:end].strip():
            skip = len(bare[start:end]) - len(bare[start:end].lstrip())
            start += skip
            yield Statement(path, text.count("\n", 0, start) + 1, code[start:end], bare[start:end])
        start = end + 1


def items(bare: str, opening: int) -> Iterator[tuple[int, str]]:
    """Yields the comma-separated items (offset, text) within the parenthesis at `opening`."""
    depth, start = 0, opening + 1
    for offset in range(opening, len(bare)):
        depth += {"(": 1, ")": -1}.get(bare[offset], 0)
        if depth == 0 or (depth == 1 and bare[offset] == ","):
            yield start, bare[start:offset]
            start = offset + 1
        if depth == 0:
            return


def tables(files: Mapping[str, str]) -> dict[str, Table]:
    """Gives every table that the migrations, in their order, leave behind."""
    found: dict[str, Table] = {}
    for path in sorted(files):
        for statement in statements(path, files[path]):
            _read(statement, found)
    return found


def _read(statement: Statement, found: dict[str, Table]) -> None:
    if match := TABLE.match(statement.bare):
        table = Table(match.group(1), statement.path, statement.line)
        found[table.name] = table
        for offset, text in items(statement.bare, match.end() - 1):
            _add(table, statement, offset, text)
    elif match := DROP.match(statement.bare):
        found.pop(match.group(1), None)
    elif (match := _first(statement, ALTER, INDEX, PROTECT, COMMENT)) and (table := found.get(match.group(1))):
        _extend(table, statement, match)


def _first(statement: Statement, *patterns: re.Pattern[str]) -> re.Match[str] | None:
    matches = (pattern.match(statement.code) for pattern in patterns)
    return next((match for match in matches if match), None)


def _extend(table: Table, statement: Statement, match: re.Match[str]) -> None:
    if match.re is ALTER:
        _alter(table, statement, match.start(2))
    elif match.re is INDEX:
        columns = ", ".join(text.strip() for _, text in items(statement.bare, match.end() - 1))
        table.indexes.append(Part(statement.path, statement.line, "index", columns))
    elif match.re is PROTECT:
        table.is_protected, table.scope = True, match.group(2) or "org"
    else:
        table.classes[match.group(2)] = Part(statement.path, statement.line, match.group(2), match.group(3))


def _add(table: Table, statement: Statement, offset: int, text: str) -> None:
    skip = len(text) - len(text.lstrip())
    line = statement.line + statement.bare.count("\n", 0, offset + skip)
    text = " ".join(text.split())
    if not text:
        return
    if CONSTRAINT.match(text):
        table.constraints.append(Part(statement.path, line, "constraint", text))
    else:
        name = text.split()[0].strip('"')
        table.columns[name] = Part(statement.path, line, name, text)


def _alter(table: Table, statement: Statement, opening: int) -> None:
    # The actions of an `alter table` are separated like the items of a list.
    wrapped = " " * (opening - 1) + "(" + statement.bare[opening:] + ")"
    for offset, text in items(wrapped, opening - 1):
        action = " ".join(text.split())
        if match := re.match(r"add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?", action, re.IGNORECASE):
            _add(table, statement, offset, action[match.end() :])
        elif match := re.match(r"drop\s+column\s+(?:if\s+exists\s+)?(\w+)", action, re.IGNORECASE):
            table.columns.pop(match.group(1), None)
