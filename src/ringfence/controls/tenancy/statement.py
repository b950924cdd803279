"""Statements: SQL constants with the dataclass that their rows become. Keeps SDL-02 (parameterized SQL only).

Proved in tests/lint/test_python_rules.py, whose rules refuse SQL that is made by formatting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")
Value = str | int | float | bool | bytes | UUID | datetime | list[str] | list[UUID] | list[int] | list[bytes] | None


@dataclass(frozen=True, slots=True)
class Bound(Generic[T]):
    """A statement with its parameters, ready to send."""

    sql: str
    row: Callable[..., T]
    params: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Statement(Generic[T]):
    """One SQL statement with $1-style parameters; `row` is called with the columns of each row, in order."""

    sql: str
    row: Callable[..., T]

    def __call__(self, *params: Value) -> Bound[T]:
        """The statement with its parameters."""
        return Bound(self.sql, self.row, params)


def scalar(value: Any) -> Any:  # noqa: ANN401 - the column's own type, which SQL decides
    """The row of a statement with one column."""
    return value


def nothing(*_columns: object) -> None:
    """The row of a statement whose answer does not matter."""
