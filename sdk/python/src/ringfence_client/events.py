"""Reads the events of a run from a stream of server-sent events, however its bytes are cut."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FINAL = frozenset({"run.completed", "run.failed", "run.cancelled", "run.expired"})
"""Nothing follows these."""
ENDING = FINAL | {"run.waiting"}
"""A stream ends with one of these."""
SESSION_ENDED = "session.ended"
MAX_EVENT_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run. `id` is opaque: give it to `follow` to go on behind this event."""

    id: str
    kind: str
    data: dict[str, Any]

    @property
    def is_ending(self) -> bool:
        """The stream ends here: the run is over, or waits for a person."""
        return self.kind in ENDING


class EventReader:
    """Gives whole events from bytes as they come."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes end. Raises ValueError for what is no event of ours."""
        self._rest += self._decoder.decode(chunk)
        *blocks, self._rest = self._rest.split("\n\n")
        if len(self._rest) > MAX_EVENT_CHARS:
            raise ValueError("an event without end")
        for block in blocks:
            if event := _event(block):
                yield event


def _event(block: str) -> Event | None:
    fields = dict[str, str]()
    # NOTE: not splitlines. U+2028 and U+0085 end no line here: words in an event would become an event of their own.
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        if name:  # A line that begins with a colon is a comment: a sign of life.
            fields[name] = value.removeprefix(" ")
    if "data" not in fields:
        return None
    return Event(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
