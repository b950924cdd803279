"""Routes: each handler names the permission it needs in its signature; an open route says `Public`."""

import ast
from collections.abc import Iterator

from tools.lint.source import Finding, Module

VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "trace", "api_route", "websocket", "route"}
REGISTERS = {"add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route"}
ACCESS = "ringfence.features.edge.access."


def check(module: Module) -> Iterator[Finding]:
    """Yields each handler without a parameter of a permission type, and each route made without a decorator."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_route(node) and not _asks(module, node):
            yield Finding(
                module.path,
                node.lineno,
                "open-route",
                f"{node.name} declares no permission: take a parameter of a type of ringfence.features.edge.access "
                "(RunsRead, ...; Public for a route that anyone may call)",
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REGISTERS:
            yield Finding(
                module.path,
                node.lineno,
                "open-route",
                "declare routes with a decorator on their handler: a registered one hides its permission",
            )


def _is_route(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in VERBS
        and isinstance(decorator.func.value, ast.Name)
        for decorator in node.decorator_list
    )


def _asks(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(
        parameter.annotation is not None and module.resolve(parameter.annotation).startswith(ACCESS)
        for parameter in parameters
    )
