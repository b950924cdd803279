r"""Keeps CRY-03. One epoch of the file keystore: a key of its own, wrapped by the root, and a log sealed under it.

`NNNNNNNN.key` is `RFKE1\n | root fingerprint(8) | sealed epoch key`; `NNNNNNNN.log` is `RFKL1\n` and equal frames.
Destroying a key means leaving it out of the next epoch and losing this one's key.

Proved in tests/controls/test_keystore.py.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self, final

from ringfence.base.crypto import AesGcm, InvalidSeal, Secret, length_prefixed, random_bytes
from ringfence.controls.keystore import disk, entry
from ringfence.controls.keystore.entry import FRAME_BYTES, Entry, EntryKind
from ringfence.controls.keystore.keys import Damaged, KeystoreRefusal
from ringfence.controls.keystore.root import RootKey

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

    def __init__(self, directory: Path, number: int, root: RootKey) -> None:
        self.number = number
        self.versions: dict[str, list[Version]] = {}
        self.tombstones: dict[str, datetime] = {}
        self._count = 0
        self._cipher = AesGcm(_unwrap_epoch_key(key_path(directory, number), number, root))
        self._log = log_path(directory, number)
        disk.refuse_open(self._log)
        self._handle = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        if os.pread(self._handle, EMPTY_LOG_BYTES, 0) != _LOG_MAGIC:
            self.close()
            raise Damaged(f"{self._log.name} does not begin as a log")

    @classmethod
    def write(cls, directory: Path, number: int, *, root: RootKey, entries: Iterable[Entry]) -> Self:
        """A new epoch with a new key and these entries, on the disk, that nobody reads before CURRENT names it."""
        key = Secret(random_bytes(32))
        cipher = AesGcm(key)
        sealed = root.cipher.seal(key.reveal(), _key_context(number))
        frames = [entry.seal(each, cipher, epoch=number, position=at) for at, each in enumerate(entries)]
        disk.write_new(key_path(directory, number), _KEY_MAGIC + bytes.fromhex(root.fingerprint) + sealed)
        disk.write_new(log_path(directory, number), _LOG_MAGIC + b"".join(frames))
        disk.sync_directory(directory)
        return cls(directory, number, root)

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

    def append(self, added: Entry) -> None:
        """Writes an entry behind the last whole one, on the disk when this returns. The caller holds the lock."""
        frame = entry.seal(added, self._cipher, epoch=self.number, position=self._count)
        disk.append(self._log, frame, at=_offset(self._count))
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


def _is_torn(frame: bytes, *, rest: bytes) -> bool:
    """Whether a frame that does not open was never finished: the last one, its tag where the disk was not written.

    NOTE: any other broken frame was once acknowledged; cutting it off would lose a key without a word.
    """
    return not rest and frame.endswith(_UNWRITTEN)


def key_path(directory: Path, number: int) -> Path:
    """Where the epoch's wrapped key lies."""
    return directory / f"{number:08}.key"


def log_path(directory: Path, number: int) -> Path:
    """Where the epoch's log lies."""
    return directory / f"{number:08}.log"


def _offset(position: int) -> int:
    return EMPTY_LOG_BYTES + position * FRAME_BYTES


def _unwrap_epoch_key(path: Path, number: int, root: RootKey) -> Secret:
    disk.refuse_open(path)
    data = path.read_bytes()
    fingerprint = data[len(_KEY_MAGIC) : _SEALED_AT].hex()
    if not data.startswith(_KEY_MAGIC):
        raise KeystoreRefusal(f"{path} is not an epoch key: put the keystore back from its backup")
    if fingerprint != root.fingerprint:
        raise KeystoreRefusal(
            f"the keystore is sealed under root key {fingerprint}, but {root.source} is root key {root.fingerprint}: "
            "give the root key that it was made with"
        )
    try:
        return Secret(root.cipher.open(data[_SEALED_AT:], _key_context(number)))
    except InvalidSeal:
        raise KeystoreRefusal(f"{path} was changed or cut: put the keystore back from its backup") from None


def _key_context(number: int) -> bytes:
    return length_prefixed(b"ringfence keystore epoch 1", number.to_bytes(8, "big"))
