"""Gives the data of server-sent events out of bytes that are split anywhere (WHATWG HTML, section 9.2.6).

Lines end with LF or CRLF. A lone CR, which the standard also allows and nobody sends, does not end a line.
"""

_BOM = b"\xef\xbb\xbf"
_OTHER_FIELDS = (b":", b"event", b"id", b"retry")


class EventTooLargeError(Exception):
    """Says that one event is larger than allowed."""


class EventParser:
    """Takes bytes and gives each finished event's data; comments and other fields are dropped.

    `is_foreign` says that a line came which no event stream holds, so that a page in place of a stream is seen early.
    """

    def __init__(self, *, max_event_bytes: int) -> None:
        self._max_bytes = max_event_bytes
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._is_first_line = True
        self.is_foreign = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Gives the data of the events that this chunk finished."""
        if b"\n" not in chunk:  # Joined only once a line ends: cost stays linear however finely the bytes are split.
            self._keep(chunk)
            return []
        if self._parts:
            chunk = b"".join((*self._parts, chunk))
            self._parts.clear()
            self._parts_bytes = 0
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if rest:
            self._keep(rest)
        return self._take_lines(lines)

    def close(self) -> list[bytes]:
        """Gives the last event where its closing blank line is missing, as some servers leave it out."""
        lines = [b"".join(self._parts), b""]
        self._parts.clear()
        return self._take_lines(lines)

    def _keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._parts_bytes += len(part)
        if self._parts_bytes > self._max_bytes:
            raise EventTooLargeError

    def _take_lines(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        for raw in lines:
            line = raw.removesuffix(b"\r")
            if self._is_first_line:
                self._is_first_line = False
                line = line.removeprefix(_BOM)
            if line.startswith(b"data:"):
                self._add_data(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line:
                self._end_event(events)
            elif line == b"data":
                self._add_data(b"")
            elif not line.startswith(_OTHER_FIELDS):
                self.is_foreign = True
        return events

    def _add_data(self, data: bytes) -> None:
        self._data.append(data)
        self._data_bytes += len(data) + 1
        if self._data_bytes > self._max_bytes:
            raise EventTooLargeError

    def _end_event(self, events: list[bytes]) -> None:
        if self._data:
            events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
            self._data.clear()
            self._data_bytes = 0
