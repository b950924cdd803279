"""DOCX: paragraphs and tables in their order; no field worked out, no link followed."""

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from . import archives
from .segments import Run, Sink


def read(data: bytes, sink: Sink) -> None:
    """Hands on a document's paragraphs and the rows of its tables."""
    archives.check(data)
    run = Run(sink, noun="paragraph")
    for block in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(block, Paragraph):
            run.add(block.text)
        else:
            for line in _rows_of(block):
                run.add(line)
    run.flush()


def _rows_of(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: dict[Any, str] = {}
        for cell in row.cells:
            known: Any = cell
            cells[known._tc] = cell.text  # noqa: SLF001 - a merged cell is given once for each place that it takes
        yield " | ".join(cells.values())
