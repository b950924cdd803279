"""Documents that are archives (ECMA-376): which one it is, by the directory at its end. Nothing is unpacked here.

Stricter than the format: the directory ends where the file ends and begins where its entries end, so that nothing can
stand before, between or behind for another reader to find.
"""

import struct
from collections.abc import Iterator
from typing import Final

from ringfence.features.files import kinds
from ringfence.features.files.kinds import Kind

TAIL_BYTES: Final = 1024 * 1024
"""How much of a file's end is kept: a directory that is larger is refused."""
_END: Final = b"PK\x05\x06"
_ENTRY: Final = b"PK\x01\x02"
_END_BYTES: Final = 22
_ENTRY_BYTES: Final = 46
_COMMENT_BYTES: Final = 65_535
_MAX_ENTRIES: Final = 20_000
_MAIN: Final = (("word/document", kinds.DOCX), ("xl/workbook", kinds.XLSX), ("ppt/presentation", kinds.PPTX))


def document(tail: bytes, size_bytes: int) -> Kind | None:
    """The kind of the document that ends so; None for any other archive, and for one that carries macros."""
    names = _names(tail, size_bytes)
    if names is None or "[content_types].xml" not in names:
        return None
    if any(name.endswith("vbaproject.bin") or "activex" in name for name in names):
        return None
    found = [
        kind
        for start, kind in _MAIN
        if any(name.startswith(start) and name.endswith(".xml") and name.count("/") == 1 for name in names)
    ]
    return found[0] if len(found) == 1 else None


def has_directory(tail: bytes) -> bool:
    """Whether an archive's reader would find one at the end of this."""
    at = tail.rfind(_END, max(0, len(tail) - _END_BYTES - _COMMENT_BYTES))
    if at < 0 or len(tail) - at < _END_BYTES:
        return False
    (size,) = struct.unpack_from("<I", tail, at + 12)
    return size == 0 or tail[max(0, at - size) : at].startswith(_ENTRY)


def _names(tail: bytes, size_bytes: int) -> frozenset[str] | None:
    """The names of all entries in lower case; None where the directory is not exactly at the end, or is odd."""
    if len(tail) < _END_BYTES or not tail[-_END_BYTES:].startswith(_END):
        return None
    disk, first_disk, here, count, size, offset, comment = struct.unpack_from("<HHHHIIH", tail, len(tail) - 18)
    if disk or first_disk or comment or here != count or not 0 < count <= _MAX_ENTRIES:
        return None
    if offset + size + _END_BYTES != size_bytes or size + _END_BYTES > len(tail):
        return None
    names = list(_walk(tail[-_END_BYTES - size : -_END_BYTES]))
    if len(names) != count or any(_is_odd(name) for name in names):
        return None
    return frozenset(name.lower() for name in names)


def _walk(directory: bytes) -> Iterator[str]:
    at = 0
    while directory.startswith(_ENTRY, at) and len(directory) - at >= _ENTRY_BYTES:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        yield directory[at + _ENTRY_BYTES : at + _ENTRY_BYTES + name].decode("utf-8", "replace")
        at += _ENTRY_BYTES + name + extra + comment


def _is_odd(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name
