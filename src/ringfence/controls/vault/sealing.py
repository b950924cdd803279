"""Keeps CRY-01, CRY-03. Seals and opens values, and makes blind indexes. Proved in tests/controls/test_vault.py."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from typing import final
from uuid import UUID

import msgspec

from ringfence.base.crypto import InvalidSeal, Opener, Stream, length_prefixed
from ringfence.controls.keystore import KeyOwner, Keystore, Unknown
from ringfence.controls.vault import streaming
from ringfence.controls.vault.fields import Field
from ringfence.controls.vault.record import (
    HEADER_BYTES,
    ID_PREFIX,
    MAX_RECORD_VERSION,
    SHARED_BYTES,
    Seal,
    Tampered,
    head_of,
    own_context,
)
from ringfence.controls.vault.streaming import ReadRange, Span


@final
class Vault:
    """Seals under the owner's key; the key must have been created (`keystore.create`) before.

    Cheap once the key is cached; a first use reads a file. Destroyed passes through from the keystore. Whatever is not
    what was sealed for its place is told to `refused` as well, in whichever thread it was met.

    Records are written in `version` and read in every version there was.
    """

    __slots__ = ("_keys", "_refused", "_version")

    def __init__(
        self,
        keys: Keystore,
        *,
        refused: Callable[[Tampered], None] = lambda _refused: None,
        version: int = MAX_RECORD_VERSION,
    ) -> None:
        self._keys = keys
        self._refused = refused
        self._version = bytes([version])

    def untold(self) -> "Vault":
        """The same vault for whoever opens wrong records on purpose: nobody is told."""
        return Vault(self._keys, version=self._version[0])

    def refuse(self, field: Field, row_id: UUID | bytes) -> Tampered:
        """The one error for what is not what was sealed for this place, told to whoever listens."""
        tampered = Tampered(field, _raw(row_id))
        self._refused(tampered)
        return tampered

    async def warm(self, *owners: KeyOwner) -> None:
        """Brings the owners' keys here first, where they live behind a network; never fails."""
        await self._keys.warm(*owners)

    def seal(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, plaintext: bytes) -> bytes:
        """The record of `plaintext` for this field of this row; 73 bytes longer."""
        material = self._keys.unwrap(owner)
        return Seal(material, field, self._version + material.key_id).seal(own_context(row_id), plaintext)

    def open(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> bytes:
        """The plaintext; Tampered for a record changed, cut, moved, of another key or of an unknown version."""
        try:
            return self._seal_of(record, owner, field).open(record, own_context(row_id))
        except (InvalidSeal, Unknown):
            raise self.refuse(field, row_id) from None

    def open_many(self, owner: KeyOwner, field: Field, records: Iterable[tuple[UUID | bytes, bytes]]) -> list[bytes]:
        """The plaintexts of a page of records with their row ids; Tampered for the first that `open` refuses.

        All or none, in one go, and a key is asked for once.
        """
        seals: dict[bytes, Seal] = {}
        openers: dict[bytes, Opener] = {}
        to_bytes, opened = int.to_bytes, list[bytes]()
        # As own_context gives it: a call of it, and of UUID.bytes, took a tenth of the whole.
        page = [
            (record, ID_PREFIX + to_bytes(row_id.int, 16, "big") if isinstance(row_id, UUID) else own_context(row_id))
            for row_id, record in records
        ]
        while len(opened) < len(page):
            record = page[len(opened)][0]
            shared = record[:SHARED_BYTES]
            try:
                opener = openers.get(shared)
                if opener is None:
                    opener = openers[shared] = self._opener(record, owner, field, seals)
                opener(page, opened)
            except (InvalidSeal, Unknown):
                refused = page[len(opened)][1]
                raise self.refuse(field, refused[len(ID_PREFIX) :]) from None
        return opened

    def _opener(self, record: bytes, owner: KeyOwner, field: Field, seals: dict[bytes, Seal]) -> Opener:
        """What opens the records that begin as this one, by a seal that is kept with those of its page."""
        seal = seals.get(record[:HEADER_BYTES])
        if seal is None:
            seal = seals[record[:HEADER_BYTES]] = self._seal_of(record, owner, field)
        return seal.opener(record)

    def _seal_of(self, record: bytes, owner: KeyOwner, field: Field) -> Seal:
        """The seal that a record's head names; InvalidSeal, Unknown."""
        head = head_of(record)
        if head is None:
            raise InvalidSeal
        return Seal(self._keys.unwrap(owner, head[1:]), field, head)

    def reseal(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> bytes:
        """The same value under the owner's newest key; Tampered as from `open`."""
        return self.seal(owner, field, row_id, self.open(owner, field, row_id, record))

    def newest_key_id(self, owner: KeyOwner) -> bytes:
        """The id of the key that this owner's next record is sealed under."""
        return self._keys.unwrap(owner).key_id

    def seal_text(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, text: str) -> bytes:
        """The record of a text."""
        return self.seal(owner, field, row_id, text.encode())

    def open_text(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> str:
        """The text of a record that `seal_text` made; Tampered."""
        return self.open(owner, field, row_id, record).decode()

    def open_texts(self, owner: KeyOwner, field: Field, records: Iterable[tuple[UUID | bytes, bytes]]) -> list[str]:
        """The texts of a page of records, as `open_many` opens it."""
        return list(map(bytes.decode, self.open_many(owner, field, records)))

    def seal_json(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, value: object) -> bytes:
        """The record of a JSON value."""
        return self.seal(owner, field, row_id, msgspec.json.encode(value))

    def open_json(self, owner: KeyOwner, field: Field, row_id: UUID | bytes, record: bytes) -> object:
        """The value of a record that `seal_json` made; Tampered."""
        return msgspec.json.decode(self.open(owner, field, row_id, record))

    async def seal_stream(
        self, owner: KeyOwner, field: Field, row_id: UUID | bytes, plain: AsyncIterable[bytes]
    ) -> AsyncGenerator[bytes]:
        """The sealed stream of what `plain` gives, of any size, in constant memory."""
        await self.warm(owner)
        async for piece in streaming.seal(self._keys.unwrap(owner), field, _raw(row_id), plain):
            yield piece

    async def _still_has(self, owner: KeyOwner) -> None:
        """Raises Destroyed once the owner's key is; a network is asked before, off this loop."""
        await self.warm(owner)
        self._keys.unwrap(owner)

    async def open_stream(
        self, owner: KeyOwner, field: Field, row_id: UUID | bytes, sealed: AsyncIterable[bytes]
    ) -> AsyncGenerator[bytes]:
        """What was sealed; Tampered, at the latest where it ends: nothing may be done with it before that.

        Destroyed in the middle of it, too: whoever takes it slowly has a cipher that would outlive its key by hours.
        """
        await self.warm(owner)
        row = _raw(row_id)
        head, rest = await streaming.split_head(sealed)
        try:
            async for piece in streaming.open_(self._stream(owner, field, row, head), rest):
                await self._still_has(owner)
                yield piece
        except (InvalidSeal, Unknown):
            raise self.refuse(field, row) from None

    async def open_span(
        self, owner: KeyOwner, field: Field, row_id: UUID | bytes, read: ReadRange, span: Span
    ) -> AsyncGenerator[bytes]:
        """A part of a sealed stream, of which only the chunks that it touches are read; Tampered, Destroyed."""
        await self.warm(owner)
        row = _raw(row_id)
        head, _ = await streaming.split_head(read(0, streaming.HEAD_BYTES))
        try:
            async for piece in streaming.open_span(self._stream(owner, field, row, head), read, span):
                await self._still_has(owner)
                yield piece
        except (InvalidSeal, Unknown):
            raise self.refuse(field, row) from None

    def _stream(self, owner: KeyOwner, field: Field, row: bytes, head: bytes) -> Stream:
        key_id = streaming.key_id_of_stream(head)
        if key_id is None:
            raise InvalidSeal
        return streaming.stream_of(self._keys.unwrap(owner, key_id), field, row, head)

    def blind_index(self, owner: KeyOwner, field: Field, value: str) -> bytes:
        """32 bytes by which equal values of a field can be found within one owner, and nowhere else.

        The value is taken as it is: fold case or spaces before. The index stays the same when the key is rotated.
        """
        message = length_prefixed(field.table.encode(), field.column.encode(), value.encode())
        return self._keys.unwrap(owner).index.digest(message)


def _raw(row_id: UUID | bytes) -> bytes:
    return row_id.bytes if isinstance(row_id, UUID) else row_id
