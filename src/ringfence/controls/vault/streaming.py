"""Keeps CRY-01. Sealed streams, for what is too large for a record.

A head, `RFS1 | key id(16) | nonce(24) | commitment(16)`, then chunks of 64 KiB with a tag each. Every chunk is bound to
its number, to whether it is the last, and to the same place as a record is: scope, logical table and column, row id,
key id. Memory is constant.

Proved in tests/controls/test_streaming.py.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from dataclasses import dataclass
from typing import Final

from ringfence.base.crypto import CHUNK_BYTES, SEALED_CHUNK_BYTES, InvalidSeal, Stream, length_prefixed
from ringfence.controls.keystore import KeyMaterial
from ringfence.controls.vault.fields import Field

MAGIC: Final = b"RFS\x01"
HEAD_BYTES: Final = 60
MIN_STREAM_BYTES: Final = HEAD_BYTES + SEALED_CHUNK_BYTES - CHUNK_BYTES
_BETWEEN_TURNS: Final = 8

ReadRange = Callable[[int, int], AsyncIterable[bytes]]
"""Gives the stored bytes from an offset, so many of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a stream, in bytes of what was sealed; `size_bytes` is the whole's, `stop` is not included."""

    start: int
    stop: int
    size_bytes: int


def key_id_of_stream(head: bytes) -> bytes | None:
    """The id of the key that sealed the stream with this head (60 bytes); None for what is no stream. Opens nothing."""
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        return None
    return head[4:20]


def sealed_size(size_bytes: int) -> int:
    """How many bytes the sealed stream of so many takes."""
    chunks = max(1, -(-size_bytes // CHUNK_BYTES))
    return HEAD_BYTES + size_bytes + chunks * (SEALED_CHUNK_BYTES - CHUNK_BYTES)


async def seal(
    material: KeyMaterial, field: Field, row_id: bytes, plain: AsyncIterable[bytes]
) -> AsyncGenerator[bytes]:
    """The sealed stream of what `plain` gives: its head, then chunk by chunk."""
    stream = Stream.begin(material.data_key(field.purpose), _context(material, field, row_id))
    yield MAGIC + material.key_id + stream.head
    number = 0
    async for chunk, ends in _chunks(plain, CHUNK_BYTES):
        yield stream.seal(chunk, number=number, ends=ends)
        number += 1


async def open_(stream: Stream, sealed: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """What was sealed, from the stored bytes behind the head; InvalidSeal, at the latest where they end.

    NOTE: pieces before the last are whole and in their place, but only the end proves that nothing was cut off.
    """
    number = 0
    async for chunk, ends in _chunks(sealed, SEALED_CHUNK_BYTES):
        yield stream.open(chunk, number=number, ends=ends)
        number += 1


async def open_span(stream: Stream, read: ReadRange, span: Span) -> AsyncGenerator[bytes]:
    """The bytes of a span, of which no more chunks are read than it touches; InvalidSeal."""
    if span.start >= span.stop:
        return
    number, last = span.start // CHUNK_BYTES, (span.stop - 1) // CHUNK_BYTES
    reaches_end = last == (span.size_bytes - 1) // CHUNK_BYTES
    stored = read(HEAD_BYTES + number * SEALED_CHUNK_BYTES, (last - number + 1) * SEALED_CHUNK_BYTES)
    async for chunk, ends in _chunks(stored, SEALED_CHUNK_BYTES):
        at = number * CHUNK_BYTES
        plain = stream.open(chunk, number=number, ends=ends and reaches_end)
        yield plain[max(0, span.start - at) : span.stop - at]
        number += 1
    if number <= last:
        raise InvalidSeal


def stream_of(material: KeyMaterial, field: Field, row_id: bytes, head: bytes) -> Stream:
    """The stream with this head in this place; InvalidSeal where it was not sealed for it."""
    return Stream.of_head(material.data_key(field.purpose), head[20:HEAD_BYTES], _context(material, field, row_id))


async def split_head(sealed: AsyncIterable[bytes]) -> tuple[bytes, AsyncIterable[bytes]]:
    """The head, which may be short where the bytes end before it does, and the rest."""
    source = aiter(sealed)
    head = b""
    while len(head) < HEAD_BYTES:
        piece = await anext(source, None)
        if piece is None:
            break
        head += piece

    async def rest() -> AsyncGenerator[bytes]:
        yield head[HEAD_BYTES:]
        async for piece in source:
            yield piece

    return head[:HEAD_BYTES], rest()


def _context(material: KeyMaterial, field: Field, row_id: bytes) -> bytes:
    scope, table, column = material.scope.encode(), field.table.encode(), field.column.encode()
    return length_prefixed(MAGIC, scope, table, column, row_id, material.key_id)


async def _chunks(source: AsyncIterable[bytes], size: int) -> AsyncGenerator[tuple[bytes | memoryview, bool]]:
    """Chunks of `size` bytes, then the rest, with whether it is the last: never empty but where all is.

    No buffer is larger than a chunk and what came with its end: larger ones are given back to the system and fetched
    anew each time, which takes longer than the cipher. A chunk takes some 30 us, so the loop is left to others between
    a few of them rather than crossed into a thread.
    """
    held, length, count = list[memoryview](), 0, 0
    async for piece in source:
        held.append(memoryview(piece))
        length += len(piece)
        while length > size:
            taken = size - (length - len(held[-1]))
            chunk = b"".join([*held[:-1], held[-1][:taken]]) if held[:-1] else held[-1][:taken]
            held, length = [held[-1][taken:]], length - size
            yield chunk, False
            count += 1
            if count % _BETWEEN_TURNS == 0:
                await asyncio.sleep(0)
    yield b"".join(held), True
