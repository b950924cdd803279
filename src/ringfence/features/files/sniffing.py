"""What a file is, by its content, while it passes: its head, its end, and whether all of it is text.

A file has one type here and downstream; one that is valid as two at once (a PDF that is also an archive) is refused.
What lies inside an archive-based document is looked at when its text is taken out, in a process of its own.
"""

from collections import deque
from typing import Final

from ringfence.base.problem import Problem, unprocessable
from ringfence.features.files import archives, kinds
from ringfence.features.files.kinds import Family, Kind

HEAD_BYTES: Final = 4096
_PDF_NEAR: Final = 1024
_KEPT_CONTROLS: Final = b"\t\n\f\r"
_CONTROLS: Final = bytes(set(range(32)) - set(_KEPT_CONTROLS)) + b"\x7f"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"
_PNG_END: Final = b"IEND\xaeB`\x82"
_RIFF_HEAD: Final = 8


def claim(name: str, media_type: str) -> Kind:
    """What a file is said to be. Problem 422 `file_type_not_allowed`, or `file_type_mismatch` for two claims."""
    claimed = kinds.claimed(name, media_type)
    if claimed is None:
        raise unprocessable("file_type_not_allowed", f"Files may be: {_list()}.")
    if not kinds.agrees(claimed, media_type):
        raise _mismatch()
    return claimed


class Sniffer:
    """Sees every byte of a file once and keeps about a megabyte of them."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._is_text = True

    def feed(self, piece: bytes) -> None:
        """Takes the next bytes in."""
        self.size_bytes += len(piece)
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
        # UTF-16 has zeros in every other place: its order mark says so before anything else.
        if self._is_text and not self._head.startswith(_UTF_16):
            self._is_text = len(piece.translate(None, _CONTROLS)) == len(piece)
        self._tail.append(piece)
        self._tail_bytes += len(piece)
        while self._tail_bytes - len(self._tail[0]) >= archives.TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft())

    def check(self, claimed: Kind) -> None:
        """Returns where what passed is what it was said to be. Problem 422 `file_empty`, `file_type_mismatch`."""
        if not self.size_bytes:
            raise unprocessable("file_empty", "This file is empty.")
        tail = b"".join(self._tail)
        if self._found(claimed, tail) is not claimed or self._is_two(claimed, tail):
            raise _mismatch()

    def _found(self, claimed: Kind, tail: bytes) -> Kind | None:
        """The kind that the content shows; texts look alike, so the claim chooses among them."""
        head = self._head
        if head.startswith(b"%PDF-"):
            return kinds.PDF if b"%%EOF" in tail[-_PDF_NEAR:] else None
        if head.startswith(b"PK\x03\x04"):
            return archives.document(tail, self.size_bytes)
        image = self._image(tail)
        if image is not None or not self._is_text:
            return image
        return _written(head, claimed)

    def _image(self, tail: bytes) -> Kind | None:
        head = self._head
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and tail.endswith(_PNG_END):
            return kinds.PNG
        if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail[-_PDF_NEAR * 64 :]:
            return kinds.JPEG
        if head.startswith((b"GIF87a", b"GIF89a")) and b";" in tail[-_PDF_NEAR:]:
            return kinds.GIF
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            announced = int.from_bytes(head[4:8], "little") + _RIFF_HEAD
            return kinds.WEBP if announced in {self.size_bytes, self.size_bytes - 1} else None
        return None

    def _is_two(self, found: Kind, tail: bytes) -> bool:
        """Whether another kind's readers would take it, too."""
        if found.family is not Family.OFFICE and archives.has_directory(tail):
            return True
        near = self._head[:_PDF_NEAR]
        return found.family is not Family.PDF and b"%PDF-" in near and b"%%EOF" in tail[-_PDF_NEAR:]


def _written(head: bytes, claimed: Kind) -> Kind | None:
    """Which text it is: never a program's, and markup only where it is claimed."""
    start = _text_of(head).lstrip().lower()
    if start.startswith("#!"):
        return None
    if "<svg" in start and start.startswith("<") and "<html" not in start.partition("<svg")[0]:
        return None
    if start.startswith("<?xml") and "<html" not in start:
        return None
    is_page = start.startswith(("<!doctype html", "<html")) or (start.startswith("<?xml") and "<html" in start)
    if claimed.family is Family.MARKUP:
        return claimed if start.startswith("<") else None
    if is_page or claimed.family is not Family.TEXT:
        return None
    if claimed is kinds.JSON and not start.startswith(("{", "[", '"', "-", "t", "f", "n", *"0123456789")):
        return None
    return claimed


def _text_of(head: bytes) -> str:
    if head.startswith(_UTF_16):
        return head.decode("utf-16", "replace")
    return head.removeprefix(_BOM).decode("latin-1")


def _list() -> str:
    return ", ".join(ending for kind in kinds.ALL for ending in kind.endings)


def _mismatch() -> Problem:
    return unprocessable("file_type_mismatch", "The content of this file is not what its name or type says.")
