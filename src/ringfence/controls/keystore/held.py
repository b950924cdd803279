"""Keeps CRY-02. Which root keys running processes stand on: a lock of each that the kernel drops when it dies.

Proved in tests/controls/test_keystore_rotation.py.
"""

import fcntl
import os
from pathlib import Path
from typing import final


@final
class Hold:
    """The mark that this process needs a root key, shared with all others that do."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._handle = -1

    def take(self, fingerprint: str) -> None:
        """Marks this root key as needed, and no other any more."""
        self.release()
        self._handle = os.open(_mark(self._directory, fingerprint), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def release(self) -> None:
        """Needs none any more."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def is_held(directory: Path, fingerprint: str) -> bool:
    """Whether a process runs that needs this root key."""
    try:
        handle = os.open(_mark(directory, fingerprint), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def forget(directory: Path, fingerprint: str) -> None:
    """Removes the mark of a root key that nobody needs."""
    _mark(directory, fingerprint).unlink(missing_ok=True)


def _mark(directory: Path, fingerprint: str) -> Path:
    return directory / f"root.{fingerprint}.held"
