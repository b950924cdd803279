"""A sealed stream opens whole, in its own place, or not at all."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.crypto import CHUNK_BYTES, SEALED_CHUNK_BYTES, RecordKey, Secret, Stream
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore
from ringfence.controls.vault import KeyOwner, Span, Tampered, Vault, fields, streaming

ROSE, THORN, ALICE = OrgId(ids.new()), OrgId(ids.new()), UserId(ids.new())
OWNER = KeyOwner.user(ROSE, ALICE)
FILE = ids.new()
HEAD, CHUNK = streaming.HEAD_BYTES, SEALED_CHUNK_BYTES
# Two batches and a bit: what is cut or moved lies within one, at its border and beyond.
PLAIN = os.urandom(40 * CHUNK_BYTES + 1234)


@pytest.fixture
def keystore(tmp_path: Path):
    made = FileKeystore.beside(tmp_path, encryption_key=None)
    for owner in (OWNER, KeyOwner.organization(ROSE), KeyOwner.organization(THORN)):
        made.create(owner)
    yield made
    made.close()


@pytest.fixture
def vault(keystore: FileKeystore) -> Vault:
    return Vault(keystore)


async def pieces(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def sealed(vault: Vault, plain: bytes, owner: KeyOwner = OWNER, row: UUID = FILE) -> bytes:
    return b"".join([piece async for piece in vault.seal_stream(owner, fields.FILE_CONTENT, row, pieces(plain))])


async def opened(vault: Vault, stored: bytes, owner: KeyOwner = OWNER, row: UUID = FILE, field=fields.FILE_CONTENT):
    return b"".join([piece async for piece in vault.open_stream(owner, field, row, pieces(stored, 77_777))])


@pytest.mark.promise("CRY-01", "AGT-07")
@pytest.mark.parametrize(
    "size",
    [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 16 * CHUNK_BYTES, 16 * CHUNK_BYTES + 1, 32 * CHUNK_BYTES],
)
async def test_a_stream_of_any_size_opens_to_what_was_sealed(vault: Vault, size: int):
    stored = await sealed(vault, PLAIN[:size])
    assert await opened(vault, stored) == PLAIN[:size]
    assert len(stored) == streaming.sealed_size(size)
    assert PLAIN[:16] not in stored or size < 16


def _without(stored: bytes, number: int) -> bytes:
    return stored[: HEAD + number * CHUNK] + stored[HEAD + (number + 1) * CHUNK :]


def _swapped(stored: bytes, one: int, other: int) -> bytes:
    def chunk(number: int) -> bytes:
        return stored[HEAD + number * CHUNK : HEAD + (number + 1) * CHUNK]

    mixed = bytearray(stored)
    mixed[HEAD + one * CHUNK : HEAD + (one + 1) * CHUNK] = chunk(other)
    mixed[HEAD + other * CHUNK : HEAD + (other + 1) * CHUNK] = chunk(one)
    return bytes(mixed)


def _flipped(stored: bytes, at: int) -> bytes:
    return stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]


HARM = {
    "nothing at all": lambda s: b"",
    "half a head": lambda s: s[:30],
    "a head alone": lambda s: s[:HEAD],
    "cut within a chunk": lambda s: s[:-1],
    "cut within a tag": lambda s: s[: HEAD + 5 * CHUNK + 7],
    "cut behind the first chunk": lambda s: s[: HEAD + CHUNK],
    "cut between batches": lambda s: s[: HEAD + 16 * CHUNK],
    "the last chunk missing": lambda s: s[: HEAD + 40 * CHUNK],
    "a chunk in the middle missing": lambda s: _without(s, 7),
    "the first chunk missing": lambda s: _without(s, 0),
    "two chunks swapped": lambda s: _swapped(s, 3, 4),
    "two chunks of two batches swapped": lambda s: _swapped(s, 3, 20),
    "a chunk doubled": lambda s: s[: HEAD + CHUNK] + s[HEAD : HEAD + CHUNK] + s[HEAD + CHUNK :],
    "a chunk behind the last": lambda s: s + s[HEAD : HEAD + CHUNK],
    "the last chunk twice": lambda s: s + s[HEAD + 40 * CHUNK :],
    "one byte behind the last": lambda s: s + b"\0",
    "another version": lambda s: b"RFS\x02" + s[4:],
    "a bit of the magic": lambda s: _flipped(s, 0),
    "a bit of the key id": lambda s: _flipped(s, 5),
    "a bit of the nonce": lambda s: _flipped(s, 25),
    "a bit of the commitment": lambda s: _flipped(s, 50),
    "a bit of the first chunk": lambda s: _flipped(s, HEAD),
    "a bit of the last tag": lambda s: _flipped(s, len(s) - 1),
}


@pytest.mark.promise("CRY-01", "AGT-07")
async def test_a_stream_that_was_cut_moved_doubled_or_changed_is_refused(vault: Vault):
    stored = await sealed(vault, PLAIN)
    assert await opened(vault, stored) == PLAIN
    for name, harm in HARM.items():
        with pytest.raises(Tampered) as refusal:
            await opened(vault, harm(stored))
        assert refusal.value.row_id == FILE.hex, name


@pytest.mark.promise("CRY-01", "TEN-07")
async def test_a_stream_opens_in_its_own_place_alone(vault: Vault):
    stored = await sealed(vault, b"Alice's notes")
    other = await sealed(vault, b"Thorn's notes", KeyOwner.organization(THORN))
    with pytest.raises(Tampered):
        await opened(vault, stored, row=ids.new())
    with pytest.raises(Tampered):
        await opened(vault, stored, owner=KeyOwner.organization(ROSE))
    with pytest.raises(Tampered):
        await opened(vault, other)
    with pytest.raises(Tampered):
        await opened(vault, stored, field=fields.FILE_PART)


@pytest.mark.promise("CRY-01")
async def test_chunks_of_two_streams_of_one_file_do_not_mix(vault: Vault):
    one, two = await sealed(vault, PLAIN), await sealed(vault, PLAIN)
    assert one[HEAD:] != two[HEAD:]
    for border in (HEAD, HEAD + CHUNK, HEAD + 16 * CHUNK):
        with pytest.raises(Tampered):
            await opened(vault, one[:border] + two[border:])


@pytest.mark.promise("CRY-01", "CRY-03")
async def test_a_stream_outlives_a_rotation_and_not_its_key(vault: Vault, keystore: FileKeystore):
    stored = await sealed(vault, b"Alice's notes")
    keystore.rotate(OWNER)
    assert await opened(vault, stored) == b"Alice's notes"
    assert streaming.key_id_of_stream(await sealed(vault, b"new")) != streaming.key_id_of_stream(stored)
    keystore.destroy(OWNER)
    with pytest.raises(Exception, match="not_found"):
        await opened(vault, stored)


@pytest.mark.promise("CRY-03")
async def test_a_stream_that_is_being_read_ends_with_its_key(vault: Vault, keystore: FileKeystore):
    stored = await sealed(vault, PLAIN)

    def read(offset: int, length: int) -> AsyncIterator[bytes]:
        return pieces(stored[offset : offset + length])

    span = Span(0, len(PLAIN), len(PLAIN))
    readers = (
        vault.open_stream(OWNER, fields.FILE_CONTENT, FILE, pieces(stored)),
        vault.open_span(OWNER, fields.FILE_CONTENT, FILE, read, span),
    )
    for reader in readers:
        assert await anext(reader)
    keystore.destroy(OWNER)
    for reader in readers:
        with pytest.raises(Destroyed):
            await anext(reader)


@pytest.mark.promise("AGT-07")
async def test_a_part_is_read_without_the_rest(vault: Vault):
    stored, asked = await sealed(vault, PLAIN), list[tuple[int, int]]()

    def read(offset: int, length: int) -> AsyncIterator[bytes]:
        asked.append((offset, length))
        return pieces(stored[offset : offset + length])

    async def part(start: int, stop: int, size: int = len(PLAIN)) -> bytes:
        span = Span(start, stop, size)
        return b"".join([p async for p in vault.open_span(OWNER, fields.FILE_CONTENT, FILE, read, span)])

    for start, stop in [(0, 1), (CHUNK_BYTES - 1, CHUNK_BYTES + 1), (0, len(PLAIN)), (len(PLAIN) - 1, len(PLAIN))]:
        assert await part(start, stop) == PLAIN[start:stop]
    asked.clear()
    assert await part(5 * CHUNK_BYTES, 6 * CHUNK_BYTES) == PLAIN[5 * CHUNK_BYTES : 6 * CHUNK_BYTES]
    assert sum(length for _, length in asked) == HEAD + CHUNK
    # A size that the stream does not have is a cut, or a tail that somebody hung on.
    with pytest.raises(Tampered):
        await part(0, len(PLAIN) - 5000, len(PLAIN) - 5000)
    stored = _swapped(stored, 3, 4)
    with pytest.raises(Tampered):
        await part(3 * CHUNK_BYTES, 4 * CHUNK_BYTES)


@pytest.mark.promise("AGT-07")
async def test_memory_does_not_grow_with_the_file(vault: Vault):
    ahead = most = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal ahead
        for _ in range(64):
            ahead += 1_000_000
            yield bytes(1_000_000)

    async for piece in vault.seal_stream(OWNER, fields.FILE_CONTENT, FILE, endless()):
        most = max(most, ahead)
        ahead -= len(piece)
    assert most < 5_000_000


async def test_a_million_bytes_do_not_hold_up_the_loop(vault: Vault):
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await sealed(vault, PLAIN)
    counting.cancel()
    assert turns > 3


def test_only_the_last_chunk_may_be_short():
    stream = Stream.begin(RecordKey(Secret(bytes(32))), b"here")
    for size, ends in [(0, False), (5, False), (CHUNK_BYTES + 1, True)]:
        with pytest.raises(ValueError, match="short"):
            stream.seal(bytes(size), number=0, ends=ends)
    with pytest.raises(ValueError, match="at most"):
        stream.seal(b"x", number=2**32, ends=True)
