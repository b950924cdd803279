"""AES-256-GCM: plain for wrapping keys, and with derived, committed keys for records."""

import hmac
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.base.crypto.digest import HmacSha256, equal
from ringfence.base.crypto.secret import Secret

_KEY_BYTES = 32
_TAG_BYTES = 16
_GCM_NONCE_BYTES = 12
_NONCE_BYTES = 24
_COMMITMENT_BYTES = 16
_RECORD_INFO = b"ringfence record 1"
_BATCH_INFO = b"ringfence record 2"
_STREAM_INFO = b"ringfence stream 1"
Opener = Callable[[Sequence[tuple[bytes, bytes]], list[bytes]], None]
"""Opens a page's records behind those that are open already, in their order, and appends what each held.

The page is of pairs: the record, and what of its context is its own. It stops at the first record of another batch, and
opens one at least; InvalidSeal, with which the first that is not open is the one that was refused.
"""


class InvalidSeal(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """The sealed bytes, the key or the context are not the ones that were sealed; it never says which."""


def _checked(key: Secret) -> bytes:
    """The key's bytes: AES-192 and AES-128 would be accepted by their length, so the length is checked here."""
    raw = key.reveal()
    if len(raw) != _KEY_BYTES:
        raise ValueError("an AES-256 key has 32 bytes")
    return raw


@final
class AesGcm:
    """AES-256-GCM (NIST SP 800-38D) under one key: `nonce(12) | ciphertext | tag(16)`.

    The nonce is random, so one key may seal 2**32 messages and no more; keys that seal content are RecordKeys.
    """

    __slots__ = ("_cipher",)
    OVERHEAD_BYTES = _GCM_NONCE_BYTES + _TAG_BYTES

    def __init__(self, key: Secret) -> None:
        self._cipher = AESGCM(_checked(key))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`, which must be given again to open it."""
        nonce = os.urandom(_GCM_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when anything differs from what was sealed."""
        if len(sealed) < self.OVERHEAD_BYTES:
            raise InvalidSeal
        return _decrypt(self._cipher, sealed[:_GCM_NONCE_BYTES], sealed[_GCM_NONCE_BYTES:], context)


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes, context: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, ciphertext, context)
    except InvalidTag:
        raise InvalidSeal from None


@final
class RecordKey:
    """Seals any number of records: `nonce(24) | commitment(16) | ciphertext | tag(16)`.

    From the key and a random 192-bit nonce, HKDF-Expand (RFC 5869; no extract step, section 3.3: the key is already
    uniform) derives each record's own AES key, GCM nonce and commitment, so no process counts messages and a record
    opens under one key only. The commitment is compared before anything is decrypted.
    """

    __slots__ = ("_expand", "batches")
    OVERHEAD_BYTES = _NONCE_BYTES + _COMMITMENT_BYTES + _TAG_BYTES

    def __init__(self, key: Secret) -> None:
        self._expand = HmacSha256(_checked(key)).digest
        self.batches = Batches(self._expand)
        """Seals and opens the other form of record, under the same key and in the same length."""

    def derive_stream(self, nonce: bytes) -> tuple[bytes, bytes]:
        """The AES key of the stream with this nonce, and 32 bytes for its prefix and commitment: for Stream alone."""
        return self._derive(nonce, _STREAM_INFO)

    def _derive(self, nonce: bytes, info: bytes = _RECORD_INFO) -> tuple[bytes, bytes]:
        """The record's AES key, and 32 bytes that begin with its GCM nonce and its commitment."""
        info += nonce
        key = self._expand(info + b"\x01")
        return key, self._expand(key + info + b"\x02")

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`, which must be given again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        key, rest = self._derive(nonce)
        return nonce + rest[12:28] + AESGCM(key).encrypt(rest[:12], plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when anything differs from what was sealed."""
        if len(sealed) < self.OVERHEAD_BYTES:
            raise InvalidSeal
        key, rest = self._derive(sealed[:24])
        if not equal(rest[12:28], sealed[24:40]):
            raise InvalidSeal
        return _decrypt(AESGCM(key), rest[:12], sealed[40:], context)


@dataclass(frozen=True, slots=True)
class Batch:
    """A cipher that many records share, and what their records begin with and are compared with."""

    key_nonce: bytes
    commitment: bytes
    cipher: AESGCM

    def opener(self, head: bytes, *, before: bytes, after: bytes) -> Opener:
        """What opens this batch's records that each stand behind `head`; a context is `before | own | after`.

        Whatever is the same for a page of a hundred is looked up here, once, and the records are opened in a loop
        without a call of ours: as methods it took a third longer, and with other work between two of them as long
        again, because what opens them is then no longer in the processor's caches.
        """
        decrypt, same, commitment = self.cipher.decrypt, hmac.compare_digest, self.commitment
        shared = head + self.key_nonce
        begins, at = slice(len(shared)), len(head)
        nonce = slice(at + _GCM_NONCE_BYTES, at + _NONCE_BYTES)
        committed = slice(at + _NONCE_BYTES, at + _NONCE_BYTES + _COMMITMENT_BYTES)
        ciphertext = slice(at + _NONCE_BYTES + _COMMITMENT_BYTES, None)

        def open_(page: Sequence[tuple[bytes, bytes]], opened: list[bytes]) -> None:
            append = opened.append
            try:
                for place in range(len(opened), len(page)):
                    record, own = page[place]
                    if record[begins] != shared:
                        return
                    # A record that is cut before its ciphertext has another commitment, or none.
                    if not same(commitment, record[committed]):
                        raise InvalidSeal
                    append(decrypt(record[nonce], record[ciphertext], before + own + after))
            except InvalidTag:
                raise InvalidSeal from None

        return open_


@final
class _Room:
    """How many batches the readers of this process keep beyond what each of them may: some 2.6 kB each."""

    MOST = 8192

    def __init__(self) -> None:
        self._kept = 0
        # Reentrant: a reader may be collected, and give its room back, while this thread is in here.
        self._lock = threading.RLock()

    def take(self) -> bool:
        """Room for one more, unless there is none."""
        with self._lock:
            if self._kept >= self.MOST:
                return False
            self._kept += 1
            return True

    def give_back(self, known: Sized) -> None:
        """What a reader took, which is no more and knew these."""
        with self._lock:
            self._kept -= len(known) - Batches.SURELY_KNOWN


_ROOM = _Room()


@final
class Batches:
    """Seals records, many under one derived key: `key nonce(12) | nonce(12) | commitment(16) | ciphertext | tag(16)`.

    From the key and a random 96-bit key nonce, HKDF-Expand derives the AES key of a batch and its commitment, which is
    compared, for each record, before anything is decrypted; under the batch key each record has a random 96-bit nonce.

    A writer ends its batch after 2**20 records, and with this object, which lives no longer than the unwrapped key
    does. So two nonces of a full batch meet with probability 2**-57 (2**40 pairs / 2 of 2**96), and those of 2**20 full
    batches, 10**12 records, with 2**-37; NIST SP 800-38D allows 2**-32 for a key, 2**32 records, of which a batch is
    the 4096th part. Processes draw their key nonces apart. Where two draw the same, or one forks and both go on with
    the same batch, they share a key and what is left of that margin, but no nonce: each nonce comes from the system
    when it is used, so nothing that a fork copies tells the next. Records of 4 KiB fill a batch with 2**28 blocks, far
    below the 2**64 at which a 128-bit block cipher is told from chance; records of 1 MiB with 2**36.

    Safe to use from several threads.
    """

    __slots__ = ("__weakref__", "_expand", "_known", "_last", "_left", "_limit", "_lock", "_writing")
    OVERHEAD_BYTES = RecordKey.OVERHEAD_BYTES
    KEY_NONCE_BYTES = _GCM_NONCE_BYTES
    LIMIT = 2**20
    SURELY_KNOWN = 16
    """Batches that any reader may keep."""
    MOST_KNOWN = 128
    """Batches that a reader keeps where the process has the room: a page of a conversation that went on for weeks."""

    def __init__(self, expand: Callable[[bytes], bytes], *, limit: int = LIMIT) -> None:
        self._expand = expand
        self._limit = limit
        self._left = 0
        self._writing: Batch | None = None
        self._known: OrderedDict[bytes, Batch] = OrderedDict()
        self._last: Batch | None = None
        self._lock = threading.Lock()

    def _derive(self, key_nonce: bytes) -> Batch:
        info = _BATCH_INFO + key_nonce
        key = self._expand(info + b"\x01")
        commitment = self._expand(key + info + b"\x02")[:_COMMITMENT_BYTES]
        return Batch(key_nonce, commitment, AESGCM(key))

    def _next(self) -> Batch:
        """The batch that the next record belongs to, which is counted."""
        with self._lock:
            if self._writing is None or self._left == 0:
                self._writing, self._left = self._derive(os.urandom(_GCM_NONCE_BYTES)), self._limit
            self._left -= 1
            return self._writing

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` encrypted and bound to `context`, which must be given again to open it."""
        batch, nonce = self._next(), os.urandom(_GCM_NONCE_BYTES)
        return batch.key_nonce + nonce + batch.commitment + batch.cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when anything differs from what was sealed."""
        if len(sealed) < self.OVERHEAD_BYTES:
            raise InvalidSeal
        key_nonce = sealed[:12]
        batch = self._last
        # Mostly it is the one of the record before: the look into the known ones was half of what opening cost.
        if batch is None or batch.key_nonce != key_nonce:
            batch = self.of(key_nonce, sealed[24:40])
        elif not equal(batch.commitment, sealed[24:40]):
            raise InvalidSeal
        return _decrypt(batch.cipher, sealed[12:24], sealed[40:], context)

    def of(self, key_nonce: bytes, commitment: bytes) -> Batch:
        """The batch of this key nonce, from now on the last one; InvalidSeal where it commits to another key."""
        with self._lock:
            known = self._known.get(key_nonce)
            if known is not None:
                self._known.move_to_end(key_nonce)
        batch = known or self._derive(key_nonce)
        if not equal(batch.commitment, commitment):
            raise InvalidSeal
        if known is None:
            self._keep(batch)
        self._last = batch
        return batch

    def _keep(self, batch: Batch) -> None:
        """Only what committed to this key: invented key nonces drive nothing out."""
        with self._lock:
            if batch.key_nonce not in self._known and not self._has_room():
                self._known.popitem(last=False)
            self._known[batch.key_nonce] = batch

    def _has_room(self) -> bool:
        count = len(self._known)
        if count < self.SURELY_KNOWN:
            return True
        if count >= self.MOST_KNOWN or not _ROOM.take():
            return False
        if count == self.SURELY_KNOWN:
            weakref.finalize(self, _ROOM.give_back, self._known).atexit = False
        return True
