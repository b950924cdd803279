"""The text of a file as agents read it: cut at the borders of paragraphs and sentences, sealed piece by piece."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from ringfence.base.principal import UserId
from ringfence.controls import guard
from ringfence.controls.extraction import Segment
from ringfence.controls.tenancy import Bound
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import passage_rows
from .indexing import Chunk

CHUNK_CHARS: Final = 1200
_TOGETHER: Final = 500
# The best border first: a paragraph's, a line's, a sentence's, a word's.
_BORDERS: Final = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?…。]\s+", r"\s+"))


class _Passage(msgspec.Struct, frozen=True):
    """What is sealed of a chunk."""

    locator: str
    text: str


def cut(segments: Iterable[Segment]) -> Iterator[Chunk]:
    """The chunks of a file, in order, without what a person would not see; nothing is in two of them."""
    seq = 0
    for segment in segments:
        locator = guard.inbound(segment.locator, origin=guard.Origin.TOOL).replace("\n", " ")
        for piece in _pieces(segment.text):
            text = guard.inbound(piece, origin=guard.Origin.TOOL).strip()
            if text:
                seq += 1
                yield Chunk(seq, locator, text)


def rows(
    vault: Vault, owner: KeyOwner, file_id: UUID, user_id: UserId | None, chunks: Sequence[Chunk]
) -> list[Bound[None]]:
    """The insertions of a file's chunks, some together."""
    return [
        passage_rows.insert(
            file_id,
            user_id,
            seqs=[one.seq for one in together],
            passages=[_sealed(vault, owner, file_id, one) for one in together],
        )
        for together in (chunks[at : at + _TOGETHER] for at in range(0, len(chunks), _TOGETHER))
    ]


def opened(vault: Vault, owner: KeyOwner, row: passage_rows.PassageRow) -> Chunk:
    """The chunk of this row; Tampered."""
    data = vault.open(owner, fields.FILE_CHUNK_PASSAGE, _place(row.file_id, row.seq), row.passage)
    passage = msgspec.json.decode(data, type=_Passage)
    return Chunk(row.seq, passage.locator, passage.text)


def _sealed(vault: Vault, owner: KeyOwner, file_id: UUID, chunk: Chunk) -> bytes:
    data = msgspec.json.encode(_Passage(chunk.locator, chunk.text))
    return vault.seal(owner, fields.FILE_CHUNK_PASSAGE, _place(file_id, chunk.seq), data)


def _place(file_id: UUID, seq: int) -> bytes:
    return file_id.bytes + seq.to_bytes(4)


def _pieces(text: str) -> Iterator[str]:
    at = 0
    while len(text) - at > CHUNK_CHARS:
        end = _border(text, at)
        yield text[at:end]
        at = end
    yield text[at:]


def _border(text: str, at: int) -> int:
    """Where the next piece ends: behind the last good border in its second half, or in the middle of a word."""
    for border in _BORDERS:
        ends = [found.end() for found in border.finditer(text, at + CHUNK_CHARS // 2, at + CHUNK_CHARS)]
        if ends:
            return ends[-1]
    return at + CHUNK_CHARS
