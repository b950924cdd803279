"""Keeps CRY-02, CRY-03. A keystore of files as one end of a move.

Proved in tests/controls/test_keystore_moving.py.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import final

from ringfence.base.crypto import Secret
from ringfence.controls.keystore import current, disk
from ringfence.controls.keystore.carried import Carried, CarriedKey, Mark, MoveState, refuse_other
from ringfence.controls.keystore.entry import ROOT, Entry, EntryKind, tombstone
from ringfence.controls.keystore.epoch import Epoch
from ringfence.controls.keystore.keys import Damaged, KeystoreRefusal
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.root import Roots


@final
class FileEnd:
    """Keeps the End protocol with a directory. `roots` is asked for when keys are read or written, and not before."""

    name = "file"

    def __init__(self, directory: Path, roots: Callable[[], Roots], *, root_file: Path) -> None:
        self._directory = directory
        self._make_roots = roots
        self._root_file = root_file
        self._roots: Roots | None = None

    def mark(self) -> Mark | None:
        """What CURRENT says behind its number; KeystoreRefusal for a keystore without CURRENT."""
        if current.path_in(self._directory).exists():
            return current.read(self._directory)[1]
        if not self.is_empty():
            raise KeystoreRefusal(f"{current.path_in(self._directory)} is missing: put the keystore back")
        return None

    def put_mark(self, mark: Mark | None, *, after: Mark | None) -> None:
        """Writes it under the lock that every writer of this host takes."""
        disk.make_private_directory(self._directory)
        with self._alone():
            number, before = 1, None
            if current.path_in(self._directory).exists():
                number, before = current.read(self._directory)
            refuse_other(self.name, before, after)
            if mark is not None and mark.state is MoveState.ARRIVING and before is not None and before != mark:
                number += 1  # never a number that a process of the former keystore may still have open
            current.put_mark(self._directory, number, mark)

    def is_empty(self) -> bool:
        """Whether no epoch lies there."""
        return not any(self._directory.glob("*.log")) and not any(self._directory.glob("*.key"))

    def owners(self) -> Iterator[Carried]:
        """By the log, in the order in which owners came; without keys of the destroyed."""
        epoch = self._epoch()
        try:
            found = list(epoch.entries())
            buried = {each.path: each.at for each in found if each.kind is EntryKind.TOMBSTONE}
            keys: dict[str, list[CarriedKey]] = {}
            for each in found:
                if each.kind is EntryKind.KEY and not {each.path, KeyOwner(each.path).scope.path} & buried.keys():
                    keys.setdefault(each.path, []).append(_carried_key(each))
        finally:
            epoch.close()
        yield from (Carried(path, tuple(of)) for path, of in keys.items())
        yield from (Carried(path, destroyed=at) for path, at in buried.items())

    def keep(self, carried: Sequence[Carried]) -> None:
        """Appends the entries to the epoch that nobody reads yet; begins it anew where a killed one left half of it."""
        root = self._given().current
        if any(each.path == ROOT + root.fingerprint for each in carried):
            raise KeystoreRefusal(f"{root.source} is root key {root.fingerprint}, which was replaced before")
        with self._alone():
            epoch = self._draft()
            try:
                added = [
                    entry
                    for each in carried
                    if each.path not in epoch.versions and each.path not in epoch.tombstones
                    for entry in _entries(each)
                ]
                if added:
                    epoch.append(*added)
            finally:
                epoch.close()

    def wipe(self) -> None:
        """Erases every epoch, and the root key that lies beside the data, which opens nothing then."""
        with self._alone():
            current.sweep(self._directory, 0)
            for name in ("", ".next", ".old"):
                with contextlib.suppress(FileNotFoundError):
                    disk.erase(self._root_file.with_name(self._root_file.name + name))

    def _epoch(self) -> Epoch:
        epoch = Epoch(self._directory, current.read(self._directory)[0], self._given())
        epoch.read_tail()
        return epoch

    def _draft(self) -> Epoch:
        with contextlib.suppress(FileNotFoundError, KeystoreRefusal, Damaged):
            return self._epoch()
        number = current.read(self._directory)[0]
        current.sweep(self._directory, 0)
        return Epoch.write(self._directory, number, root=self._given().current, entries=())

    def _given(self) -> Roots:
        if self._roots is None:
            self._roots = self._make_roots()
        return self._roots

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        with disk.exclusive(self._directory / "lock"):
            yield


def _carried_key(entry: Entry) -> CarriedKey:
    return CarriedKey(entry.number, entry.key_id, entry.at, Secret(entry.secret.reveal()))


def _entries(carried: Carried) -> list[Entry]:
    if carried.destroyed is not None:
        return [tombstone(carried.path, carried.destroyed)]
    return [Entry(EntryKind.KEY, carried.path, each.at, each.number, each.key_id, each.secret) for each in carried.keys]
