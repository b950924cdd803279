"""Keeps CRY-01, CRY-02, CRY-03. The keystore of several hosts: OpenBao, or HashiCorp Vault.

Each organization, partner and the platform has a transit key that cannot leave the server. The keys of an owner, and
those of an organization's users, are wrapped by it and stand in the KV engine. Destroying an organization destroys its
transit key, which ends its users' keys too; destroying a user overwrites its entry by a tombstone and keeps no older
version. The server's own backups hold what was destroyed for as long as they live. Proved in
tests/controls/test_keystore_openbao.py, tests/controls/test_keystore_openbao_failures.py.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, ids, log
from ringfence.base.crypto import InvalidSeal, Secret, random_bytes, sha256
from ringfence.base.problem import Problem
from ringfence.controls.keystore.cache import KeyCache
from ringfence.controls.keystore.carried import SERVER, MoveState
from ringfence.controls.keystore.entry import ROOT
from ringfence.controls.keystore.keys import (
    SECRET_BYTES,
    Damaged,
    Destroyed,
    KeyMaterial,
    KeystoreRefusal,
    KeystoreStatus,
    KeystoreUnavailable,
    ServerKey,
    Unknown,
)
from ringfence.controls.keystore.openbao.client import Bao
from ringfence.controls.keystore.openbao.entries import Entries, Kept, Listed, Wrapped
from ringfence.controls.keystore.openbao.naming import key_of, refuse_prefix
from ringfence.controls.keystore.openbao.transit import NoKey, Transit
from ringfence.controls.keystore.openbao.whereabouts import Whereabouts
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.roots.remote import HURRY_SECONDS, is_on_a_loop

_KEEP_AGAIN_SECONDS: Final = 5.0
_TRIES: Final = 16
_THREADS: Final = 8
_USERS: Final = "/user"


@final
class OpenBaoKeystore:
    """Keeps the Keystore protocol on a server that several hosts share."""

    def __init__(self, bao: Bao, *, transit: str = "transit", kv: str = "secret", prefix: str = "ringfence") -> None:
        """Opens it after one look at everything that it needs; KeystoreRefusal says what is wrong and the mend."""
        refuse_prefix(prefix)
        self._bao, self._prefix = bao, prefix
        self._transit, self._entries = Transit(bao, transit), Entries(bao, kv, prefix)
        self._whereabouts = Whereabouts(self._entries, f"openbao:{bao.address}")
        self._cache = KeyCache()
        self._server_keys: dict[ServerKey, Secret] = {}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="keystore")
        self._coming: dict[str, asyncio.Task[None]] = {}
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            try:
                self._check()
            except (KeystoreUnavailable, Damaged) as failure:
                raise KeystoreRefusal(f"the keystore does not open: {failure.cause}") from None
            undo.pop_all()

    def create(self, owner: KeyOwner) -> KeyMaterial:
        """The owner's key, made now unless it exists; Destroyed."""
        with contextlib.suppress(Unknown):
            return self._fetched(owner, None)
        secret = Secret(random_bytes(SECRET_BYTES))
        self._change(owner, lambda kept: None if kept.versions else self._with_next(owner, kept, secret))
        return self._fetched(owner, None)

    def wrap(self, owner: KeyOwner, secret: Secret) -> KeyMaterial:
        """Takes a key of 64 bytes in as the owner's newest version; Destroyed."""
        KeyMaterial(owner, key_id=ids.new().bytes, number=0, secret=secret)  # refuses another size
        self._change(owner, lambda kept: self._with_next(owner, kept, secret))
        self._cache.forget(owner)
        return self._fetched(owner, None)

    def unwrap(self, owner: KeyOwner, key_id: bytes | None = None) -> KeyMaterial:
        """The owner's newest key, or the version named; Unknown, Destroyed, Damaged, KeystoreUnavailable."""
        found = self._cache.find(owner, key_id, moment=clock.monotonic())
        if found is not None:
            return found
        if not is_on_a_loop():
            return self._fetched(owner, key_id)
        if self._bao.is_resting:
            raise KeystoreUnavailable(f"{self._bao.address} gave no answer a moment ago")
        try:
            return self._pool.submit(self._fetched, owner, key_id).result(HURRY_SECONDS)
        except TimeoutError:
            self._bao.rest()
            raise KeystoreUnavailable(f"{self._bao.address}: no answer within {HURRY_SECONDS:.0f} s") from None

    def rotate(self, owner: KeyOwner) -> KeyMaterial:
        """A new version for new writes; Unknown, Destroyed."""
        fresh = random_bytes(SECRET_BYTES // 2)
        return self.wrap(owner, Secret(fresh + self._fetched(owner, None).index_half))

    def retire(self, versions: Mapping[KeyOwner, Collection[bytes]]) -> None:
        """Drops versions that seal nothing any more, owner by owner; ValueError for an owner's newest."""
        newest = {owner: self._entries.read(owner.path).versions[-1:] for owner in versions}
        if any(kept and kept[0].key_id in versions[owner] for owner, kept in newest.items()):
            raise ValueError("an owner's newest key is in use")
        for owner, doomed in versions.items():
            with contextlib.suppress(Destroyed):
                self._change(owner, lambda kept, doomed=doomed: _without(kept, doomed))
            self._cache.forget(owner)

    def destroy(self, *owners: KeyOwner) -> None:
        """Makes the owners' keys, and those of an organization's users, unrecoverable; done again it goes on."""
        for owner in owners:
            self._bury(owner)
            self._cache.forget(owner)

    def tombstones(self) -> Sequence[tuple[str, datetime]]:
        """The path of each owner that was destroyed, and when."""
        return [(path, found.destroyed) for path, found in self._survey().items() if found.destroyed is not None]

    def inventory(self) -> Mapping[str, Sequence[bytes]]:
        """The path of each owner that has a key, and the ids of its versions."""
        return {path: found.key_ids for path, found in self._survey().items() if found.key_ids}

    def status(self) -> KeystoreStatus:
        """Counts and times; no key."""
        found, mark = self._survey().values(), self._whereabouts.mark()
        return KeystoreStatus(
            driver="openbao",
            epoch=0,
            owners=sum(1 for each in found if each.key_ids),
            versions=sum(len(each.key_ids) for each in found),
            destroyed=sum(1 for each in found if each.destroyed is not None),
            oldest=min((each.oldest for each in found if each.oldest is not None), default=None),
            root_fingerprint=sha256(f"{self._transit.mount}/{self._prefix}".encode())[:8].hex(),
            root_source=f"openbao:{self._bao.address}",
            moving_to=mark.other if mark is not None and mark.state is MoveState.LEAVING else None,
        )

    def server_key(self, name: ServerKey) -> Secret:
        """32 random bytes, made on first use and the same in every process."""
        if name not in self._server_keys:
            self._server_keys[name] = self._read_or_make(KeyOwner(SERVER + name.value))
        return self._server_keys[name]

    def server_keys(self, name: ServerKey) -> Sequence[tuple[Secret, datetime]]:
        """Every version of it and when it was made, oldest first; the first is made now if there is none."""
        owner = KeyOwner(SERVER + name.value)
        self._read_or_make(owner)
        versions = self._entries.read(owner.path).versions
        return list(zip(self._opened(owner, versions), (each.at for each in versions), strict=True))

    def rotate_server_key(self, name: ServerKey) -> None:
        """A new version behind those that there are."""
        owner = KeyOwner(SERVER + name.value)
        self._read_or_make(owner)
        secret = Secret(random_bytes(SECRET_BYTES // 2))
        self._change(owner, lambda kept: self._with_next(owner, kept, secret))

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
        """Drops the keys and lets go of the connections."""
        self._cache.forget_all()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._bao.close()

    async def warm(self, *owners: KeyOwner) -> None:
        """Brings the owners' keys here without holding up the event loop; each once, however many ask at a time."""
        moment = clock.monotonic()
        missing = [owner for owner in owners if self._cache.find(owner, None, moment=moment) is None]
        if missing and not self._bao.is_resting:
            await asyncio.gather(*(asyncio.shield(self._arrival(owner)) for owner in missing))

    async def keep(self) -> None:
        """Renews the token until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                pause = await loop.run_in_executor(self._pool, self._bao.renew)
            except KeystoreUnavailable as failure:
                log.error("keystore_unavailable", failure, reason=failure.cause)
                pause = _KEEP_AGAIN_SECONDS
            await asyncio.sleep(pause)

    def _arrival(self, owner: KeyOwner) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        task = self._coming.get(owner.path)
        if task is None or task.get_loop() is not loop:
            task = self._coming[owner.path] = loop.create_task(self._bring(owner))
        return task

    async def _bring(self, owner: KeyOwner) -> None:
        try:
            with contextlib.suppress(Problem):
                await asyncio.get_running_loop().run_in_executor(self._pool, self._fetched, owner, None)
        finally:
            self._coming.pop(owner.path, None)

    def _fetched(self, owner: KeyOwner, key_id: bytes | None) -> KeyMaterial:
        """The version asked for, from the server; all of the owner's are cached."""
        generation = self._cache.generation
        self._whereabouts.refuse_reading()
        kept = self._entries.read(owner.path)
        if kept.destroyed is not None:
            raise Destroyed(owner)
        if not kept.versions:
            raise self._absence(owner)
        found: KeyMaterial | None = None
        for version, secret in zip(kept.versions, self._opened(owner, kept.versions), strict=True):
            material = KeyMaterial(owner, key_id=version.key_id, number=version.number, secret=secret)
            self._cache.put(version.key_id, material, generation=generation)
            if version is kept.versions[-1]:
                self._cache.put(None, material, generation=generation)
            if version.key_id == key_id or (key_id is None and version is kept.versions[-1]):
                found = material
        if found is None:
            raise Unknown(owner)
        return found

    def _opened(self, owner: KeyOwner, versions: Sequence[Wrapped]) -> list[Secret]:
        sealed = [(each.ciphertext, each.context(self._prefix, owner.path)) for each in versions]
        try:
            return [Secret(raw) for raw in self._transit.decrypt(self._key_of(owner), sealed)]
        except InvalidSeal:
            raise Damaged(f"OpenBao's keys of {owner.path} are not what was written") from None
        except NoKey:
            absence = self._absence(owner)
            if isinstance(absence, Destroyed):
                raise absence from None
            raise Damaged(f"OpenBao has lost the transit key {self._key_of(owner)}") from None

    def _absence(self, owner: KeyOwner) -> Destroyed | Unknown:
        is_gone = owner.scope != owner and self._entries.is_tombstone(owner.scope.path)
        return Destroyed(owner) if is_gone or self._entries.is_tombstone(owner.path) else Unknown(owner)

    def _change(self, owner: KeyOwner, step: Callable[[Kept], Kept | None]) -> None:
        """Stores what `step` makes of what is stored, again where another process was first; Destroyed."""
        for _ in range(_TRIES):
            kept = self._entries.read(owner.path)
            if kept.destroyed is not None:
                raise Destroyed(owner)
            changed = step(kept)
            if changed is None:
                return
            self._whereabouts.refuse_writing()
            if self._entries.write(owner.path, changed):
                self._whereabouts.refuse_writing()
                self._undo_beside_a_tombstone(owner)
                return
        raise KeystoreUnavailable(f"too many processes change the key of {owner.path} at once")

    def _with_next(self, owner: KeyOwner, kept: Kept, secret: Secret) -> Kept:
        number = kept.versions[-1].number + 1 if kept.versions else 1
        added = Wrapped(number, ids.new().bytes, clock.now(), "")
        context = added.context(self._prefix, owner.path)
        name = self._key_of(owner)
        if not kept.versions and not owner.path.startswith(SERVER) and owner.scope == owner:
            self._transit.make(name)
        try:
            ciphertext = self._transit.encrypt(name, secret.reveal(), context)
        except NoKey:
            if isinstance(absence := self._absence(owner), Destroyed):
                raise absence from None
            if self._entries.read(owner.scope.path).versions:
                raise Damaged(f"OpenBao has lost the transit key {name}") from None
            self._transit.make(name)
            ciphertext = self._transit.encrypt(name, secret.reveal(), context)
        return replace(kept, versions=(*kept.versions, replace(added, ciphertext=ciphertext)))

    def _undo_beside_a_tombstone(self, owner: KeyOwner) -> None:
        """NOTE: an organization that was destroyed while its user's key was made must not leave that behind."""
        if owner.scope != owner and self._entries.is_tombstone(owner.scope.path):
            self._entries.remove(owner.path)
            self._transit.destroy(self._key_of(owner))
            raise Destroyed(owner)

    def _bury(self, owner: KeyOwner) -> None:
        """The tombstone first: from then on nobody makes the key again, and a crash is made good by doing it again."""
        self._whereabouts.refuse_writing()
        for _ in range(_TRIES):
            kept = self._entries.read(owner.path)
            is_done = kept.destroyed is not None or self._is_below_a_tombstone(owner)
            if is_done or self._entries.write(owner.path, Kept(kept.stored, destroyed=clock.now())):
                break
        else:
            raise KeystoreUnavailable(f"too many processes change the key of {owner.path} at once")
        if owner.scope == owner:
            self._transit.destroy(self._key_of(owner))
            for path in self._entries.below(owner.path + _USERS):
                if not self._entries.is_tombstone(path):
                    self._entries.remove(path)
        self._whereabouts.refuse_writing()

    def _is_below_a_tombstone(self, owner: KeyOwner) -> bool:
        return owner.scope != owner and self._entries.is_tombstone(owner.scope.path)

    def _read_or_make(self, owner: KeyOwner) -> Secret:
        secret = Secret(random_bytes(SECRET_BYTES // 2))
        self._change(owner, lambda kept: None if kept.versions else self._with_next(owner, kept, secret))
        versions = self._entries.read(owner.path).versions
        return self._opened(owner, versions)[-1]

    def _survey(self) -> Mapping[str, Listed]:
        return {path: found for path, found in self._entries.survey().items() if not path.startswith((SERVER, ROOT))}

    def _key_of(self, owner: KeyOwner) -> str:
        """The name of the transit key: one for each scope, and one for the server's own keys."""
        return key_of(self._prefix, owner)

    def _check(self) -> None:
        """That we may, that the engines are there, and that what is encrypted is bound to its place."""
        self._bao.renew()
        self._entries.check_engine()
        self._whereabouts.refuse_opening()
        name = f"{self._prefix}.server"
        self._transit.make(name)
        sealed = self._transit.encrypt(name, b"check", b"here")
        try:
            self._transit.decrypt(name, [(sealed, b"elsewhere")])
        except InvalidSeal:
            return
        raise KeystoreRefusal(f"{self._bao.address} does not bind what it encrypts: use OpenBao 2")


def _without(kept: Kept, doomed: Collection[bytes]) -> Kept | None:
    left = tuple(each for each in kept.versions if each.key_id not in doomed)
    return replace(kept, versions=left) if left != kept.versions else None
