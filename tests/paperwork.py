"""Files as people hand them in, made by the libraries that office programs' formats have."""

import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import docx
import openpyxl
import pptx
import pypdf
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = "application/pdf"
DOCX = _OFFICE + "wordprocessingml.document"
XLSX = _OFFICE + "spreadsheetml.sheet"
PPTX = _OFFICE + "presentationml.presentation"


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with a line on each page; a page without words is an empty one."""
    writer = pypdf.PdfWriter()
    for text in pages:
        page = writer.add_blank_page(width=300, height=300)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        if text:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 20 250 Td ({text}) Tj ET".encode("latin-1"))
            page[NameObject("/Contents")] = stream
    if password is not None:
        writer.encrypt(password)
    return _written(writer.write)


def document(*paragraphs: str, cells: tuple[str, ...] = ()) -> bytes:
    """A DOCX with paragraphs, and a table of one row."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if cells:
        table = made.add_table(rows=1, cols=len(cells))
        for at, text in enumerate(cells):
            table.cell(0, at).text = text
    return _written(made.save)


def workbook(*rows: tuple[object, ...], title: str = "Prices", hidden: str | None = None) -> bytes:
    """An XLSX with a sheet, and one that is hidden."""
    book: Any = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if hidden is not None:
        sheet = book.create_sheet("Secret")
        sheet.append([hidden])
        sheet.sheet_state = "hidden"
    return _written(book.save)


def slides(*texts: tuple[str, str]) -> bytes:
    """A PPTX: each slide's title and its notes."""
    made: Any = pptx.Presentation()
    for title, notes in texts:
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = title
        slide.notes_slide.notes_text_frame.text = notes
    return _written(made.save)


def shown_and_hidden() -> bytes:
    """A PPTX with a group and a table on its slide, and a slide that is hidden."""
    made: Any = pptx.Presentation()
    first, second = (made.slides.add_slide(made.slide_layouts[5]) for _ in range(2))
    first.shapes.title.text, second.shapes.title.text = "Shown", "Hidden"
    first.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "in a group"
    table = first.shapes.add_table(1, 2, 0, 0, 9, 9).table
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    second.element.set("show", "0")
    return _written(made.save)


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """The file as it comes from the object store."""
    for at in range(0, len(data), 65_536):
        yield data[at : at + 65_536]


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()
