"""Keeps CRY-02, CRY-03. Files that hold keys: private, on the disk before we go on, and overwritten before they go.

Proved in tests/controls/test_keystore.py and tests/controls/test_keystore_refusals.py.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Generator, Iterable
from pathlib import Path

from ringfence.base.crypto import random_bytes
from ringfence.controls.keystore.keys import KeystoreRefusal

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_directory(path: Path) -> None:
    """Makes the directory for its owner alone, or refuses an existing one that others can enter."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700, parents=True)
        sync_directory(path.parent)
    refuse_open(path)


def refuse_open(path: Path) -> None:
    """Refuses a file or directory that is another user's or that others can use, and says the mend."""
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise KeystoreRefusal(
            f"{path} belongs to uid {found.st_uid}; give it to this user: chown {os.geteuid()} {path}"
        )
    if found.st_mode & _OTHERS:
        mode = "0700" if path.is_dir() else "0600"
        raise KeystoreRefusal(f"{path} can be used by others (mode {found.st_mode & 0o777:04o}): chmod {mode} {path}")


def open_to_others(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Each file or directory that is another user's or that others can use, with what is wrong; none that is gone."""
    found: list[tuple[Path, str]] = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            try:
                refuse_open(path)
            except KeystoreRefusal as refusal:
                found.append((path, str(refusal)))
    return found


def write_new(path: Path, data: bytes) -> None:
    """Writes a private file that must not exist, down to the disk; the directory is the caller's to sync."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def is_full(failure: OSError) -> bool:
    """Whether a write failed because the disk, or this user's share of it, takes no more."""
    return failure.errno in _FULL


def append(path: Path, data: bytes, *, at: int) -> None:
    """Writes `data` behind the first `at` bytes, cutting off what a killed writer left there, down to the disk.

    All of it or, where it fails, nothing.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.fstat(handle).st_size != at:
            os.ftruncate(handle, at)
        os.lseek(handle, at, os.SEEK_SET)
        try:
            _write_all(handle, data)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, at)
            raise
    finally:
        os.close(handle)


def replace(path: Path, data: bytes) -> None:
    """Puts `data` in the place of `path` in one step: after a crash either the old or the new file is there."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    write_new(draft, data)
    draft.rename(path)
    sync_directory(path.parent)


def make_once(path: Path, data: bytes) -> None:
    """Writes a private file unless it is there; of two processes that try one's is kept, and never half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{random_bytes(4).hex()}")
    write_new(draft, data)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    sync_directory(path.parent)


def erase(path: Path) -> None:
    """Overwrites a file with random bytes, then removes it.

    Overwriting is not a fact on SSDs and copying file systems; what makes old copies useless is that the epoch's key
    goes too, and that the keystore's own backups are short-lived.
    """
    with path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        _write_all(file.fileno(), random_bytes(size))
        os.fsync(file.fileno())
    path.unlink()


def sync_directory(path: Path) -> None:
    """Brings the names in a directory to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def exclusive(path: Path) -> Generator[None]:
    """One writer on this host at a time.

    NOTE: opened anew each time, because a lock belongs to the open file, which a forked child would share.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
