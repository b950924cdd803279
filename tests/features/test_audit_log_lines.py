"""Entries as lines of CSV: whatever their texts are, a reader gets them back, and no cell of them is a formula."""

import csv
import io
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.features.audit_log.lines import COLUMNS, HEAD, csv_lines
from ringfence.features.audit_log.queries import EntryRow

_NUMBERED: Final = {"index", "id", "at", "actor_id", "target_id", "address_hash"}
_FREE: Final = [name for name in COLUMNS if name not in _NUMBERED]
"""Columns that raw SQL can write any text to; the others are ids, times and digests by their types."""
_NASTY: Final = "=+-@|%\uff1d\uff0b\uff0d\uff20\t\r\n \"',;a{}\\\u2028"
_TEXTS: Final = st.none() | st.text(_NASTY, max_size=9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=90)
_BASE: Final = EntryRow(7, str(UUID(int=1)), "2026-11-22T15:00:00.000000Z", "user", None, "run.started", None,
                        str(UUID(int=2)), "success", None, None, None, "ab" * 16, None, "{}")  # fmt: skip


def cells(rows: list[EntryRow]) -> list[list[str]]:
    """The rows as a reader of CSV gets them."""
    return list(csv.reader(io.StringIO(csv_lines(rows).decode(), newline=""), strict=True))


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet could take the cell for more than its text."""
    return cell.lstrip()[:1] in set("=+-@|%\uff1d\uff0b\uff0d\uff20") - {""} or cell[:1] in {"\t", "\r", "\n"}


@pytest.mark.promise("AUD-05")
@given(st.lists(st.lists(_TEXTS, min_size=len(_FREE), max_size=len(_FREE)), min_size=1, max_size=3))
def test_every_text_comes_back_from_csv_and_none_is_a_formula(drawn: list[list[str | None]]):
    texts = [dict(zip(_FREE, row, strict=True)) for row in drawn]
    for row in texts:
        row["details"] = row["details"] or '{"a": "=1", "b": "x\\"y"}'
    rows = [_BASE._replace(**row) for row in texts]
    read = cells(rows)
    assert len(read) == len(rows)
    for row, line in zip(rows, read, strict=True):
        for name, value, cell in zip(COLUMNS, row, line, strict=True):
            text = "" if value is None else str(value)
            assert not is_formula(cell)
            assert cell == ("'" + text if is_formula(text) else text), name


def test_a_long_word_is_quoted_as_a_short_one_is():
    long = "=" + "x" * 5_000
    (line,) = cells([_BASE._replace(number=None, reason=long, permission="=x")])
    assert line[0] == ""
    assert [line[COLUMNS.index(name)] for name in ("reason", "permission")] == ["'" + long, "'=x"]


def test_the_head_names_the_columns_in_their_order():
    assert HEAD.decode().strip().split(",") == list(COLUMNS)
