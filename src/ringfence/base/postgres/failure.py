"""The one error of this package: what is wrong, and what mends it."""

from dataclasses import dataclass


@dataclass(eq=False)
class PostgresError(Exception):
    """The database cannot be had; `message` says why and `mend` what the operator can do.

    Both are complete sentences for a terminal, and neither holds a password.
    """

    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.message} {self.mend}"
