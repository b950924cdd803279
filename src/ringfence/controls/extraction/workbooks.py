"""XLSX: the values that are stored, no formula worked out, no other workbook opened."""

import io
from typing import Any, Final

import openpyxl

from . import archives
from .segments import Full, Run, Sink

ROWS_TOGETHER: Final = 50
COLUMNS: Final = 256
ROWS: Final = 200_000


def read(data: bytes, sink: Sink) -> None:
    """Hands on each sheet's values, some rows together; hidden sheets are left out."""
    archives.check(data)
    book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    rows_left = ROWS
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()  # What a file says of its own size is no bound.
        run = Run(sink, noun=f"sheet {sheet.title} row", most=ROWS_TOGETHER)
        for row in sheet.iter_rows(max_col=COLUMNS, values_only=True):
            rows_left -= 1
            if rows_left < 0:
                raise Full
            cells = ["" if value is None else str(value) for value in row]
            run.add(" | ".join(cells).rstrip(" |"))
        run.flush()
