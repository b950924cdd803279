"""What the database refused, without its text: messages may quote values. Keeps TEN-03, MON-01.

Proved in tests/attacks/test_leaks.py.
"""

from ringfence.base.problem import Problem, storage_full, unavailable

FENCED = "RF001"
UNAPPROVED = "RF002"
UNIQUE = "23505"
FOREIGN_KEY = "23503"
PLAN_CHANGED = "0A000"
FULL = "53100"
ABORTED = "25P02"
BAD_TEXT = "22021"
_BUSY = frozenset({"55P03", "57014", "40001", "40P01", "53300", PLAN_CHANGED})


class DatabaseError(Exception):
    """A statement failed: SQLSTATE and the constraint's name, never the message."""

    def __init__(self, sqlstate: str, constraint: str | None = None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
        self.constraint = constraint


class Fenced(DatabaseError):  # noqa: N818 - the field's noun
    """The process no longer holds the run that it tried to write."""


class Unapproved(DatabaseError):  # noqa: N818 - the field's noun
    """No approval that could be spent stands for exactly this call."""


class Disconnected(Exception):  # noqa: N818 - a state, not a fault of the code
    """The connection ended; what was sent on it may or may not have been committed."""


def failure(sqlstate: str, constraint: str | None) -> DatabaseError | Problem:
    """The exception for a failed statement; a busy or cancelled one is a 503 that may be tried again."""
    if sqlstate == FENCED:
        return Fenced(sqlstate)
    if sqlstate == UNAPPROVED:
        return Unapproved(sqlstate)
    if sqlstate == FULL:
        return storage_full("the database's disk")
    if sqlstate in _BUSY:
        return unavailable("database_busy", "The database did not answer in time. Try again.", cause=sqlstate)
    return DatabaseError(sqlstate, constraint)


def database_away() -> Problem:
    """503: the database is gone; nothing that was answered is lost."""
    return unavailable("database_unavailable", "The database is away for the moment. Try again.")
