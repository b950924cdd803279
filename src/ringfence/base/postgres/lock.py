"""One supervisor a data directory: a lock that the kernel releases when its holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from ringfence.base import clock
from ringfence.base.postgres.failure import PostgresError

_NAME: Final = "supervisor.lock"
_PATIENCE_SECONDS: Final = 0.3  # a look at the holder takes the lock for an instant


class DirectoryLock:
    """The lock on a directory, held until `release` or the end of the process."""

    def __init__(self, directory: Path) -> None:
        """Takes the lock, or raises PostgresError that names the process which has it."""
        self._handle = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        deadline = clock.monotonic() + _PATIENCE_SECONDS
        while not _try_lock(self._handle, fcntl.LOCK_EX):
            if clock.monotonic() > deadline:
                pid = _read_pid(self._handle)
                os.close(self._handle)
                raise PostgresError(
                    f"The database in {directory} is in use by another Ringfence process (pid {pid or 'unknown'}).",
                    "Stop that process first, or give this one a data directory of its own.",
                )
            time.sleep(0.02)
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Gives the lock back."""
        os.ftruncate(self._handle, 0)
        os.close(self._handle)


def holder(directory: Path) -> int | None:
    """The pid of the process that supervises the directory now, or None."""
    try:
        handle = os.open(directory / _NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _try_lock(handle, fcntl.LOCK_SH) else _read_pid(handle)
    finally:
        os.close(handle)


def _try_lock(handle: int, mode: int) -> bool:
    try:
        fcntl.flock(handle, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).strip()
    return int(text) if text.isdigit() else None
