"""Keeps CRY-02, CRY-03. New epochs: every entry sealed anew under a new key, and the old epoch erased.

What leaves a keystore leaves it so: a key destroyed, a version retired, a root key replaced. Killed at any moment,
either the old epoch counts or the new one, whole. Proved in tests/controls/test_keystore.py and
tests/controls/test_keystore_rotation.py.
"""

from collections.abc import Iterable
from pathlib import Path

from ringfence.base import clock
from ringfence.controls.keystore import current, disk, held
from ringfence.controls.keystore.entry import Entry, retired_root
from ringfence.controls.keystore.epoch import Epoch
from ringfence.controls.keystore.keys import RootReplaced
from ringfence.controls.keystore.root import RootKey, Roots


def open_current(directory: Path, roots: Roots) -> Epoch:
    """The epoch that counts, read to its end; the first one of a new keystore. Removes what killed writers left.

    A root key that was given as the previous one is replaced here, before anything is served.
    """
    disk.make_private_directory(directory)
    with disk.exclusive(directory / "lock"):
        if not current.path_in(directory).exists():
            current.make_first(directory, roots)
        number = current.number_in(directory)
        current.sweep(directory, number)
        epoch = Epoch(directory, number, roots)
        epoch.read_tail()
        roots.check(epoch.sealed_under, retired=epoch.retired)
        if current.moving_to(directory) is not None:
            return epoch
        if roots.previous is not None and epoch.sealed_under == roots.previous.fingerprint:
            replace_root(directory, epoch, roots)
        elif may_finish_root(directory, epoch):
            finish_root(directory, epoch)
        else:
            return epoch
        epoch.close()
        current.sweep(directory, number + 1)
        epoch = Epoch(directory, number + 1, roots)
    epoch.read_tail()
    return epoch


def rewrite(directory: Path, epoch: Epoch, roots: Roots, entries: Iterable[Entry]) -> None:
    """Makes an epoch of these entries count, under the same root key; the caller holds the lock and sweeps.

    Raises RootReplaced in a process whose root key was replaced: it must not bring that one back.
    """
    if epoch.is_handed_over:
        raise RootReplaced(
            f"{epoch.root.source} is root key {epoch.root.fingerprint}, which was replaced by {epoch.sealed_under}: "
            "restart this process with the new one"
        )
    _switch(directory, epoch, epoch.root, before=_still_needed(directory, epoch, roots), entries=entries)


def replace_root(directory: Path, epoch: Epoch, roots: Roots) -> None:
    """Seals everything under `roots.current`, and lets processes that run on the one before follow."""
    before = epoch.root
    follows = before if held.is_held(directory, before.fingerprint) else None
    entries = [*epoch.entries(), retired_root(before.fingerprint, clock.now())]
    _switch(directory, epoch, roots.current, before=follows, entries=entries)


def may_finish_root(directory: Path, epoch: Epoch) -> bool:
    """Whether a root key was replaced and no process needs it any more."""
    if epoch.before is None or epoch.is_handed_over:
        return False
    return not held.is_held(directory, epoch.before)


def finish_root(directory: Path, epoch: Epoch) -> None:
    """Takes its power from the root key that was replaced: the new epoch does not open by it."""
    _switch(directory, epoch, epoch.root, before=None, entries=epoch.entries())
    if epoch.before is not None:
        held.forget(directory, epoch.before)


def _still_needed(directory: Path, epoch: Epoch, roots: Roots) -> RootKey | None:
    """The root key that was replaced, where a process still stands on it and this one can seal under it."""
    if epoch.before is None or not held.is_held(directory, epoch.before):
        return None
    return roots.find(epoch.before)


def _switch(directory: Path, epoch: Epoch, root: RootKey, *, before: RootKey | None, entries: Iterable[Entry]) -> None:
    number = epoch.number + 1
    Epoch.write(directory, number, root=root, before=before, entries=entries).close()
    current.switch(directory, number)
