"""Keeps CRY-01, CRY-02, CRY-03. The keystore of one host: a directory beside the database, never inside it.

`CURRENT` names the epoch that counts. Adding a key appends to its log; destroying one writes the survivors under a new
epoch with a new key, switches CURRENT by a rename, and erases the old epoch's key and log. Processes share the
directory: one writes at a time, the others see growth and switches when they look. Proved in tests/controls.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, final
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret, random_bytes
from ringfence.controls.keystore import current, disk, held, owned, rewriting
from ringfence.controls.keystore.cache import KeyCache
from ringfence.controls.keystore.carried import SERVER
from ringfence.controls.keystore.entry import Entry, tombstone
from ringfence.controls.keystore.epoch import Epoch, Version, choose
from ringfence.controls.keystore.keys import (
    SECRET_BYTES,
    Damaged,
    Destroyed,
    Full,
    KeyMaterial,
    KeystoreRefusal,
    KeystoreStatus,
    KeystoreUnavailable,
    Moved,
    RootReplaced,
    ServerKey,
    Unknown,
)
from ringfence.controls.keystore.lease import Lease
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.root import RootKey, Roots, UnknownRoot
from ringfence.controls.keystore.roots.local import LocalRoot

_LOOK_EVERY_SECONDS = 1.0


@final
class FileKeystore:
    """Keeps the Keystore protocol on the local disk."""

    def __init__(self, directory: Path, roots: Roots, *, reread: Callable[[], Roots] | None = None) -> None:
        """Opens the keystore, made now if there is none; KeystoreRefusal says what is wrong and the mend.

        `reread` looks for the root keys once more: asked when another process replaced the one that this one has.
        """
        self._directory = directory
        self._roots = roots
        self._reread = reread
        self._hold = held.Hold(directory)
        self._cache = KeyCache()
        self._lease = Lease()
        self._server_keys: dict[ServerKey, Secret] = {}
        # NOTE: always the write lock first. A rewrite holds it for long, and readers must not wait for that.
        self._write_lock = threading.Lock()
        self._lock = threading.RLock()
        self._look_at = 0.0
        self._seen: tuple[int, int] | None = None
        try:
            self._epoch = self._open_current()
            self._hold.take(self._roots.current.fingerprint)
        except OSError as failure:
            raise KeystoreRefusal(f"the keystore does not open: {failure.filename}: {failure.strerror}") from None
        except KeystoreUnavailable as failure:
            raise KeystoreRefusal(f"the keystore does not open: {failure.cause}") from None
        except Moved as failure:
            raise KeystoreRefusal(str(failure.cause)) from None
        except Damaged as failure:
            raise KeystoreRefusal(f"{failure.cause}: put the keystore back from its backup") from None

    @classmethod
    def beside(cls, data: Path, *, encryption_key: str | None, previous: str | None = None) -> Self:
        """The keystore under a data directory, with the root key given or the one in `root.key` there.

        A root key is made for a new keystore alone: beside an old one its absence is refused, not papered over.
        """
        directory = data / "keystore"
        if encryption_key is not None:
            root = LocalRoot.parse(encryption_key, source="ENCRYPTION_KEY")
        elif current.path_in(directory).exists():
            root = LocalRoot.from_file(data / "root.key")
        else:
            root = LocalRoot.from_new_file(data / "root.key")
        before = LocalRoot.parse(previous, source="ENCRYPTION_KEY_PREV") if previous is not None else None
        return cls(directory, Roots(root, before))

    def create(self, owner: KeyOwner) -> KeyMaterial:
        """The owner's key, made now unless it exists; Destroyed. Waits for the disk."""
        with contextlib.suppress(Unknown):
            return self.unwrap(owner)
        with self._writing() as epoch, self._lock:
            if owner.path not in epoch.versions:
                owned.add(epoch, owner, Secret(random_bytes(SECRET_BYTES)))
        return self.unwrap(owner)

    def wrap(self, owner: KeyOwner, secret: Secret) -> KeyMaterial:
        """Takes a key of 64 bytes in as the owner's newest version; Destroyed. Waits for the disk."""
        KeyMaterial(owner, key_id=ids.new().bytes, number=0, secret=secret)  # refuses another size
        with self._writing() as epoch, self._lock:
            owned.add(epoch, owner, secret)
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
            doomed = {owner.path for owner in owners if not owned.is_destroyed(epoch, owner)}
            if doomed:
                self._rewrite_without(doomed, epoch)
        for owner in owners:
            self._cache.forget(owner)

    def retire(self, versions: Mapping[KeyOwner, Collection[bytes]]) -> None:
        """Drops versions that seal nothing any more, all in one rewrite; ValueError for an owner's newest."""
        with self._writing() as epoch:
            for owner, key_ids in versions.items():
                newest = choose(epoch.versions.get(owner.path, []), None)
                if newest is not None and newest.key_id in key_ids:
                    raise ValueError("an owner's newest key is in use")
            doomed = {(owner.path, key_id) for owner, key_ids in versions.items() for key_id in key_ids}
            known = {(path, each.key_id) for path, found in epoch.versions.items() for each in found}
            if doomed & known:
                entries = [entry for entry in epoch.entries() if (entry.path, entry.key_id) not in doomed]
                self._rewrite(epoch, entries)
        for owner in versions:
            self._cache.forget(owner)

    def rotate_root(self, new: RootKey) -> None:
        """Seals everything under another root key, in a new epoch; KeystoreRefusal for one that was replaced.

        Processes that run on the one before go on: `finish_root` ends its power once none does.
        """
        with self._writing() as epoch:
            if epoch.is_handed_over:
                raise RootReplaced(f"{epoch.root.source} was replaced by root key {epoch.sealed_under}")
            if new.fingerprint in epoch.retired:
                raise KeystoreRefusal(
                    f"{new.source} is root key {new.fingerprint}, which was replaced before: make a new one"
                )
            if new.fingerprint == epoch.sealed_under:
                return
            roots = Roots(new, epoch.root)
            self._hold.take(new.fingerprint)  # before it looks for others that need the old one
            self._roots = roots
            rewriting.replace_root(self._directory, epoch, roots)
            self._follow()

    def finish_root(self, *, waits: bool = True) -> bool:
        """Takes its power from a root key that was replaced; whether that is done, or was.

        While processes run that have it alone, nothing is done and False given, unless nobody is to be waited for:
        those read no key any more until they find the new one. Nothing is done either while the keystore is moved.
        """
        if current.moving_to(self._directory) is not None:
            return False
        with self._writing() as epoch:
            if epoch.before is None:
                return True
            if epoch.is_handed_over or (waits and not rewriting.may_finish_root(self._directory, epoch)):
                return False
            rewriting.finish_root(self._directory, epoch)
            self._follow()
            return True

    def tombstones(self) -> Sequence[tuple[str, datetime]]:
        """The path of each owner that was destroyed, and when."""
        with self._lock:
            return [(path, at) for path, at in self._refreshed().tombstones.items() if owned.is_owned(path)]

    def inventory(self) -> Mapping[str, Sequence[bytes]]:
        """The path of each owner that has a key, and the ids of its versions."""
        with self._lock:
            versions = self._refreshed().versions
            return {path: [each.key_id for each in found] for path, found in versions.items() if owned.is_owned(path)}

    def status(self) -> KeystoreStatus:
        """Counts and times; no key."""
        with self._lock:
            epoch = self._refreshed()
            kept = {path: found for path, found in epoch.versions.items() if owned.is_owned(path)}
        return KeystoreStatus(
            driver="file",
            epoch=epoch.number,
            owners=len(kept),
            versions=sum(map(len, kept.values())),
            destroyed=sum(map(owned.is_owned, epoch.tombstones)),
            oldest=min((found[0].at for found in kept.values()), default=None),
            root_fingerprint=epoch.sealed_under,
            root_source=epoch.root.source,
            root_before=epoch.before,
            root_before_is_held=epoch.before is not None and held.is_held(self._directory, epoch.before),
            moving_to=current.moving_to(self._directory),
        )

    def files(self) -> list[Path]:
        """Its directory, what lies in it, and the file of the root key where that is one."""
        root = Path(self._roots.current.source)
        return [self._directory, *sorted(self._directory.iterdir()), *([root] if root.is_file() else [])]

    def server_key(self, name: ServerKey) -> Secret:
        """32 random bytes, made on first use and the same in every process."""
        if name not in self._server_keys:
            self._server_keys[name] = self._read_or_make(KeyOwner(SERVER + name.value))
        return self._server_keys[name]

    def server_keys(self, name: ServerKey) -> Sequence[tuple[Secret, datetime]]:
        """Every version of it and when it was made, oldest first; the first is made now if there is none."""
        owner = KeyOwner(SERVER + name.value)
        self._read_or_make(owner)
        with self._lock:
            found = self._refreshed().versions[owner.path]
            return [(self._find(owner, each.key_id)[1].secret, each.at) for each in found]

    def rotate_server_key(self, name: ServerKey) -> None:
        """A new version behind those that there are. Waits for the disk."""
        self.server_keys(name)
        with self._writing() as epoch, self._lock:
            owned.add(epoch, KeyOwner(SERVER + name.value), Secret(random_bytes(SECRET_BYTES // 2)))

    def forget(self, owner: KeyOwner) -> None:
        """Drops the owner's unwrapped keys from this process, and those of an organization's users."""
        self._cache.forget(owner)

    def forget_subject(self, subject_id: UUID) -> None:
        """Drops the unwrapped keys of one user, or of one organization with its users."""
        self._cache.forget_subject(subject_id)

    def forget_all(self) -> None:
        """Drops every owner's unwrapped keys from this process."""
        self._cache.forget_all()

    def close(self) -> None:
        """Drops the keys and lets go of the files."""
        self._cache.forget_all()
        self._epoch.close()
        self._hold.release()

    async def warm(self, *owners: KeyOwner) -> None:
        """Nothing: a miss reads a file of this host."""

    async def keep(self) -> None:
        """Asks a key service each minute whether the root key still opens what it sealed."""
        await self._lease.keep(lambda: self._epoch)

    def _look_for_a_switch(self, moment: float) -> None:
        """Drops the cache within a second after any process destroyed a key, even if nobody told this one.

        A CURRENT that cannot be read raises: without it nobody knows what was destroyed.
        """
        found = current.path_in(self._directory).stat()
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen or self._lease.is_over(self._epoch):
            self._cache.forget_all()
            self._seen = seen
        self._look_at = moment + _LOOK_EVERY_SECONDS

    def _read(self, owner: KeyOwner, key_id: bytes | None) -> KeyMaterial:
        self._lease.check(self._epoch)
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
                owned.add(epoch, owner, Secret(random_bytes(SECRET_BYTES // 2)))
            return self._find(owner, None)[1].secret

    def _find(self, owner: KeyOwner, key_id: bytes | None) -> tuple[Version, Entry]:
        """The version and its entry; starts again when another process switched epochs under this read."""
        while True:
            epoch = self._refreshed()
            if owned.is_destroyed(epoch, owner):
                raise Destroyed(owner)
            version = choose(epoch.versions.get(owner.path, []), key_id)
            if version is None:
                raise Unknown(owner)
            try:
                return version, epoch.read(owner.path, version)
            except Damaged:
                if current.number_in(self._directory) == epoch.number:
                    raise

    def _refreshed(self) -> Epoch:
        """The epoch that counts, with all that was appended; the caller holds the lock.

        Starts again when another process switched epochs under this read: what that one erases is noise, then gone.
        """
        while True:
            number = current.number_in(self._directory)
            try:
                return self._caught_up(number)
            except FileNotFoundError:
                if current.number_in(self._directory) == number:
                    raise Damaged(f"epoch {number} has no files") from None
            except (Damaged, KeystoreRefusal):
                if current.number_in(self._directory) == number:
                    raise

    def _caught_up(self, number: int) -> Epoch:
        if number != self._epoch.number:
            before, self._epoch = self._epoch, self._opened(number)
            before.close()
            self._lease.begin()
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
                current.refuse_moving(self._directory)
                self._lease.prove(epoch)
                current.sweep(self._directory, epoch.number)
                yield epoch
        except OSError as failure:
            if disk.is_full(failure):
                raise Full from None
            raise

    def _open_current(self) -> Epoch:
        """The epoch that counts; looks for the root keys once more where they were replaced since they were given."""
        while True:
            try:
                return rewriting.open_current(self._directory, self._roots)
            except UnknownRoot:
                if not self._renew_roots():
                    raise

    def _opened(self, number: int) -> Epoch:
        """An epoch that another process made; RootReplaced when it replaced the root key and ours cannot be renewed."""
        try:
            opened = Epoch(self._directory, number, self._roots)
        except UnknownRoot as refusal:
            if not self._renew_roots():
                raise RootReplaced(f"{refusal}, or restart this process with the new one") from None
            try:
                return Epoch(self._directory, number, self._roots)
            except UnknownRoot as still:
                raise RootReplaced(str(still)) from None
        if opened.is_handed_over and self._renew_roots():
            opened.close()
            return Epoch(self._directory, number, self._roots)
        return opened

    def _renew_roots(self) -> bool:
        """Looks for the root keys once more; whether the current one is another now."""
        try:
            roots = self._reread() if self._reread is not None else self._roots
        except KeystoreRefusal:
            return False
        if roots.current.fingerprint == self._roots.current.fingerprint:
            return False
        self._roots = roots
        self._hold.take(roots.current.fingerprint)
        return True

    def _rewrite_without(self, doomed: set[str], epoch: Epoch) -> None:
        """The survivors under a new epoch. NOTE: the rename in `switch` is the moment of destruction."""
        moment = clock.now()
        entries = [entry for entry in epoch.entries() if not owned.is_doomed(entry, doomed)]
        self._rewrite(epoch, entries + [tombstone(path, moment) for path in sorted(doomed)])

    def _rewrite(self, epoch: Epoch, entries: list[Entry]) -> None:
        rewriting.rewrite(self._directory, epoch, self._roots, entries)
        self._follow()

    def _follow(self) -> None:
        """Reads the epoch that this process just made, and erases the one before; the caller is alone on this host."""
        with self._lock:
            switched = self._refreshed()
        current.sweep(self._directory, switched.number)
