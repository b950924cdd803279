r"""Keeps CRY-03. One epoch of the file keystore: a key of its own, wrapped by the root, and a log sealed under it.

`NNNNNNNN.key` is `RFKE1\n | root fingerprint(8) | sealed epoch key`; `NNNNNNNN.log` is `RFKL1\n` and equal frames.
While a root key is being replaced, `NNNNNNNN.prev` is the same key under the one before, for processes that run on it.
Destroying a key means leaving it out of the next epoch and losing this one's key.

Proved in tests/controls/test_keystore.py.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self, final

from ringfence.base.crypto import AesGcm, InvalidSeal, Secret, length_prefixed, random_bytes
from ringfence.controls.keystore import disk, entry
from ringfence.controls.keystore.entry import FRAME_BYTES, ROOT, Entry, EntryKind
from ringfence.controls.keystore.keys import Damaged, KeystoreRefusal
from ringfence.controls.keystore.root import RootKey, Roots

_KEY_MAGIC = b"RFKE1\n"
_LOG_MAGIC = b"RFKL1\n"
EMPTY_LOG_BYTES = len(_LOG_MAGIC)
_SEALED_AT = len(_KEY_MAGIC) + 8
_UNWRITTEN = bytes(16)


class Version(NamedTuple):
    """Where a version of an owner's key stands in the log. The key itself is not kept."""

    number: int
    key_id: bytes
    position: int
    at: datetime


@final
class Epoch:
    """The index of one epoch's log, kept up with what other processes append."""

    def __init__(self, directory: Path, number: int, roots: Roots) -> None:
        self.number = number
        self.versions: dict[str, list[Version]] = {}
        self.tombstones: dict[str, datetime] = {}
        self._count = 0
        sealed = _Sealed.read(key_path(directory, number))
        before = _Sealed.find(previous_path(directory, number))
        self.sealed_under = sealed.fingerprint
        self.before = before.fingerprint if before is not None else None
        self._unwrap = partial(_unwrap, sealed, before, number, roots)
        self.root, key = self._unwrap()
        self._cipher = AesGcm(key)
        self._log = log_path(directory, number)
        disk.refuse_open(self._log)
        self._handle = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        if os.pread(self._handle, EMPTY_LOG_BYTES, 0) != _LOG_MAGIC:
            self.close()
            raise Damaged(f"{self._log.name} does not begin as a log")

    @classmethod
    def write(
        cls, directory: Path, number: int, *, root: RootKey, entries: Iterable[Entry], before: RootKey | None = None
    ) -> Self:
        """A new epoch with a new key and these entries, on the disk, that nobody reads before CURRENT names it.

        `before` is the root key that is being replaced: processes that have it alone can follow into this epoch.
        """
        key = Secret(random_bytes(32))
        cipher = AesGcm(key)
        frames = [entry.seal(each, cipher, epoch=number, position=at) for at, each in enumerate(entries)]
        disk.write_new(key_path(directory, number), _sealed(key, number, root))
        if before is not None:
            disk.write_new(previous_path(directory, number), _sealed(key, number, before))
        disk.write_new(log_path(directory, number), _LOG_MAGIC + b"".join(frames))
        disk.sync_directory(directory)
        return cls(directory, number, Roots(root))

    @property
    def is_handed_over(self) -> bool:
        """Whether it was opened by a root key that was replaced, so that this process cannot write the next one."""
        return self.root.fingerprint != self.sealed_under

    @property
    def retired(self) -> set[str]:
        """The fingerprints of the root keys that this keystore was rotated away from."""
        return {path.removeprefix(ROOT) for path in self.tombstones if path.startswith(ROOT)}

    def prove(self) -> None:
        """Has the root key open the epoch's key once more; KeystoreUnavailable, KeystoreRefusal."""
        self._unwrap()

    def close(self) -> None:
        """Lets go of the log; whoever reads after this fails, also when its number was given to another file."""
        os.close(self._handle)
        self._handle = -1

    def read_tail(self) -> None:
        """Takes in what was appended since; an unfinished last frame is left for the next writer to cut off."""
        for found in self._frames(self._count):
            if found.kind is EntryKind.TOMBSTONE:
                self.tombstones[found.path] = found.at
            else:
                version = Version(found.number, found.key_id, self._count, found.at)
                self.versions.setdefault(found.path, []).append(version)
            self._count += 1

    def entries(self) -> Iterator[Entry]:
        """Every entry, keys included, for a rewrite."""
        return self._frames(0)

    def read(self, path: str, version: Version) -> Entry:
        """The entry of a version; Damaged when the log no longer holds it."""
        frame = os.pread(self._handle, FRAME_BYTES, _offset(version.position))
        try:
            found = self._open(frame, version.position)
        except InvalidSeal:
            raise Damaged(f"{self._log.name}, entry {version.position}, of {path}") from None
        return found

    def append(self, *added: Entry) -> None:
        """Writes entries behind the last whole one, on the disk when this returns. The caller holds the lock."""
        frames = [
            entry.seal(each, self._cipher, epoch=self.number, position=self._count + at)
            for at, each in enumerate(added)
        ]
        disk.append(self._log, b"".join(frames), at=_offset(self._count))
        self.read_tail()

    def _frames(self, position: int) -> Iterator[Entry]:
        start = _offset(position)
        size = os.fstat(self._handle).st_size
        data = os.pread(self._handle, max(size - start, 0), start)
        for at in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
            frame = data[at : at + FRAME_BYTES]
            try:
                yield self._open(frame, position)
            except InvalidSeal:
                if _is_torn(frame, rest=data[at + FRAME_BYTES :]):
                    return
                raise Damaged(f"{self._log.name}, entry {position}") from None
            position += 1

    def _open(self, frame: bytes, position: int) -> Entry:
        return entry.open_frame(frame, self._cipher, epoch=self.number, position=position)


