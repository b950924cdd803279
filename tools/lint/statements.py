"""SQL in Python: never made by formatting, never `select *`."""

import ast
import re
from collections.abc import Iterator

from tools.lint.source import Finding, Module

OBJECT = r"(?:table|role|user|database|schema|function|procedure|policy|index|trigger|type|view|extension|system)"
SQL = re.compile(
    rf"""\bselect\s
    | \binsert\s+into\s
    | \bdelete\s+from\s
    | \bupdate\s+\S+\s+set\s
    | \bmerge\s+into\s
    | ^\s*update\s
    | ^\s*(?:create|alter|drop)\s+(?:or\s+replace\s+)?{OBJECT}\b
    | ^\s*(?:grant|revoke|truncate|call|copy|listen|notify)\s
    | ^\s*set\s+(?:local|session|role|transaction)\s
    """,
    re.IGNORECASE | re.VERBOSE,
)
STAR = re.compile(r"\b(?:select|returning)\s+(?:\w+\.)?\*|\bselect\s[^()]*?,\s*(?:\w+\.)?\*", re.IGNORECASE)
FORMATTED = (
    "SQL made by formatting: pass values as parameters; where an identifier must vary, "
    "compose it with psycopg.sql in controls.tenancy or base.postgres"
)


def check(module: Module) -> Iterator[Finding]:
    """Yields each formatted statement and each `select *`."""
    for node in ast.walk(module.tree):
        if _is_formatted(node):
            yield Finding(module.path, getattr(node, "lineno", 1), "sql-format", FORMATTED)
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in module.docstrings
            and STAR.search(node.value)
        ):
            remedy = "name the columns: a new column must not travel by accident"
            yield Finding(module.path, node.lineno, "sql-star", remedy)


def _is_formatted(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            varies = any(isinstance(value, ast.FormattedValue) for value in values)
            literal = "".join(_text(value) or "?" for value in values)
            return varies and bool(SQL.search(literal))
        case ast.BinOp(op=ast.Mod(), left=left):
            return bool(SQL.search(_text(left)))
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return not (_is_text(left) and _is_text(right)) and bool(SQL.search(_text(left) + "?" + _text(right)))
        case ast.Call(func=ast.Attribute(value=owner, attr="format" | "format_map" | "replace")):
            return bool(SQL.search(_text(owner)))
        case _:
            return False


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) and _is_text(node.right)
    return isinstance(node, ast.Constant)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
