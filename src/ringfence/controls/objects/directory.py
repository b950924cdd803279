"""Keeps AGT-07. What a directory needs beyond the store's library: to be on the disk, in order, and without leftovers.

Proved in tests/controls/test_objects.py.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 500
UNFINISHED: Final = "#"
"""What is being written is called like the object with this and a number behind it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path below the store's directory."""

    path: str
    size_bytes: int
    changed_at: datetime


async def list_(root: Path, prefix: str, *, after: str | None) -> AsyncGenerator[File]:
    """The files below a prefix in the order of their paths, as S3 lists: the library's own list has no order."""
    found = _walk(root, "", prefix, after or "")
    while True:
        page = await asyncio.to_thread(lambda: list(islice(found, _AT_ONCE)))
        for file in page:
            yield file
        if len(page) < _AT_ONCE:
            return


def sync(path: Path) -> None:
    """A name and its bytes are on the disk before a row says so."""
    for each in (path, path.parent, path.parent.parent):
        _sync(each)


def sync_up(root: Path, path: str) -> None:
    """The same for a path of any depth below `root`: directories that are new have names of their own to keep."""
    lowest = root / path
    for each in (lowest, *lowest.parents):
        _sync(each)
        if each == root:
            return


def exchange(root: Path, name: str, known: bytes | None, content: bytes) -> bool:
    """Puts a file in the place of one with these bytes, or of none; False where another lies there. On the disk then.

    Whoever exchanges holds a lock on the directory, so that of two of them the second sees what the first put.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        path, half = root / name, root / f"{name}{UNFINISHED}"
        if (path.read_bytes() if path.exists() else None) != known:
            return False
        half.write_bytes(content)
        _sync(half)
        half.replace(path)
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear(root: Path, before: float) -> int:
    """Removes what killed processes left half-written before then; gives how much."""
    found = (*root.glob(f"org/*/*{UNFINISHED}*"), *root.glob(f"audit/**/*{UNFINISHED}*"))
    left = [path for path in found if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _walk(root: Path, below: str, prefix: str, after: str) -> Iterator[File]:
    """Depth first, each directory in the order that its names have with a slash behind those of directories."""
    try:
        entries = {entry.name + "/" * entry.is_dir(follow_symlinks=False): entry for entry in os.scandir(root / below)}
    except FileNotFoundError:
        return
    for name in sorted(entries):
        path = below + name
        if name.endswith("/"):
            is_wanted = path.startswith(prefix) or prefix.startswith(path)
            if is_wanted and (path > after or after.startswith(path)):
                yield from _walk(root, path, prefix, after)
        elif path.startswith(prefix) and path > after and UNFINISHED not in name:
            try:
                found = entries[name].stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield File(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
