"""Runs every rule over the tracked tree; exits with 1 if one is broken."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.lint import asvs, doors, failures, hosts, ignores, names, register, routes, schema, sizes, slices, statements
from tools.lint.source import Finding, Module

PRODUCT = (names, doors, statements, failures, routes, slices)
MIGRATION = re.compile(r"src/ringfence/schema/\d+_\w+[.]sql")
CODE = ("src/", "tools/", "tests/", "bench/")


def findings(top: Path) -> Iterator[Finding]:
    """Yields every broken rule in the tree at `top`."""
    texts = {path: text for path in _files(top) if (text := _text(top / path)) is not None}
    python = {path: text for path, text in texts.items() if path.endswith(".py") and path.startswith(CODE)}
    for path, text in texts.items():
        yield from hosts.check(path, text)
    for path, text in python.items():
        yield from _python(Module(path, text, top))
    yield from schema.check({path: text for path, text in texts.items() if MIGRATION.fullmatch(path)})
    yield from register.check(top, python)
    yield from asvs.check(top, python)


def _python(module: Module) -> Iterator[Finding]:
    if module.path.startswith("src/"):
        for rule in PRODUCT:
            yield from rule.check(module)
    if not module.path.startswith("tests/"):
        yield from sizes.check(module)
    yield from ignores.check(module)


def _files(top: Path) -> list[str]:
    """The tracked files and the new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=top,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(set(listed.stdout.splitlines()))


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        return None  # deleted but not yet committed, or a picture


def main() -> int:
    """Gives the exit code, and prints each finding on a line."""
    found = sorted(set(findings(Path.cwd())))
    for finding in found:
        print(finding)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
