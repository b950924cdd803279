"""PPTX: the text of each slide, and its notes."""

import io
from collections.abc import Iterator
from typing import Any, Final

import pptx

from . import archives
from .segments import Sink

_SHAPES_DEEP: Final = 20


def read(data: bytes, sink: Sink) -> None:
    """Hands on each slide's text and then its notes; hidden slides are left out."""
    archives.check(data)
    for number, slide in enumerate(pptx.Presentation(io.BytesIO(data)).slides, 1):
        slide_any: Any = slide
        if slide_any.element.get("show") == "0":
            continue
        sink.put(f"slide {number}", "\n".join(_shown(slide_any.shapes, 0)))
        if slide.has_notes_slide:
            notes: Any = slide.notes_slide.notes_text_frame
            sink.put(f"slide {number} notes", notes.text if notes is not None else "")


def _shown(shapes: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - the parser's shapes share no type
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _SHAPES_DEEP:
            yield from _shown(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield " | ".join(cell.text for cell in row.cells)
        elif getattr(shape, "has_text_frame", False):
            yield shape.text_frame.text
