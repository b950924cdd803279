"""Keeps AGT-07 (in part). How much may be handed in. Proved in tests/features/test_files_limits.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileBounds:
    """The most that is taken: bytes of one file, bytes of one organization, files of one user; and who looks at each.

    A user's file that goes with no message for `unsent_days` is deleted.
    `scanner` is clamd's `host:port`, or the path of its socket; without one nobody looks for viruses.
    """

    file_bytes: int = 100_000_000
    organization_bytes: int = 10_000_000_000
    user_files: int = 10_000
    scanner: str | None = None
    unsent_days: int = 30
