"""Doors: a control is entered by its package, the database by the tenancy, a Principal comes from identity alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.lint.source import Finding, Module

EXECUTES = ("ringfence.controls.tenancy", "ringfence.base.postgres", "ringfence.base.jobs")
# NOTE: the gate answers "whose is this?" across organizations, and secrets gives their values; import-linter names the
# few who may import them.
OWN_DOORS = frozenset(
    {
        "ringfence.controls.tenancy.gate",
        "ringfence.controls.tenancy.publication",
        "ringfence.controls.tenancy.seal",
        "ringfence.controls.vault.secrets",
    }
)
BEHIND = re.compile(r"(?P<door>ringfence[.]controls[.]\w+)[.](?P<name>\w+)")


def check(module: Module) -> Iterator[Finding]:
    """Yields each way around a door."""
    yield from _submodules(module)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if _is_principal(module, node.func) and not module.is_in("ringfence.controls.identity"):
            yield Finding(
                module.path,
                node.lineno,
                "principal",
                "a Principal is made by ringfence.controls.identity alone (caller, resume): take it as a parameter",
            )
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in {"execute", "executemany"}
            and not module.is_in(*EXECUTES)
        ):
            yield Finding(
                module.path,
                node.lineno,
                "execute",
                "send statements through a transaction of ringfence.controls.tenancy (tx.rows, tx.one, ...): "
                "a query without an organization's context must not exist",
            )


def _is_principal(module: Module, function: ast.expr) -> bool:
    origin = module.resolve(function)
    return origin.startswith("ringfence.") and ".Principal" in origin


def _submodules(module: Module) -> Iterator[Finding]:
    for origin, _, line in module.imports():
        if finding := _behind_the_door(module, origin, line):
            yield finding
    for node in ast.walk(module.tree):
        # `audit.journal.append(...)` after `from ringfence.controls import audit` goes behind the door too.
        if isinstance(node, ast.Attribute) and (finding := _behind_the_door(module, module.resolve(node), node.lineno)):
            yield finding


def _behind_the_door(module: Module, origin: str, line: int) -> Finding | None:
    match = BEHIND.match(origin)
    if match is None or match.group() in OWN_DOORS or module.is_in(match["door"]):
        return None
    package = module.top / "src" / match["door"].replace(".", "/")
    behind = (package / f"{match['name']}.py").is_file() or (package / match["name"] / "__init__.py").is_file()
    if not behind or match["name"] in _exported(package / "__init__.py"):
        return None
    remedy = f"{match.group()} lies behind a door: import what {match['door']} exports, or export it in its __init__.py"
    return Finding(module.path, line, "door", remedy)


def _exported(init: Path) -> set[str]:
    for node in ast.parse(init.read_text() if init.is_file() else "").body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return {str(name) for name in ast.literal_eval(node.value)}
    return set()
