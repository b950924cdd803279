"""Refuses archives that unpack to far more than they are, before any parser sees them. Keeps AGT-07 (in part).

The figures of the central directory are believed only as bounds: Python's reader gives no byte more than an entry
declares. Nothing packed inside of an archive is unpacked in its turn.
Proved in tests/attacks/test_hostile_files.py.
"""

import io
import re
import zipfile
from typing import Final

from .segments import Unreadable

ENTRIES: Final = 10_000
UNPACKED_BYTES: Final = 256 * 1024 * 1024
RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 4 * 1024 * 1024
_LOCAL_HEADER_BYTES: Final = 30
_ENCRYPTED: Final = 0x1
_HEAD_BYTES: Final = 4096
# A document format that has a document type declaration has an attack in it; no office program writes one.
_DECLARES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_ENCODINGS: Final = frozenset({b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_MARKUP: Final = (".xml", ".rels", ".vml")


def check(data: bytes) -> None:
    """Raises Unreadable: `archive_bomb`, `encrypted_file`, or `unreadable_file` for what is no archive at all."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_sizes(entries, len(data))
            _check_overlaps(entries)
            if any(entry.flag_bits & _ENCRYPTED for entry in entries):
                raise Unreadable("encrypted_file")
            for entry in entries:
                if entry.filename.lower().endswith(_MARKUP) or entry.filename == "[Content_Types].xml":
                    _check_markup(archive.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as failure:
        raise Unreadable("unreadable_file") from failure


def _check_sizes(entries: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    if len(entries) > ENTRIES:
        raise Unreadable("archive_bomb")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        raise Unreadable("archive_bomb")
    if unpacked > _RATIO_FROM_BYTES and unpacked > RATIO * packed_bytes:
        raise Unreadable("archive_bomb")


def _check_overlaps(entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes unpack the same bytes often: small archives that become huge ones."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise Unreadable("archive_bomb")
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _check_markup(data: bytes) -> None:
    bare = data.replace(b"\0", b"")  # UTF-16 reads like this
    if _DECLARES.search(bare):
        raise Unreadable("archive_bomb")
    declared = _ENCODING.search(bare[:_HEAD_BYTES])
    if declared is not None and declared[1].strip().lower() not in _ENCODINGS:
        raise Unreadable("unreadable_file")
