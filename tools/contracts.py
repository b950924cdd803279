"""A contract for import-linter: one door for each dangerous thing, declared before the thing is built."""

from grimp import ImportGraph
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.contract import ContractCheck
from importlinter.domain.imports import ModuleExpression


class DoorContract(ProtectedContract):
    """Only `allowed_importers` import `protected_modules`; either may be something that nobody imports yet.

    The stock contract stops at a name that is not in the graph, so a door could be declared only after its first use.
    NOTE: a misspelt name would protect nothing; tests/lint/test_contracts.py walks through each door where it may not.
    """

    type_name = "door"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - the signature of import-linter
        """Gives the outcome for the names that exist."""
        self.protected_modules = _present(self.protected_modules, graph)
        self.allowed_importers = _present(self.allowed_importers, graph)
        return super().check(graph, verbose)


def _present(expressions: list[ModuleExpression], graph: ImportGraph) -> list[ModuleExpression]:
    return [expression for expression in expressions if expression.expression in graph.modules]
