"""The piece of a chunk that shows why it was found."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from .analysis import fold

SNIPPET_CHARS: Final = 320
_LEAD_CHARS: Final = 60
_SHORTEST: Final = 2


def pattern(asked: Iterable[str], lexemes: Iterable[str]) -> re.Pattern[str] | None:
    """What finds the words of a query in a text: as they were asked, without accents, and by their stems."""
    stems = {lexeme.partition(":")[2] for lexeme in lexemes}
    wanted = {word for word in (*asked, *map(fold, asked), *stems) if len(word) >= _SHORTEST}
    if not wanted:
        return None
    longest_first = sorted(wanted, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})", re.IGNORECASE)


def snippet(text: str, wanted: re.Pattern[str] | None) -> str:
    """At most 320 characters around the place where most of the words stand; the beginning where none does."""
    flat = " ".join(text.split())
    starts = [found.start() for found in wanted.finditer(flat)] if wanted is not None else []
    densest = max(starts, key=lambda start: _count(starts, start), default=0)
    begin = _word_start(flat, densest - _LEAD_CHARS)
    cut = flat[begin : begin + SNIPPET_CHARS]
    if begin + len(cut) < len(flat):
        cut = cut[: cut.rfind(" ") if " " in cut else None] + "\u2026"
    return ("\u2026" if begin else "") + cut


def _count(starts: list[int], start: int) -> int:
    """How many words stand in the snippet that begins with this one."""
    return bisect_left(starts, start + SNIPPET_CHARS) - bisect_left(starts, start)


def _word_start(text: str, at: int) -> int:
    """The start of a word at or shortly after this place."""
    if at <= 0:
        return 0
    space = text.find(" ", at, at + _LEAD_CHARS)
    return at if space < 0 else space + 1
