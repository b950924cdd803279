"""PDF, page by page."""

import io
import zlib
from typing import Final

import pypdf
from pypdf.errors import LimitReachedError, PyPdfError

from .segments import Full, Sink, Unreadable

PAGES: Final = 5000
_BROKEN: Final = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)
_CMAP: Final = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <41> <0042> endbfchar"
_FONT: Final = b"<</Type/Font/Subtype/TrueType/BaseFont/Arial/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>"
_PAGE: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"


def read(data: bytes, sink: Sink) -> None:
    """Hands on each page's text; a page that cannot be read is left out. Images have none."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Unreadable("encrypted_file")
        pages = reader.pages
        count = len(pages)
    except _BROKEN as failure:
        raise Unreadable(_code(failure)) from failure
    failed, code = 0, "unreadable_file"
    for number in range(min(count, PAGES)):
        try:
            text = pages[number].extract_text()
        except _BROKEN as failure:
            failed += 1
            code = _code(failure) if code == "unreadable_file" else code
            continue
        sink.put(f"page {number + 1}", text)
    if failed and failed == count:
        raise Unreadable(code)
    if count > PAGES:
        raise Full


def _code(failure: Exception) -> str:
    return "archive_bomb" if isinstance(failure, LimitReachedError) else "unreadable_file"


def rehearse() -> None:
    """Reads a page of ours, so that the parser has loaded what it loads late: soon no file opens any more."""
    read(_sample(), Sink(lambda _locator, _text: None))


def _sample() -> bytes:
    """A page with a font, and streams that are packed; its table of contents is left to be guessed."""
    parts = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", _PAGE)
    parts += (_stream(b"BT /F 9 Tf (A) Tj ET"), _FONT, _stream(_CMAP))
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%PDF-1.5\n" + body + b"trailer<</Root 1 0 R/Size 7>>\nstartxref\n0\n%%EOF"


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
