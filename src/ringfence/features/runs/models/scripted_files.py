"""What the scripted model does with files: reads one that came with the message, quotes its beginning, and cites it."""

import re
from typing import Final

import msgspec

from .protocol import Attached, ModelRequest, ToolCall, ToolTurn, UserTurn
from .scripted_books import Line

_TOOLS: Final = ("read_file", "search_files")
_FIRST: Final = re.compile(r"^\[([0-9a-f]{8}:\d+)\] ([^\n]*)\n([^\n]+)", re.MULTILINE)
_QUOTED_WORDS: Final = 14
_ECHO: Final = re.compile(r"repeat after me:", re.IGNORECASE)


def play(request: ModelRequest) -> Line | None:
    """The next line about a file; None where there is none to speak of."""
    last = request.messages[-1] if request.messages else None
    if isinstance(last, ToolTurn) and last.name in _TOOLS:
        found = None if last.is_error else _FIRST.search(last.text)
        return Line(_quote(found[3], found[2], found[1]) if found else f"My tool answered: {last.text}")
    if isinstance(last, UserTurn) and last.files and _ECHO.search(last.text) is None:
        return _of_files(request, last.files)
    return None


def _of_files(request: ModelRequest, files: tuple[Attached, ...]) -> Line:
    for file in files:
        if file.passages:
            first = file.passages[0]
            return Line(_quote(first.text, first.locator, first.marker, name=file.name))
        if file.parts and any(tool.name == "read_file" for tool in request.tools):
            arguments = msgspec.json.encode({"file_id": file.file_id}).decode()
            return Line(call=ToolCall(f"call_{len(request.messages)}", "read_file", arguments))
    return Line(f"There is no text in {files[0].name}, so I can say nothing about it.")


def _quote(text: str, locator: str, marker: str, *, name: str = "the file") -> str:
    words = text.split()
    more = " …" if len(words) > _QUOTED_WORDS else ""
    return f"I read {name} ({locator}). It begins: “{' '.join(words[:_QUOTED_WORDS])}{more}” [{marker}]"
