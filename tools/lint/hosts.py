"""What no tracked file may name: hosts of package registries, index addresses, this machine's paths."""

import re
from collections.abc import Iterator

from tools.lint.source import Finding

REGISTRY = re.compile(
    r"""--(?:extra-)?index-url[ =]
    | --find-links[ =]
    | "resolved":[ ]"http
    | source[ ]=[ ]\{[ ]registry
    | pypi[.]org | pythonhosted[.]org | registry[.]npmjs[.]org | registry[.]yarnpkg[.]com
    """,
    re.VERBOSE,
)
MACHINE = re.compile(r"(?<![\w./-])/(?:root|farm|work)/\w")
LOCKS = {"uv.lock", "poetry.lock", "pdm.lock"}


def check(path: str, text: str) -> Iterator[Finding]:
    """Yields each line of a tracked file that ties the tree to one registry or one machine."""
    if path.rpartition("/")[2] in LOCKS:
        yield Finding(path, 1, "registry", "it names a registry's host: pin by hash in requirements/ (make lock)")
    for number, line in enumerate(text.splitlines(), 1):
        if REGISTRY.search(line):
            yield Finding(path, number, "registry", "pin by hash and name no host: whoever installs has an own index")
        if MACHINE.search(line):
            yield Finding(path, number, "machine-path", "write it relative to the tree, or take it from a setting")
