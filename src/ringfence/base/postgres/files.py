"""Small private files in directories that another uid may be able to write."""

import os
import secrets
from pathlib import Path

_LARGEST_BYTES = 1 << 20


def write_private(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """The text at path, mode 0600, replaced in one step; `owner` is (uid, gid) and needs root.

    NOTE: never opens the path itself for writing: the server's uid may have planted a link there, and we may be root.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_plain(path: Path, *, start: int = 0) -> str | None:
    """The text of a regular file from a byte offset on, or None when there is none; follows no link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        file.seek(start)
        return file.read(_LARGEST_BYTES).decode("utf-8", "replace")


def size_bytes(path: Path) -> int:
    """The size of the file, 0 when there is none."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
