"""A scene for the demo's handbook: a question about how things are done is looked up in the files, and cited.

It is played where the agent may search files and has the tools of the demo's CRM, and says nothing that no file says.
"""

import re
from typing import Final

import msgspec

from . import scripted_books
from .protocol import ModelRequest, ToolCall, ToolTurn, UserTurn
from .scripted_books import Line

SEARCH: Final = "search_files"
_ASKED: Final = re.compile(
    r"\b(?:handbook|payment terms|our terms|reminder rules?|fees?|credit limit|returns?"
    r"|håndbog\w*|betalingsbetingelser\w*|betalingsfrist\w*|gebyr\w*|kreditgrænse\w*|retur\w*)\b",
    re.IGNORECASE,
)
# The handbooks are in English: what a Danish question is about, in their words.
_ENGLISH: Final = (("betal", "payment terms"), ("gebyr", "reminders fee"), ("kredit", "credit"), ("retur", "returns"))
_DANISH: Final = re.compile(r"\b(?:hvad|hvornår|vores|er|står)\b|[æøå]", re.IGNORECASE)
_PASSAGE: Final = re.compile(r"^\[([0-9a-f]{8}:\d+)\] [^\n]*\n((?:(?!\[[0-9a-f]{8}:)[^\n]*\n?)*)", re.MULTILINE)
_WORD: Final = re.compile(r"\w{4,}")


def play(request: ModelRequest) -> Line | None:
    """The next line; None where the talk is about something else."""
    if not {SEARCH, scripted_books.FIND} <= {tool.name for tool in request.tools}:
        return None
    said = next((turn for turn in reversed(request.messages) if isinstance(turn, UserTurn)), None)
    if said is None or said.files or _ASKED.search(said.text) is None:
        return None
    query = _query(said.text)
    last = request.messages[-1]
    if last is said:
        arguments = msgspec.json.encode({"query": query}).decode()
        return Line(call=ToolCall(f"call_{len(request.messages)}", SEARCH, arguments))
    if not isinstance(last, ToolTurn) or last.name != SEARCH:
        return None
    is_danish = _DANISH.search(said.text) is not None
    found = None if last.is_error else _best(last.text, query)
    if found is None:
        return Line("Det står der ikke noget om i filerne." if is_danish else "The files say nothing about that.")
    mark, text = found
    return Line(f"{'I håndbogen står der' if is_danish else 'The handbook says'}:\n\n> {text} [{mark}]")


def _query(said: str) -> str:
    lowered = said.lower()
    return next((english for danish, english in _ENGLISH if danish in lowered), said)


def _best(answer: str, query: str) -> tuple[str, str] | None:
    """The mark of the passage and its paragraph that shares most words with the question; the first of equals."""
    asked = set(_WORD.findall(query.lower()))
    best: tuple[int, str, str] = (0, "", "")
    for mark, text in _PASSAGE.findall(answer):
        heading = ""
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith("#"):
                heading = line
                continue
            shared = len(asked & set(_WORD.findall(f"{heading} {line}".lower())))
            if shared > best[0]:
                best = (shared, mark, line)
    return best[1:] if best[0] else None
