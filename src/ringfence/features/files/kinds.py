"""The closed list of what a file may be. What is not on it is refused: programs, SVG, archives, macros."""

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Final


class Family(Enum):
    """How the content shows what it is."""

    PDF = "pdf"
    OFFICE = "office"
    IMAGE = "image"
    MARKUP = "markup"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type: its name, the endings that files of it have, and other names that clients give it."""

    media_type: str
    endings: tuple[str, ...]
    family: Family
    aliases: frozenset[str] = frozenset()

    def is_called(self, media_type: str) -> bool:
        """Whether a client that says so may mean this."""
        return media_type == self.media_type or media_type in self.aliases


_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF: Final = Kind("application/pdf", ("pdf",), Family.PDF, frozenset({"application/x-pdf"}))
DOCX: Final = Kind(_OFFICE + "wordprocessingml.document", ("docx",), Family.OFFICE)
XLSX: Final = Kind(_OFFICE + "spreadsheetml.sheet", ("xlsx",), Family.OFFICE)
PPTX: Final = Kind(_OFFICE + "presentationml.presentation", ("pptx",), Family.OFFICE)
PNG: Final = Kind("image/png", ("png",), Family.IMAGE)
JPEG: Final = Kind("image/jpeg", ("jpg", "jpeg"), Family.IMAGE, frozenset({"image/jpg", "image/pjpeg"}))
WEBP: Final = Kind("image/webp", ("webp",), Family.IMAGE)
GIF: Final = Kind("image/gif", ("gif",), Family.IMAGE)
HTML: Final = Kind("text/html", ("html", "htm"), Family.MARKUP, frozenset({"application/xhtml+xml"}))
TEXT: Final = Kind("text/plain", ("txt",), Family.TEXT)
MARKDOWN: Final = Kind("text/markdown", ("md", "markdown"), Family.TEXT, frozenset({"text/plain", "text/x-markdown"}))
# Windows with a spreadsheet program calls a CSV file by that program's name.
CSV: Final = Kind("text/csv", ("csv",), Family.TEXT, frozenset({"text/plain", "application/vnd.ms-excel"}))
JSON: Final = Kind("application/json", ("json",), Family.TEXT, frozenset({"text/plain", "text/json"}))

ALL: Final = (PDF, DOCX, XLSX, PPTX, PNG, JPEG, WEBP, GIF, HTML, TEXT, MARKDOWN, CSV, JSON)
_BY_ENDING: Final = {ending: kind for kind in ALL for ending in kind.endings}
_SAYS_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def claimed(name: str, media_type: str) -> Kind | None:
    """What a file is said to be by its name, or, where that has no ending, by its type; None for none of the list."""
    ending = PurePosixPath(name).suffix.removeprefix(".").lower()
    if ending:
        return _BY_ENDING.get(ending)
    said = next((kind for kind in ALL if kind.media_type == _bare(media_type)), None)
    return TEXT if said is None and _bare(media_type) in _SAYS_NOTHING else said


def agrees(kind: Kind, media_type: str) -> bool:
    """Whether the type that a client declares does not contradict the kind; none at all never does."""
    said = _bare(media_type)
    return said in _SAYS_NOTHING or kind.is_called(said)


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
