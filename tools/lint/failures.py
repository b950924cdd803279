"""Failures: what is not expected must reach a root, which fails closed and reports it."""

import ast
from collections.abc import Iterator

from tools.lint.source import Finding, Module

ROOTS = ("ringfence.app", "ringfence.assembly", "ringfence.worker", "ringfence.cli")
BLIND = {"builtins.Exception", "builtins.BaseException"}
REMEDY = "name the errors that you can handle here; the roots (app, worker, cli) catch the rest"


def check(module: Module) -> Iterator[Finding]:
    """Yields each blind `except` and each `suppress(Exception)` outside the roots."""
    if module.is_in(*ROOTS):
        return
    for node in ast.walk(module.tree):
        caught: list[ast.expr] = []
        if isinstance(node, ast.ExceptHandler):
            if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                continue  # it cleans up and lets the failure go on
            if node.type is None:
                yield Finding(module.path, node.lineno, "blind-except", REMEDY)
                continue
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and module.resolve(node.func) == "contextlib.suppress":
            caught = node.args
        if BLIND & {module.resolve(error) for error in caught}:
            yield Finding(module.path, getattr(node, "lineno", 1), "blind-except", REMEDY)
