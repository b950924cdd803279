"""Sizes and names of files: small enough to read at one sitting, named for what they are."""

import ast
import re
from collections.abc import Iterator

from tools.lint.source import Finding, Module

FILE_LINES = 400
FUNCTION_LINES = 60
LONGER = {
    # A customer takes this one file to a machine without us: it may import nothing of ours, and so cannot be split.
    "src/ringfence/evidence/verify.py": 1_900,
}
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services", "common", "misc"}


def check(module: Module) -> Iterator[Finding]:
    """Yields files above 400 lines, functions above 60, and names that say nothing."""
    lines = module.text.count("\n")
    if lines > LONGER.get(module.path, FILE_LINES):
        yield Finding(module.path, 1, "file-size", f"{lines} lines: split it by what its parts are (aim at 150)")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                message = f"{node.name} has {length} lines: give its steps names (aim at 20)"
                yield Finding(module.path, node.lineno, "function-size", message)
    if VAGUE & set(re.split(r"[/_.]", module.path.removesuffix(".py"))):
        yield Finding(module.path, 1, "vague-name", "name the file for the thing it holds, as a noun of the field")
