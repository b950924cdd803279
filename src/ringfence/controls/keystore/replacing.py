"""Keeps CRY-02. Another root key in the place of `root.key`, so that whoever reads the file has the one that opens.

The new key lies in `root.key.next` first. Whether the keystore was sealed under it already tells the epoch's own file:
whoever finds both after a crash completes the exchange, or leaves it to the next attempt. Proved in
tests/controls/test_keystore_replacing.py.
"""

import contextlib
from pathlib import Path

from ringfence.controls.keystore import current, disk, epoch
from ringfence.controls.keystore.file import FileKeystore
from ringfence.controls.keystore.roots.local import LocalRoot


def replace_file(keystore: FileKeystore, data: Path) -> str:
    """Makes a new root key, seals the keystore under it and puts it in the place of `root.key`; its fingerprint.

    Running processes read the file again. Killed at any moment, the next start or attempt goes on.
    """
    complete(data)
    new = LocalRoot.from_new_file(_next(data))
    keystore.rotate_root(new)
    complete(data)
    keystore.finish_root(waits=False)
    return new.fingerprint


def complete(data: Path) -> None:
    """Puts the new root key in place if the keystore is sealed under it: from then on the old one opens nothing."""
    if not _next(data).exists() and not _old(data).exists():
        return
    with disk.exclusive(data / "keystore" / "root.lock"):  # never the writers' lock, which a caller may hold
        _erase_old(data)
        while _next(data).exists():
            try:
                sealed_under = epoch.sealed_under(data / "keystore", current.number_in(data / "keystore"))
            except FileNotFoundError:
                continue  # another process made a new epoch just now
            if sealed_under != LocalRoot.from_file(_next(data)).fingerprint:
                return
            _put_in_place(data)


def _put_in_place(data: Path) -> None:
    kept, old = data / "root.key", _old(data)
    with contextlib.suppress(FileNotFoundError):
        old.hardlink_to(kept)
    _next(data).rename(kept)
    disk.sync_directory(data)
    _erase_old(data)


def _erase_old(data: Path) -> None:
    """Overwrites the key that was replaced; whoever was killed before its replacement left another name of the key."""
    kept, old = data / "root.key", _old(data)
    if not old.exists() or not kept.exists():
        return
    if old.samefile(kept):
        old.unlink()
    else:
        disk.erase(old)


def _old(data: Path) -> Path:
    return data / "root.key.old"


def _next(data: Path) -> Path:
    return data / "root.key.next"
