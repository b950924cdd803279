"""Files that are made to harm whoever opens them: each is refused, or ends at a bound, with a code of ours."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from ringfence.controls.extraction import Extractor, NoText
from tests import paperwork
from tests.paperwork import DOCX, PDF

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">&j;</w:document>'
)
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]><w>&f;</w>'


def repacked(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == name else body)
    return out.getvalue()


def with_entry(data: bytes, name: str, body: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return out.getvalue()


def overlapping(data: bytes) -> bytes:
    """Two entries of the central directory that point at the same packed bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    directory, end = data[start:-22], bytearray(data[-22:])
    first = 46 + sum(struct.unpack("<HHH", directory[28:34]))
    count, size = struct.unpack("<H", end[10:12])[0] + 1, len(directory) + first
    end[8:12] = struct.pack("<HH", count, count)
    end[12:16] = struct.pack("<I", size)
    return data[:start] + directory + directory[:first] + bytes(end)


def encrypted(data: bytes) -> bytes:
    """The flag of an encrypted entry, in the central directory."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01\x00" + data[at + 10 :]


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def looping_pdf() -> bytes:
    """A tree of pages whose only branch is its own root."""
    return pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1000000000/Parent 2 0 R>>")


def swelling_pdf() -> bytes:
    """One page, of a hundred kilobytes, that unpacks to a thousand times as much."""
    font = b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Arial>>>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources%s>>" % font
    packed = zlib.compress(bytes(100_000_000))
    content = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    return pdf(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content)


def pdf(*parts: bytes) -> bytes:
    body, offsets = b"%PDF-1.4\n", list[int]()
    for number, part in enumerate(parts, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    size = len(parts) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + table + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (size, len(body))


DOCUMENT = paperwork.document("Harmless")
HOSTILE = {
    "billion laughs": (DOCX, repacked(DOCUMENT, "word/document.xml", lambda _: LAUGHS), "archive_bomb"),
    "billion laughs in UTF-16": (
        DOCX,
        repacked(DOCUMENT, "word/document.xml", lambda _: LAUGHS.decode().encode("utf-16")),
        "archive_bomb",
    ),
    "a file of ours as an entity": (DOCX, repacked(DOCUMENT, "word/styles.xml", lambda _: EXTERNAL), "archive_bomb"),
    "an encoding that hides it": (
        DOCX,
        repacked(DOCUMENT, "word/styles.xml", lambda _: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE'),
        "unreadable_file",
    ),
    "ten thousand to one": (DOCX, with_entry(DOCUMENT, "word/media/a.bin", bytes(40_000_000)), "archive_bomb"),
    "entries that share bytes": (DOCX, overlapping(DOCUMENT), "archive_bomb"),
    "an encrypted archive": (DOCX, encrypted(DOCUMENT), "encrypted_file"),
    "a page that swells": (PDF, swelling_pdf(), "archive_bomb"),
    "a loop of pages": (PDF, looping_pdf(), "unreadable_file"),
}


@pytest.mark.promise("AGT-07", "AIS-02")
@pytest.mark.parametrize(("media_type", "data", "code"), HOSTILE.values(), ids=HOSTILE)
async def test_a_file_that_is_made_to_harm_is_refused_with_a_code(media_type: str, data: bytes, code: str):
    with pytest.raises(NoText) as told:
        await Extractor().extract(media_type, paperwork.stream(data))
    assert told.value.code == code


async def test_the_document_that_they_are_made_of_is_read():
    found = await Extractor().extract(DOCX, paperwork.stream(DOCUMENT))
    assert [one.text for one in found.segments] == ["Harmless"]


@pytest.mark.promise("AGT-07")
async def test_an_archive_within_a_document_is_not_unpacked():
    inner = with_entry(DOCUMENT, "word/media/bomb.bin", bytes(3_000_000))
    for _ in range(3):
        inner = with_entry(DOCUMENT, "word/embeddings/nested.docx", inner)
    found = await Extractor().extract(DOCX, paperwork.stream(inner))
    assert [one.text for one in found.segments] == ["Harmless"]


@pytest.mark.promise("AGT-07")
async def test_a_page_that_nests_as_deep_as_it_likes_ends():
    found = await Extractor().extract("text/html", paperwork.stream(b"<div>" * 100_000 + b"deep"))
    assert [one.text for one in found.segments] == ["deep"]
