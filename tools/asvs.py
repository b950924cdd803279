"""Writes docs/asvs.md from docs/asvs.toml: how each requirement of OWASP ASVS 5.0.0 stands, and what proves it."""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

TABLE = "docs/asvs.toml"
PAGE = "docs/asvs.md"
CHAPTERS = (
    "Encoding and Sanitization",
    "Validation and Business Logic",
    "Web Frontend Security",
    "API and Web Service",
    "File Handling",
    "Authentication",
    "Session Management",
    "Authorization",
    "Self-contained Tokens",
    "OAuth and OIDC",
    "Cryptography",
    "Secure Communication",
    "Configuration",
    "Data Protection",
    "Secure Coding and Architecture",
    "Security Logging and Error Handling",
    "WebRTC",
)
_HEAD = """# OWASP ASVS 5.0.0, requirement by requirement

Written by `python -m tools.asvs` from [asvs.toml](asvs.toml); do not edit it by hand. Each row names a requirement by
its id; the words stand in [the standard](https://github.com/OWASP/ASVS) (CC BY-SA 4.0). *Met* names the code and the
tests that would fail without it; *in part* says what is missing; *open* is not kept; *not applicable* says why.
`make test` fails on a claim whose code or test does not exist. This is our own assessment; nobody has certified it.
"""


class State(StrEnum):
    """How a requirement stands."""

    MET = "met"
    IN_PART = "in part"
    OPEN = "open"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row; `tests` are `path::name`, `open` says what is missing where it is kept in part."""

    id: str
    level: int
    state: State
    how: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    open: str

    @property
    def chapter(self) -> int:
        """The number of its chapter."""
        return int(self.id[1:].partition(".")[0])


def load(text: str) -> list[Requirement]:
    """The rows of the table in its order; ValueError names a row of another form."""
    return [_requirement(name, cast("dict[str, object]", row)) for name, row in tomllib.loads(text).items()]


def render(rows: list[Requirement]) -> str:
    """The page."""
    return "\n".join([_HEAD, *_summary(rows), *(line for number in range(1, 18) for line in _chapter(number, rows))])


def _summary(rows: list[Requirement]) -> Iterator[str]:
    yield "| level | " + " | ".join(State) + " | all |"
    yield "|---|" + "---:|" * (len(State) + 1)
    for level in (1, 2, 3):
        counts = Counter(row.state for row in rows if row.level == level)
        yield f"| {level} | " + " | ".join(str(counts[state]) for state in State) + f" | {counts.total()} |"
    counts = Counter(row.state for row in rows)
    yield "| all | " + " | ".join(str(counts[state]) for state in State) + f" | {counts.total()} |"


def _chapter(number: int, rows: list[Requirement]) -> Iterator[str]:
    yield f"\n## V{number} {CHAPTERS[number - 1]}\n"
    yield "| id | level | state | how, and what proves it |"
    yield "|---|---|---|---|"
    for row in rows:
        if row.chapter == number:
            yield f"| {row.id} | {row.level} | {row.state} | {_told(row)} |"


def _told(row: Requirement) -> str:
    parts = [row.how]
    if row.open:
        parts.append(f"**Open:** {row.open}.")
    if row.code:
        parts.append("Code: " + ", ".join(f"[{Path(path).name}](../{path})" for path in row.code) + ".")
    if row.tests:
        parts.append(
            "Tests: " + ", ".join(f"[{_claim(test)}](../{test.partition('::')[0]})" for test in row.tests) + "."
        )
    return " ".join(parts).replace("|", "\\|")


def _claim(test: str) -> str:
    return test.partition("::test_")[2].replace("_", " ")


def _requirement(name: str, row: dict[str, object]) -> Requirement:
    if unknown := row.keys() - {"level", "state", "how", "code", "tests", "open"}:
        raise ValueError(f"{TABLE}, {name}: unknown field {', '.join(sorted(unknown))}")
    try:
        return Requirement(
            id=name,
            level=int(cast("int", row["level"])),
            state=State(cast("str", row["state"])),
            how=str(row["how"]),
            code=tuple(cast("list[str]", row.get("code", []))),
            tests=tuple(cast("list[str]", row.get("tests", []))),
            open=str(row.get("open", "")),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{TABLE}, {name}: {error}") from error


def main() -> None:
    """Writes the page."""
    top = Path(__file__).resolve().parent.parent
    (top / PAGE).write_text(render(load((top / TABLE).read_text())))


if __name__ == "__main__":
    sys.exit(main())
