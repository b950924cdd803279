"""Keeps AIS-02 (in part): what a model says is visible text of bounded size.

Proved in tests/controls/test_guard.py.
"""

from . import hidden

ANSWER_CHARS = 500_000


class Outbound:
    """Takes a model's text piece by piece and gives what may be shown and stored.

    However the text is split, the pieces given add up to the same. A joiner is held back until the next character.
    """

    def __init__(self, *, max_chars: int) -> None:
        self._room_chars = max_chars
        self._before = ""  # the last character given, if a joiner may follow it
        self._joiner = ""  # a joiner after it, held back
        self.is_cut = False

    def feed(self, delta: str) -> str:
        """Gives the text that is safe now, perhaps empty; nothing once the answer was cut."""
        clean = hidden.strip_unjoined(delta)
        if not clean:
            return ""
        if self._joiner or hidden.JOINER in clean:
            clean = self._join(clean)
        elif clean.isascii():
            self._before = ""
        else:
            self._remember(clean)
        return self._within_room(clean)

    def close(self) -> str:
        """Gives what was held back; a joiner at the end joins nothing."""
        self._before = self._joiner = ""
        return ""

    def _join(self, clean: str) -> str:
        before = self._before
        text = before + self._joiner + clean
        body = text.rstrip(hidden.JOINER)
        self._remember(body)
        self._joiner = hidden.JOINER if len(body) < len(text) and self._before else ""
        return hidden.strip_joiners(body)[len(before) :]

    def _remember(self, text: str) -> None:
        last = text[-1:]
        self._before = last if hidden.is_emoji(last) else ""

    def _within_room(self, clean: str) -> str:
        if len(clean) > self._room_chars:
            clean = clean[: self._room_chars].rstrip(hidden.JOINER)
            self.is_cut = True
            self._room_chars = 0
            return clean
        self._room_chars -= len(clean)
        return clean


def outbound(*, max_chars: int = ANSWER_CHARS) -> Outbound:
    """Gives the stage for one answer."""
    return Outbound(max_chars=max_chars)
