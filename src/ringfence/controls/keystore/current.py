"""Keeps CRY-03. The file CURRENT, which names the one epoch that counts, and the removal of all others.

`NUMBER`, and behind it what a move left: `NUMBER left MOVE_ID openbao:https://...`. A release that knows no moves
refuses such a file.

Proved in tests/controls/test_keystore.py and tests/controls/test_keystore_refusals.py.
"""

import re
from pathlib import Path

from ringfence.controls.keystore import disk
from ringfence.controls.keystore.carried import Mark, MoveState
from ringfence.controls.keystore.epoch import EMPTY_LOG_BYTES, Epoch
from ringfence.controls.keystore.keys import KeystoreRefusal, Moved, Moving
from ringfence.controls.keystore.root import Roots

_EPOCH_FILE = re.compile(r"(\d{8})\.(key|prev|log)")
_NUMBER = re.compile(r"[1-9]\d{0,7}")


def path_in(directory: Path) -> Path:
    """Where CURRENT lies."""
    return directory / "CURRENT"


def number_in(directory: Path) -> int:
    """The number of the epoch that counts; Moved where the keys are elsewhere."""
    number, mark = read(directory)
    if mark is not None and mark.state is MoveState.LEFT:
        raise Moved(f"the keystore of {directory} was moved: set RINGFENCE_KEYSTORE={mark.other}")
    if mark is not None and mark.state is MoveState.ARRIVING:
        raise Moved(f"{directory} is an unfinished copy of {mark.other}: go on with ringfence keys move")
    return number


def read(directory: Path) -> tuple[int, Mark | None]:
    """The number and what a move left behind it."""
    path = path_in(directory)
    number, _, rest = path.read_bytes().decode("ascii", "replace").strip().partition(" ")
    try:
        mark = Mark.parse(rest) if rest else None
    except ValueError:
        number, mark = "", None
    if not _NUMBER.fullmatch(number):
        raise KeystoreRefusal(f"{path} names no epoch: put the keystore back from its backup")
    return int(number), mark


def moving_to(directory: Path) -> str | None:
    """Where somebody copies the keys to just now, so that nothing may be written."""
    mark = read(directory)[1]
    return mark.other if mark is not None and mark.state is MoveState.LEAVING else None


def refuse_moving(directory: Path) -> None:
    """Moving, where keys must not be changed because somebody copies them; the caller is alone on this host."""
    other = moving_to(directory)
    if other is not None:
        raise Moving(other)


def put_mark(directory: Path, number: int, mark: Mark | None) -> None:
    """Makes an epoch and a mark count, in one step that a crash cannot split."""
    disk.replace(path_in(directory), f"{number} {mark.text}\n".encode() if mark else f"{number}\n".encode())


def switch(directory: Path, number: int) -> None:
    """Makes another epoch count, in one step that a crash cannot split; the caller is alone on this host."""
    mark = read(directory)[1] if path_in(directory).exists() else None
    put_mark(directory, number, mark)


def make_first(directory: Path, roots: Roots) -> None:
    """The first epoch of an empty keystore; a keystore that lost its CURRENT is refused, not begun anew."""
    if any(log.stat().st_size > EMPTY_LOG_BYTES for log in directory.glob("*.log")):
        raise KeystoreRefusal(f"{path_in(directory)} is missing: put the keystore back from its backup")
    roots.check(roots.current.fingerprint, retired=())
    sweep(directory, 0)
    Epoch.write(directory, 1, root=roots.current, entries=()).close()
    switch(directory, 1)


def sweep(directory: Path, current: int) -> None:
    """Erases the files of every epoch but the current one: those before it, and drafts of writers that were killed."""
    doomed = [path for path in directory.iterdir() if _epoch_of(path.name) not in (None, current)]
    for path in sorted(doomed, key=lambda path: path.suffix == ".log"):  # keys first: without them the log is noise
        disk.erase(path)
    if doomed:
        disk.sync_directory(directory)


def _epoch_of(name: str) -> int | None:
    match = _EPOCH_FILE.fullmatch(name)
    return int(match[1]) if match else None
