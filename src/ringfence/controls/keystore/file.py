"""Keeps CRY-01, CRY-02, CRY-03. The keystore of one host: a directory beside the database, never inside it.

`CURRENT` names the epoch that counts. Adding a key appends to its log; destroying one writes the survivors under a new
epoch with a new key, switches CURRENT by a rename, and erases the old epoch's key and log. Processes share the
directory: one writes at a time, the others see growth and switches when they look. Proved in tests/controls.
"""

import contextlib
import threading
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, final

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret, random_bytes
from ringfence.controls.keystore import current, disk
from ringfence.controls.keystore.cache import KeyCache
from ringfence.controls.keystore.entry import Entry, EntryKind, tombstone
from ringfence.controls.keystore.epoch import Epoch, Version
from ringfence.controls.keystore.keys import (
    SECRET_BYTES,
    Damaged,
    Destroyed,
    Full,
    KeyMaterial,
    KeystoreRefusal,
    KeystoreStatus,
    ServerKey,
    Unknown,
)
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.root import RootKey

_LOOK_EVERY_SECONDS = 1.0
_SERVER = "server/"


@final
class FileKeystore:
    """Keeps the Keystore protocol on the local disk."""

    def __init__(self, directory: Path, root: RootKey) -> None:
        """Opens the keystore, made now if there is none; KeystoreRefusal says what is wrong and the mend."""
        self._directory = directory
        self._root = root
        self._cache = KeyCache()
        self._server_keys: dict[ServerKey, Secret] = {}
        # NOTE: always the write lock first. A rewrite holds it for long, and readers must not wait for that.
        self._write_lock = threading.Lock()
        self._lock = threading.RLock()
        self._look_at = 0.0
        self._seen: tuple[int, int] | None = None
        try:
            self._epoch = _open(directory, root)
        except OSError as failure:
            raise KeystoreRefusal(f"the keystore does not open: {failure.filename}: {failure.strerror}") from None
        except Damaged as failure:
            raise KeystoreRefusal(f"{failure.cause}: put the keystore back from its backup") from None

    @classmethod
    def beside(cls, data: Path, *, encryption_key: str | None) -> Self:
        """The keystore under a data directory, with the root key given or the one in `root.key` there.

        A root key is made for a new keystore alone: beside an old one its absence is refused, not papered over.
        """
        directory = data / "keystore"
        if encryption_key is not None:
            root = RootKey.parse(encryption_key, source="ENCRYPTION_KEY")
        elif current.path_in(directory).exists():
            root = RootKey.from_file(data / "root.key")
        else:
            root = RootKey.from_new_file(data / "root.key")
        return cls(directory, root)

    def create(self, owner: KeyOwner) -> KeyMaterial:
        """The owner's key, made now unless it exists; Destroyed. Waits for the disk."""
        with contextlib.suppress(Unknown):
            return self.unwrap(owner)
        with self._writing() as epoch, self._lock:
            if owner.path not in epoch.versions:
                _add(epoch, owner, Secret(random_bytes(SECRET_BYTES)))
        return self.unwrap(owner)

    def wrap(self, owner: KeyOwner, secret: Secret) -> KeyMaterial:
        """Takes a key of 64 bytes in as the owner's newest version; Destroyed. Waits for the disk."""
        KeyMaterial(owner, key_id=ids.new().bytes, number=0, secret=secret)  # refuses another size
        with self._writing() as epoch, self._lock:
            _add(epoch, owner, secret)
        self._cache.forget(owner)
        return self.unwrap(owner)

    def unwrap(self, owner: KeyOwner, key_id: bytes | None = None) -> KeyMaterial:
        """The owner's newest key, or the version named; Unknown, Destroyed, Damaged."""
        moment = clock.monotonic()
        if moment >= self._look_at:
            self._look_for_a_switch(moment)
        return self._cache.find(owner, key_id, moment=moment) or self._read(owner, key_id)

    def rotate(self, owner: KeyOwner) -> KeyMaterial:
        """A new version for new writes; Unknown, Destroyed. Waits for the disk."""
        fresh = random_bytes(SECRET_BYTES // 2)
        return self.wrap(owner, Secret(fresh + self.unwrap(owner).index_half))

    def destroy(self, *owners: KeyOwner) -> None:
        """Makes the owners' keys, and those of an organization's users, unrecoverable, in one rewrite for all."""
        with self._writing() as epoch:
            doomed = {owner.path for owner in owners if not _is_destroyed(epoch, owner)}
            if doomed:
                self._rewrite_without(doomed, epoch)
        for owner in owners:
            self._cache.forget(owner)

    def tombstones(self) -> Sequence[tuple[str, datetime]]:
        """The path of each owner that was destroyed, and when."""
        with self._lock:
            return list(self._refreshed().tombstones.items())

    def inventory(self) -> Mapping[str, Sequence[bytes]]:
        """The path of each owner that has a key, and the ids of its versions."""
        with self._lock:
            versions = self._refreshed().versions
            return {path: [each.key_id for each in found] for path, found in versions.items() if _is_owned(path)}

    def status(self) -> KeystoreStatus:
        """Counts and times; no key."""
        with self._lock:
            epoch = self._refreshed()
            owned = {path: found for path, found in epoch.versions.items() if _is_owned(path)}
        return KeystoreStatus(
            driver="file",
            epoch=epoch.number,
            owners=len(owned),
            versions=sum(map(len, owned.values())),
            destroyed=len(epoch.tombstones),
            oldest=min((found[0].at for found in owned.values()), default=None),
            root_fingerprint=self._root.fingerprint,
        )

    def server_key(self, name: ServerKey) -> Secret:
        """32 random bytes, made on first use and the same in every process."""
        if name not in self._server_keys:
            self._server_keys[name] = self._read_or_make(KeyOwner(_SERVER + name.value))
        return self._server_keys[name]

    def forget(self, owner: KeyOwner) -> None:
        """Drops the owner's unwrapped keys from this process, and those of an organization's users."""
        self._cache.forget(owner)

    def forget_all(self) -> None:
        """Drops every owner's unwrapped keys from this process."""
        self._cache.forget_all()

    def close(self) -> None:
        """Drops the keys and lets go of the files."""
        self._cache.forget_all()
        self._epoch.close()

    def _look_for_a_switch(self, moment: float) -> None:
        """Drops the cache within a second after any process destroyed a key, even if nobody told this one.

        A CURRENT that cannot be read raises: without it nobody knows what was destroyed.
        """
        found = current.path_in(self._directory).stat()
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen:
            self._cache.forget_all()
            self._seen = seen
        self._look_at = moment + _LOOK_EVERY_SECONDS

    def _read(self, owner: KeyOwner, key_id: bytes | None) -> KeyMaterial:
        with self._lock:
            generation = self._cache.generation
            version, entry = self._find(owner, key_id)
        material = KeyMaterial(owner, key_id=version.key_id, number=version.number, secret=entry.secret)
        self._cache.put(key_id, material, generation=generation)
        return material

    def _read_or_make(self, owner: KeyOwner) -> Secret:
        with contextlib.suppress(Unknown), self._lock:
            return self._find(owner, None)[1].secret
        with self._writing() as epoch, self._lock:
            if owner.path not in epoch.versions:
                _add(epoch, owner, Secret(random_bytes(SECRET_BYTES // 2)))
            return self._find(owner, None)[1].secret

    def _find(self, owner: KeyOwner, key_id: bytes | None) -> tuple[Version, Entry]:
        """The version and its entry; starts again when another process switched epochs under this read."""
        while True:
            epoch = self._refreshed()
            if _is_destroyed(epoch, owner):
                raise Destroyed(owner)
            version = _choose(epoch.versions.get(owner.path, []), key_id)
            if version is None:
                raise Unknown(owner)
            try:
                return version, epoch.read(owner.path, version)
            except Damaged:
                if current.number_in(self._directory) == epoch.number:
                    raise

    def _refreshed(self) -> Epoch:
        """The epoch that counts, with all that was appended; the caller holds the lock."""
        while (number := current.number_in(self._directory)) != self._epoch.number:
            try:
                opened = Epoch(self._directory, number, self._root)
            except FileNotFoundError:
                if current.number_in(self._directory) == number:
                    raise Damaged(f"epoch {number} has no files") from None
                continue
            self._epoch.close()
            self._epoch = opened
            self._cache.forget_all()
        self._epoch.read_tail()
        return self._epoch

    @contextlib.contextmanager
    def _writing(self) -> Generator[Epoch]:
        """Alone on this host: the current epoch, with what killed writers left behind removed; Full."""
        try:
            with self._write_lock, disk.exclusive(self._directory / "lock"):
                with self._lock:
                    epoch = self._refreshed()
                current.sweep(self._directory, epoch.number)
                yield epoch
        except OSError as failure:
            if disk.is_full(failure):
                raise Full from None
            raise

    def _rewrite_without(self, doomed: set[str], epoch: Epoch) -> None:
        """The survivors under a new epoch. NOTE: the rename in `switch` is the moment of destruction."""
        moment = clock.now()
        entries = [entry for entry in epoch.entries() if not _is_doomed(entry, doomed)]
        entries += [tombstone(path, moment) for path in sorted(doomed)]
        Epoch.write(self._directory, epoch.number + 1, root=self._root, entries=entries).close()
        current.switch(self._directory, epoch.number + 1)
        with self._lock:
            switched = self._refreshed()
        current.sweep(self._directory, switched.number)


def _open(directory: Path, root: RootKey) -> Epoch:
    """The epoch that counts, read to its end; the first one of a new keystore. Removes what killed writers left."""
    disk.make_private_directory(directory)
    with disk.exclusive(directory / "lock"):
        if not current.path_in(directory).exists():
            current.make_first(directory, root)
        number = current.number_in(directory)
        current.sweep(directory, number)
        epoch = Epoch(directory, number, root)
    epoch.read_tail()
    return epoch


def _add(epoch: Epoch, owner: KeyOwner, secret: Secret) -> None:
    """Appends the next version of the owner's key."""
    if _is_destroyed(epoch, owner):
        raise Destroyed(owner)
    number = len(epoch.versions.get(owner.path, [])) + 1
    epoch.append(Entry(EntryKind.KEY, owner.path, clock.now(), number, ids.new().bytes, secret))


def _choose(versions: Sequence[Version], key_id: bytes | None) -> Version | None:
    if key_id is None:
        return versions[-1] if versions else None
    return next((version for version in versions if version.key_id == key_id), None)


def _is_owned(path: str) -> bool:
    return not path.startswith(_SERVER)


def _is_destroyed(epoch: Epoch, owner: KeyOwner) -> bool:
    return owner.path in epoch.tombstones or owner.scope.path in epoch.tombstones


def _is_doomed(entry: Entry, doomed: set[str]) -> bool:
    if entry.kind is EntryKind.TOMBSTONE:
        return False
    return entry.path in doomed or KeyOwner(entry.path).scope.path in doomed
