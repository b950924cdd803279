"""A file system of its own that can be filled to its last byte, and emptied again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_MEND = "A full disk needs a mount of its own. Run this as root on Linux, in a container with CAP_SYS_ADMIN"
_BLOCK = 4096


@dataclass(frozen=True)
class Disk:
    """Where it is mounted."""

    root: Path

    @property
    def _filler(self) -> Path:
        return self.root / ".filler"

    @property
    def free_bytes(self) -> int:
        """What a file could still take."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """Takes every byte that is left, again and again as others give some back."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(_BLOCK * 16 if self.free_bytes > _BLOCK * 16 else _BLOCK))
            except OSError:
                return

    def make_room(self) -> None:
        """Gives it all back."""
        self._filler.unlink()


@contextmanager
def small_disk(at: Path, *, size_mb: int) -> Iterator[Disk]:
    """A tmpfs of that size on an empty directory; gone with the block."""
    options = f"size={size_mb}m,mode=0700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "ringfence-test", str(at)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.fail(f"{_MEND}: {done.stderr.strip()}")
    try:
        yield Disk(at)
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)
