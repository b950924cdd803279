"""Keeps CRY-03. The file CURRENT, which names the one epoch that counts, and the removal of all others.

Proved in tests/controls/test_keystore.py and tests/controls/test_keystore_refusals.py.
"""

import re
from pathlib import Path

from ringfence.controls.keystore import disk
from ringfence.controls.keystore.epoch import EMPTY_LOG_BYTES, Epoch
from ringfence.controls.keystore.keys import KeystoreRefusal
from ringfence.controls.keystore.root import RootKey

_EPOCH_FILE = re.compile(r"(\d{8})\.(key|log)")


def path_in(directory: Path) -> Path:
    """Where CURRENT lies."""
    return directory / "CURRENT"


def number_in(directory: Path) -> int:
    """The number of the epoch that counts."""
    path = path_in(directory)
    text = path.read_bytes().strip()
    if not re.fullmatch(rb"[1-9]\d{0,7}", text):
        raise KeystoreRefusal(f"{path} names no epoch: put the keystore back from its backup")
    return int(text)


def switch(directory: Path, number: int) -> None:
    """Makes another epoch count, in one step that a crash cannot split."""
    disk.replace(path_in(directory), f"{number}\n".encode())


def make_first(directory: Path, root: RootKey) -> None:
    """The first epoch of an empty keystore; a keystore that lost its CURRENT is refused, not begun anew."""
    if any(log.stat().st_size > EMPTY_LOG_BYTES for log in directory.glob("*.log")):
        raise KeystoreRefusal(f"{path_in(directory)} is missing: put the keystore back from its backup")
    sweep(directory, 0)
    Epoch.write(directory, 1, root=root, entries=()).close()
    switch(directory, 1)


def sweep(directory: Path, current: int) -> None:
    """Erases the files of every epoch but the current one: those before it, and drafts of writers that were killed."""
    doomed = [path for path in directory.iterdir() if _epoch_of(path.name) not in (None, current)]
    for path in sorted(doomed):  # the key first: without it the log is noise
        disk.erase(path)
    if doomed:
        disk.sync_directory(directory)


def _epoch_of(name: str) -> int | None:
    match = _EPOCH_FILE.fullmatch(name)
    return int(match[1]) if match else None
