"""Text as it is: prose, Markdown, CSV, JSON, source code."""

import codecs
from typing import Final

from .segments import Run, Sink, Unreadable

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}
_CONTROLS_AT_MOST: Final = 0.02
_LINE_CHARS: Final = 4000
_TAIL_BYTES: Final = 4


def read(data: bytes, sink: Sink) -> None:
    """Hands on the lines; a line without an end is handed on in parts."""
    run = Run(sink, noun="line")
    for line in decoded(data).splitlines():
        if len(line) <= _LINE_CHARS:
            run.add(line)
            continue
        run.flush()
        for at in range(0, len(line), _LINE_CHARS):
            run.extend(line[at : at + _LINE_CHARS])
        run.add("")
    run.flush()


def decoded(data: bytes) -> str:
    """The text by its byte order mark, else as UTF-8, else as UTF-16 by its zeros, else as Latin-1.

    Raises Unreadable `unreadable_file` for what is no text in any of them.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if (text := _utf8(data)) is not None and b"\0" not in data:
        return text
    if (wide := _wide(data)) is not None:
        return data.decode(wide, errors="replace")
    controls = sum(data.count(bytes((code,))) for code in _CONTROL)
    if controls > len(data) * _CONTROLS_AT_MOST:
        raise Unreadable("unreadable_file")
    return data.decode("cp1252", errors="replace")


def _utf8(data: bytes) -> str | None:
    """The text; a character that the end cuts through is left out."""
    try:
        return data.decode()
    except UnicodeDecodeError as failure:
        if failure.start >= len(data) - _TAIL_BYTES and failure.reason == "unexpected end of data":
            return data[: failure.start].decode()
        return None


def _wide(data: bytes) -> str | None:
    """Which half of the first pairs is zero, where nearly all of one half is."""
    head = data[:4096]
    even, odd = head[::2], head[1::2]
    if not odd:
        return None
    if odd.count(0) > len(odd) * 0.7 and even.count(0) < len(even) * 0.2:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.7 and odd.count(0) < len(odd) * 0.2:
        return "utf-16-be"
    return None