def choose(versions: Sequence[Version], key_id: bytes | None) -> Version | None:
    """The version named, or the newest; None where there is no such one."""
    if key_id is None:
        return versions[-1] if versions else None
    return next((version for version in versions if version.key_id == key_id), None)


def _is_torn(frame: bytes, *, rest: bytes) -> bool:
    """Whether a frame that does not open was never finished: the last one, its tag where the disk was not written.

    NOTE: any other broken frame was once acknowledged; cutting it off would lose a key without a word.
    """
    return not rest and frame.endswith(_UNWRITTEN)


def key_path(directory: Path, number: int) -> Path:
    """Where the epoch's wrapped key lies."""
    return directory / f"{number:08}.key"


def sealed_under(directory: Path, number: int) -> str:
    """The fingerprint of the root key that an epoch is sealed under, without opening it."""
    return _Sealed.read(key_path(directory, number)).fingerprint


def previous_path(directory: Path, number: int) -> Path:
    """Where the epoch's key lies, wrapped by the root key that is being replaced."""
    return directory / f"{number:08}.prev"


def log_path(directory: Path, number: int) -> Path:
    """Where the epoch's log lies."""
    return directory / f"{number:08}.log"


def _offset(position: int) -> int:
    return EMPTY_LOG_BYTES + position * FRAME_BYTES


class _Sealed(NamedTuple):
    """An epoch's key as it lies on the disk."""

    path: Path
    fingerprint: str
    wrapped: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        disk.refuse_open(path)
        data = path.read_bytes()
        if not data.startswith(_KEY_MAGIC):
            raise KeystoreRefusal(f"{path} is not an epoch key: put the keystore back from its backup")
        return cls(path, data[len(_KEY_MAGIC) : _SEALED_AT].hex(), data[_SEALED_AT:])

    @classmethod
    def find(cls, path: Path) -> Self | None:
        try:
            return cls.read(path)
        except FileNotFoundError:
            return None


def _sealed(key: Secret, number: int, root: RootKey) -> bytes:
    return _KEY_MAGIC + bytes.fromhex(root.fingerprint) + root.wrap(key.reveal(), _key_context(number))


def _unwrap(sealed: _Sealed, before: _Sealed | None, number: int, roots: Roots) -> tuple[RootKey, Secret]:
    """The key, and the root key that opened it: the current one, else the one before."""
    if (
        before is not None
        and before.fingerprint == roots.current.fingerprint
        and roots.find(sealed.fingerprint) is None
    ):
        sealed = before
    root = roots.of(sealed.fingerprint)
    try:
        return root, Secret(root.unwrap(sealed.wrapped, _key_context(number)))
    except InvalidSeal:
        raise KeystoreRefusal(f"{sealed.path} was changed or cut: put the keystore back from its backup") from None


def _key_context(number: int) -> bytes:
    return length_prefixed(b"ringfence keystore epoch 1", number.to_bytes(8, "big"))
