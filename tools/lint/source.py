"""A parsed module that knows its dotted name and where each name in it comes from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken rule, with the remedy in its message."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Module:
    """One Python file of ours; `path` is relative to the top of the tree."""

    path: str
    text: str
    top: Path = field(default_factory=Path)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @cached_property
    def name(self) -> str:
        """The dotted name: `src/ringfence/base/ids.py` is `ringfence.base.ids`."""
        parts = self.path.removesuffix(".py").removeprefix("src/").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The package that a relative import starts from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    @cached_property
    def origins(self) -> dict[str, str]:
        """Where each imported name comes from: {"uuid4": "uuid.uuid4", "ids": "ringfence.base.ids"}."""
        return {local: origin for origin, local, _ in self.imports()}

    def imports(self) -> Iterator[tuple[str, str, int]]:
        """Each import in the file, inside functions too: (dotted origin, local name, line)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    # `import a.b` binds `a`; only `import a.b as c` binds the whole.
                    local = alias.asname or alias.name.partition(".")[0]
                    yield (alias.name if alias.asname else local), local, node.lineno
                    if not alias.asname and "." in alias.name:
                        yield alias.name, alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    yield f"{base}.{alias.name}", alias.asname or alias.name, node.lineno

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.package.split(".")
        package = package[: len(package) - node.level + 1]
        return ".".join([*package, *([node.module] if node.module else [])])

    def resolve(self, node: ast.AST) -> str:
        """The dotted origin of a name or attribute chain; "" where it begins with something else, a call say."""
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        if isinstance(node, ast.Name):
            return self.origins.get(node.id, f"builtins.{node.id}")
        return ""

    def is_in(self, *rooms: str) -> bool:
        """True if the module is one of these, or lies within one."""
        return any(self.name == room or self.name.startswith(f"{room}.") for room in rooms)

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The ids of the constant nodes that are docstrings: prose, not code."""
        return frozenset(
            id(node.body[0].value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        )
