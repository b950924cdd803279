"""The answer to a tool call as text for a model: readable, or an error that says why not."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from ringfence.controls.egress import Answer

from .tools import ToolResult

_CHARSETS: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16"})
_TEXTUAL: Final = re.compile(r"text/[a-z0-9.+-]+|application/(?:[a-z0-9.-]+\+)?(?:json|xml)")
_JSON: Final = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json")
_CHARSET: Final = re.compile(r';[ \t]*charset[ \t]*=[ \t]*"?([a-z0-9._-]+)')
_FIRST_BAD: Final = 300


def read(answer: Answer) -> ToolResult:
    """The result; what is not 2xx, not text or not the JSON that it claims to be is an error."""
    text = _text(answer)
    if answer.status >= _FIRST_BAD:
        return ToolResult(f"The tool answered with status {answer.status}.\n{text or ''}".rstrip(), is_error=True)
    if text is None:
        return ToolResult(f"{_made(answer)}, but its answer is not text.", is_error=True)
    if not text:
        return ToolResult(f"{_made(answer)}; its answer is empty.", is_error=False)
    if _JSON.fullmatch(_type(answer.headers)[0]) and not _is_json(text):
        return ToolResult(f"{_made(answer)}, but its answer is not the JSON that it is said to be.", is_error=True)
    return ToolResult(text, is_error=False)


def _made(answer: Answer) -> str:
    return f"The call was made (status {answer.status})"


def _text(answer: Answer) -> str | None:
    if not answer.body:
        return ""
    kind, charset = _type(answer.headers)
    if _TEXTUAL.fullmatch(kind) is None or charset not in _CHARSETS:
        return None
    return answer.body.decode(charset, "replace").removeprefix("\ufeff")


def _type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Media type and character set, in lower case."""
    # Read by hand: a server may send any bytes here, and the library for this raises on some of them.
    sent = headers.get("content-type", "").lower()
    found = _CHARSET.search(sent)
    charset = found[1] if found else "utf-8"
    return sent.partition(";")[0].strip(), {"utf8": "utf-8", "latin-1": "iso-8859-1"}.get(charset, charset)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return False
    return True
