"""Slices and loners: a part serves its slice and does not call upwards; the off-line verifier stands alone.

The order of the named files of a slice is a contract in .importlinter; this rule knows the parts, whatever their names.
"""

import re
import sys
from collections.abc import Iterator

from tools.lint.source import Finding, Module

PART = re.compile(r"(?P<slice>ringfence[.]features[.]\w+)[.](?P<file>\w+)")
ABOVE_PARTS = {"routes", "workflow", "actions"}
LONER = "ringfence.evidence.verify"


def check(module: Module) -> Iterator[Finding]:
    """Yields each import of a part that goes upwards, and each import of the verifier that is not Python's own."""
    for origin, _, line in module.imports():
        top = origin.partition(".")[0]
        if module.is_in(LONER) and top not in sys.stdlib_module_names:
            remedy = "the verifier is handed to customers as one file: use the standard library alone"
            yield Finding(module.path, line, "alone", remedy)
        if name := _upwards(module, origin):
            remedy = f"{name} lies above the parts of its slice: move what both need into a part, or pass it in"
            yield Finding(module.path, line, "slice", remedy)


def _upwards(module: Module, origin: str) -> str | None:
    own, other = PART.match(module.name), PART.match(origin)
    if not own or not other or own["slice"] != other["slice"] or own["file"] in ABOVE_PARTS:
        return None
    if module.path.endswith("/__init__.py") and module.name == own["slice"]:
        return None
    above = other["file"] in ABOVE_PARTS or (own["file"] == "queries" and other["file"] != "queries")
    return other.group() if above else None
