"""What a measurement says: figures with their targets and verdicts, and the table of all contenders."""

from dataclasses import dataclass, field
from enum import StrEnum

from bench.rounds import Spread


class Bound(StrEnum):
    """On which side of its target a figure must lie."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that we promised, and what was found."""

    name: str
    found: Spread
    bound: Bound
    target: float
    unit: str = ""
    digits: int = 2

    @property
    def is_met(self) -> bool:
        """Whether the median keeps the promise."""
        if self.bound is Bound.AT_LEAST:
            return self.found.median >= self.target
        return self.found.median <= self.target

    def line(self) -> str:
        """The figure's row in the table of results."""
        target = f"{self.bound} {self.target:g} {self.unit}".rstrip()
        found = f"{self.found.told(self.digits)} {self.unit}".rstrip()
        return f"| {self.name} | {target} | {found} | {'met' if self.is_met else '**missed**'} |"


@dataclass(frozen=True, slots=True)
class Section:
    """What one measurement found."""

    name: str
    title: str
    method: str
    figures: list[Figure]
    contenders: list[tuple[str, str]] = field(default_factory=list)
    """Rows beside the figures: what was measured, and what was found."""

    def text(self) -> str:
        """The section as Markdown, without its heading."""
        lines = [self.method, ""]
        if self.figures:
            lines += ["| Figure | Target | Median (least to greatest) | Verdict |", "| --- | --- | --- | --- |"]
            lines += [figure.line() for figure in self.figures]
            lines.append("")
        if self.contenders:
            lines += ["| Measured | Median (least to greatest) |", "| --- | --- |"]
            lines += [f"| {name} | {found} |" for name, found in self.contenders]
            lines.append("")
        return "\n".join(lines)
