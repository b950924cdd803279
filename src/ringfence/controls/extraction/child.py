"""The process that parses one file, as a program: `python -I -m ringfence.controls.extraction.child KIND strict`.

Reads the file on standard input, writes one JSON line a segment and one at the end. It imports its parser, then gives
up everything else, and only then looks at the first byte. Keeps AGT-07 (in part).
"""

import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Final, TextIO, cast

from . import layers, sandbox, segments

_Read = Callable[[bytes, segments.Sink], None]
_CODECS: Final = (
    *("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "ascii", "cp437"),
    # What fonts of a PDF name.
    *("mac-roman", "cp1250", "cp1251", "iso8859-2", "gbk", "gb18030", "big5", "shift-jis", "euc-jp", "euc-kr", "cp949"),
)


def main(kind: str, strictness: str) -> None:
    """Parses standard input; the last line says `end`, with a code of ours where there is no text."""
    read = _reader(kind)
    _warm()
    out = sys.stdout
    held = sandbox.confine()
    if strictness == "strict" and not layers.is_enough(held):
        _tell(out, {"end": "extraction_unavailable", "layers": held})
        return
    _tell(out, {"end": _read(read, out), "layers": held})


def _reader(kind: str) -> _Read:
    """The parser of one kind of file; the others are not even loaded."""
    match kind:
        case "pdf":
            from .papers import read, rehearse  # noqa: PLC0415 - its parser alone

            rehearse()
        case "docx":
            from .documents import read  # noqa: PLC0415 - its parser alone
        case "xlsx":
            from .workbooks import read  # noqa: PLC0415 - its parser alone
        case "pptx":
            from .slides import read  # noqa: PLC0415 - its parser alone
        case "html":
            from .pages import read  # noqa: PLC0415 - its parser alone
        case _:
            from .plain import read  # noqa: PLC0415 - its parser alone
    return read


def _read(read: _Read, out: TextIO) -> str:
    """What became of the file: a code of ours, `cut`, or nothing to say.

    Whatever else a broken file makes a parser raise ends this process without a last line, which says enough.
    """
    sink = segments.Sink(lambda locator, text: _tell(out, {"at": _readable(locator), "text": _readable(text)}))
    try:
        read(sys.stdin.buffer.read(), sink)
    except segments.Full:
        return "cut"
    except segments.Unreadable as refusal:
        return refusal.code
    except MemoryError:
        return "too_long"
    return "" if sink.has_text else "no_text"


def _readable(text: str) -> str:
    """The text without halves of characters, which fonts of a PDF may name: no JSON can hold them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _warm() -> None:
    """Loads what Python would open a file for later."""
    for codec in _CODECS:
        "".encode(codec)


def _tell(out: TextIO, line: dict[str, object]) -> None:
    out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    # A parser would load it where it is installed; it begins threads, and no namespace takes those in.
    sys.modules["numpy"] = cast("ModuleType", None)
    main(sys.argv[1], sys.argv[2])
