"""The map of OWASP ASVS claims nothing that is not there: each requirement once, each path and each test by name."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.asvs import PAGE, TABLE, Requirement, State, load, render
from tools.lint.source import Finding

# How many requirements the standard's chapters have (5.0.0), and each level.
CHAPTERS = dict(enumerate((30, 13, 31, 16, 13, 47, 19, 13, 7, 36, 24, 12, 21, 13, 21, 17, 12), start=1))
LEVELS = {1: 70, 2: 183, 3: 92}


def check(top: Path, files: Mapping[str, str]) -> Iterator[Finding]:
    """Yields where the map and the tree disagree; `files` maps the path of each Python file to its text."""
    try:
        rows = load((top / TABLE).read_text())
    except (FileNotFoundError, ValueError) as error:
        yield _broken(str(error))
        return
    if Counter(row.chapter for row in rows) != CHAPTERS or Counter(row.level for row in rows) != LEVELS:
        yield _broken("a requirement is missing, doubled or of another level: the standard has 345")
    for row in rows:
        yield from _row(row, top, files)
    page = top / PAGE
    if not page.exists() or page.read_text() != render(rows):
        yield Finding(PAGE, 1, "asvs", "it is not what the table makes: run python -m tools.asvs")


def _row(row: Requirement, top: Path, files: Mapping[str, str]) -> Iterator[Finding]:
    is_claim = row.state in {State.MET, State.IN_PART}
    if is_claim and not (row.code and row.tests):
        yield _broken(f"{row.id} is {row.state} without code or without a test: a claim without proof is none")
    if not is_claim and (row.code or row.tests or row.open):
        yield _broken(f"{row.id} is {row.state} and names code, tests or an open part: say it in `how`")
    if (row.state is State.IN_PART) != bool(row.open):
        yield _broken(f"{row.id}: what is in part says what is open, and nothing else does")
    if not row.how.endswith("."):
        yield _broken(f"{row.id}: `how` is a sentence")
    for path in row.code:
        if not (top / path).exists():
            yield _broken(f"{row.id}: {path} does not exist")
    for test in row.tests:
        path, _, name = test.partition("::")
        if not re.search(rf"^(async )?def {re.escape(name)}\(", files.get(path, ""), re.MULTILINE):
            yield _broken(f"{row.id}: there is no test {test}")


def _broken(message: str) -> Finding:
    return Finding(TABLE, 1, "asvs", message)
