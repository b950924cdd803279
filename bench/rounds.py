"""Interleaved rounds and what may be said about them.

Machines are noisy, so no figure stands alone: every round measures every contender, each round begins with another
one, a ratio is taken within its round, and the median of the rounds' ratios is told with the least and the greatest.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Round = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rounds, and how long each contender is loaded in one."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several measurements, with the least and the greatest."""

    median: float
    low: float
    high: float

    def told(self, digits: int) -> str:
        """The spread as text, in the figure's own digits."""
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def spread(values: Iterable[float]) -> Spread:
    """The spread of at least one value; raises ValueError for none."""
    found = list(values)
    if not found:
        raise ValueError("nothing was measured")
    return Spread(statistics.median(found), min(found), max(found))


def order(names: Sequence[str], round_index: int) -> list[str]:
    """The contenders of one round: all of them, beginning one further on than the round before."""
    start = round_index % len(names)
    return [*names[start:], *names[:start]]


def interleave(plan: Plan, contenders: Mapping[str, Callable[[], float]]) -> list[dict[str, float]]:
    """One measurement of every contender in every round."""
    names = list(contenders)
    return [{name: contenders[name]() for name in order(names, index)} for index in range(plan.rounds)]


def ratio(rounds: Sequence[Round], above: str, below: str) -> Spread:
    """The spread of above / below, each taken within its own round."""
    return spread(one[above] / one[below] for one in rounds)


def difference(rounds: Sequence[Round], more: str, less: str) -> Spread:
    """The spread of more - less, each taken within its own round."""
    return spread(one[more] - one[less] for one in rounds)


def column(rounds: Sequence[Round], name: str) -> Spread:
    """The spread of one contender's own measurements."""
    return spread(one[name] for one in rounds)
