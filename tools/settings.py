"""Writes the table of settings in docs/operating.md from the Settings themselves (`python -m tools.settings`)."""

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from ringfence.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "operating.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"


def main() -> None:
    """Puts the table between its marks."""
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


def with_table(text: str) -> str:
    """The document with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "".join(f"{line}\n" for line in lines()) + END + rest.partition(END)[2]


def lines() -> Iterator[str]:
    """The table, a setting a line, in the order of the class."""
    yield "| variable | default | what it does |"
    yield "|---|---|---|"
    told = docstrings()
    for name, field in Settings.model_fields.items():
        yield f"| {_variables(name, field)} | {_default(field.default)} | {told.get(name, '')} |"


def docstrings() -> dict[str, str]:
    """What stands below each field of the class."""
    tree = ast.parse((ROOT / "src" / "ringfence" / "settings.py").read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[field.target.id] = str(below.value.value)
    return found


def _variables(name: str, field: FieldInfo) -> str:
    match field.validation_alias:
        case AliasChoices() as aliases:
            return " or ".join(f"`{choice}`" for choice in aliases.choices)
        case str() as alias:
            return f"`{alias}`"
        case _:
            return f"`RINGFENCE_{name.upper()}`"


def _default(value: object) -> str:
    if value is None or value == "":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    sys.exit(main())
