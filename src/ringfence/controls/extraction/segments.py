"""What a parser finds, as it finds it: pieces of text with their place, within a bound on the whole."""

from collections.abc import Callable
from typing import Final

MAX_CHARS: Final = 2_000_000
"""Of one file; beyond it the text is cut and flagged."""


class Full(Exception):  # noqa: N818 - not a fault: the parser stops where it is
    """No more text is taken."""


class Unreadable(Exception):  # noqa: N818 - what it says is the file's
    """A file that gives no text; `code` is one of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sink:
    """Takes segments and hands them on; raises Full at the bound."""

    def __init__(self, emit: Callable[[str, str], None], *, most: int = MAX_CHARS) -> None:
        self._emit = emit
        self._room = most
        self.has_text = False

    def put(self, locator: str, text: str) -> None:
        """Hands one segment on, unless there is nothing to read in it."""
        if not text.strip():
            return
        if self._room <= 0:
            raise Full
        self.has_text = True
        self._emit(locator, text[: self._room])
        self._room -= len(text)
        if self._room < 0:
            raise Full


class Run:
    """Joins short pieces, counted one by one, to segments of about a screen: `lines 1-40`; `noun` is one of them."""

    def __init__(self, sink: Sink, *, noun: str, chars: int = 4000, most: int | None = None) -> None:
        self._sink = sink
        self._noun = noun
        self._chars = chars
        self._most = most
        self._first = 1
        self._next = 1
        self._held: list[str] = []
        self._held_chars = 0

    def add(self, text: str) -> None:
        """Takes the next piece; an empty one counts, and shows in no text."""
        self._next += 1
        if text.strip():
            self._held.append(text)
            self._held_chars += len(text) + 1
        is_many = self._most is not None and self._next - self._first >= self._most
        if self._held_chars >= self._chars or is_many:
            self.flush()

    def extend(self, part: str) -> None:
        """Hands on a part of the next piece, which is too long to be held; `add` ends it."""
        self._sink.put(f"{self._noun} {self._next}", part)

    def flush(self) -> None:
        """Hands on what is held."""
        text, last = "\n".join(self._held), self._next - 1
        place = f"{self._noun} {self._first}" if last <= self._first else f"{self._noun}s {self._first}-{last}"
        self._first = self._next
        self._held, self._held_chars = [], 0
        self._sink.put(place, text)
