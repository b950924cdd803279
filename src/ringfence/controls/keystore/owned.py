"""Keeps CRY-01, CRY-03. What an epoch's entries mean for an owner: the next version, and whether it was destroyed.

Proved in tests/controls/test_keystore.py.
"""

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.controls.keystore.carried import SERVER
from ringfence.controls.keystore.entry import ROOT, Entry, EntryKind
from ringfence.controls.keystore.epoch import Epoch, choose
from ringfence.controls.keystore.keys import Destroyed
from ringfence.controls.keystore.owner import KeyOwner


def add(epoch: Epoch, owner: KeyOwner, secret: Secret) -> None:
    """Appends the next version of the owner's key."""
    if is_destroyed(epoch, owner):
        raise Destroyed(owner)
    newest = choose(epoch.versions.get(owner.path, []), None)
    number = newest.number + 1 if newest is not None else 1
    epoch.append(Entry(EntryKind.KEY, owner.path, clock.now(), number, ids.new().bytes, secret))


def is_owned(path: str) -> bool:
    """Whether it belongs to an organization, a user, a partner or the platform, and is no key of the server's own."""
    return not path.startswith((SERVER, ROOT))


def is_destroyed(epoch: Epoch, owner: KeyOwner) -> bool:
    """Whether the owner was destroyed, or the organization that it belongs to."""
    return owner.path in epoch.tombstones or owner.scope.path in epoch.tombstones


def is_doomed(entry: Entry, doomed: set[str]) -> bool:
    """Whether the entry is a key that goes when the owners at these paths are destroyed."""
    if entry.kind is EntryKind.TOMBSTONE:
        return False
    return entry.path in doomed or KeyOwner(entry.path).scope.path in doomed
