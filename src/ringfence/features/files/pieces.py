"""A file that comes in pieces, over any number of requests: what is here stays here, whichever process dies.

Each piece is a sealed object of its own, at most 8 MiB, whose row is written once it lies on the disk. When all are
here they are sealed anew as one stream, looked at on the way like any other upload.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from ringfence.base.principal import UserId
from ringfence.base.problem import Problem, conflict, not_found, unprocessable
from ringfence.controls import audit
from ringfence.controls.objects import ObjectKey
from ringfence.controls.vault import fields

from . import kinds, queries
from .holding import Holding
from .queries import FileRow, PartRow, UploadRow
from .receiving import Announced, admit, arrive, drop, store

KEPT: Final = timedelta(hours=24)
"""How long an upload that nobody continues is kept."""
PART_BYTES: Final = 8 * 1024 * 1024
MAX_PARTS: Final = 10_000
_SETTLE: Final = timedelta(minutes=2)


async def begin(holding: Holding, announced: Announced) -> UploadRow:
    """An upload of which nothing is here yet. Problem 413, 422."""
    if not announced.size_bytes:
        raise unprocessable("file_empty", "This file is empty.")
    async with holding.open() as tx:
        file_id = await admit(tx, holding, announced, object_id=None, within=KEPT)
        await tx.run(holding.entry(audit.Action.FILE_UPLOAD_BEGUN, file_id, size_bytes=announced.size_bytes))
        return await tx.get(queries.upload(file_id))


async def find(holding: Holding, file_id: UUID) -> UploadRow | None:
    """How far it is; None where there is no such upload, or no longer. Its purpose may be another than the hold's."""
    async with holding.open() as tx:
        return await tx.find(queries.upload(file_id))


async def finished(holding: Holding, file_id: UUID, *, of: UserId | None) -> FileRow:
    """What became of an upload of this user's, or of knowledge, that is none any more. Problem 404."""
    async with holding.open() as tx:
        row = await tx.get(queries.get(file_id))
    if not row.in_pieces or row.status == "uploading" or row.user_id not in {of, None}:
        raise not_found()
    return row


async def add(holding: Holding, upload: UploadRow, pieces: AsyncIterable[bytes], *, at: int) -> int:
    """Takes in what comes and gives the new offset; what came before a cut stays. Problem 409, 413, 422."""
    if at != upload.received_bytes:
        raise _elsewhere()
    offset, seq = at, upload.parts
    async for part in parts(pieces):
        if offset + len(part) > upload.size_bytes:
            raise unprocessable("size_mismatch", f"This upload was announced with {upload.size_bytes} bytes.")
        seq += 1
        if seq > MAX_PARTS:
            raise unprocessable("too_many_pieces", f"An upload takes at most {MAX_PARTS} pieces: send larger ones.")
        await _keep(holding, upload.id, part, seq=seq, at=offset)
        offset += len(part)
    return offset


async def finish(holding: Holding, upload: UploadRow) -> FileRow:
    """Makes one file of all pieces; two that do it at once cannot disturb each other. Problem 404, 422.

    A file that is refused is gone; where the store fails (503), the pieces stay and it is tried again.
    """
    key = ObjectKey.new(holding.org_id)
    async with holding.open() as tx:
        await tx.get(queries.turn(upload.id, key.object_id))
        here = await tx.fetch(queries.parts(upload.id))
        # Time for this attempt; a process that dies in it is followed by another.
        await tx.run(queries.put_off(upload.id, within=_SETTLE))
    kind = next(kind for kind in kinds.ALL if kind.media_type == upload.media_type)
    try:
        size_bytes = await store(holding, key, upload.id, kind, _joined(holding, upload.id, here))
    except Problem as refusal:
        if refusal.status < 500:  # noqa: PLR2004 - what is wrong with the file itself
            await drop(holding, upload.id)
        raise
    try:
        async with holding.open() as tx:
            return await arrive(tx, holding, key, upload.id, kind, size_bytes)
    except Problem:
        # Another attempt was faster. What is doomed of this one may have been looked for before it was there.
        await holding.kernel.objects.delete(key)
        raise


async def give_up(holding: Holding, file_id: UUID) -> None:
    """Ends an upload at its client's wish, or after its time. Problem 404."""
    async with holding.open() as tx:
        await tx.get(queries.upload(file_id))
        abandoned = holding.entry(audit.Action.FILE_UPLOAD_ABANDONED, file_id)
        await tx.run(queries.delete(file_id, holding.purpose), abandoned)


async def _keep(holding: Holding, file_id: UUID, part: bytes, *, seq: int, at: int) -> None:
    key, vault = ObjectKey.new(holding.org_id), holding.kernel.vault
    sealed = vault.seal_stream(holding.owner, fields.FILE_PART, _row_id(file_id, seq), _one(part))
    await holding.kernel.objects.put(key, sealed)
    try:
        await _note(holding, file_id, PartRow(seq, key.object_id, len(part)), at=at)
    except Exception:
        await holding.kernel.objects.delete(key)
        raise


async def _note(holding: Holding, file_id: UUID, part: PartRow, *, at: int) -> None:
    async with holding.open() as tx:
        if not await tx.fetch(queries.add_part(file_id, part, at=at)):
            raise _elsewhere()
        await tx.run(queries.put_off(file_id, within=KEPT))


async def _joined(holding: Holding, file_id: UUID, here: list[PartRow]) -> AsyncGenerator[bytes]:
    kernel = holding.kernel
    for part in here:
        sealed = kernel.objects.get(ObjectKey(holding.org_id, part.object_id))
        row_id = _row_id(file_id, part.seq)
        async for piece in kernel.vault.open_stream(holding.owner, fields.FILE_PART, row_id, sealed):
            yield piece


async def parts(pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Pieces of 8 MiB and a rest; where they are cut, what came so far is given before the cut is raised."""
    held = bytearray()
    failure: Problem | None = None
    try:
        async for piece in pieces:
            held += piece
            while len(held) >= PART_BYTES:
                yield bytes(memoryview(held)[:PART_BYTES])
                del held[:PART_BYTES]
    except Problem as cut:
        failure = cut
    if held:
        yield bytes(held)
    if failure is not None:
        raise failure


async def _one(part: bytes) -> AsyncGenerator[bytes]:
    yield part


def _row_id(file_id: UUID, seq: int) -> bytes:
    return file_id.bytes + seq.to_bytes(4, "big")


def _elsewhere() -> Problem:
    return conflict("offset_mismatch", "This upload is at another offset: ask for it with HEAD.")
