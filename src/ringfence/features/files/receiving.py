"""How a file comes in: held against the bounds and the list, sealed on its way to the store, then said to be there."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ringfence.base import ids
from ringfence.base.problem import not_found, too_large, unprocessable
from ringfence.controls import audit
from ringfence.controls.objects import ObjectKey
from ringfence.controls.tenancy import OrgTx
from ringfence.controls.vault import fields

from . import queries
from .holding import Holding
from .kinds import Kind
from .names import clean
from .queries import FileRow, Stage
from .sniffing import Sniffer, claim


@dataclass(frozen=True, slots=True)
class Announced:
    """What is said of a file before its bytes come."""

    name: str
    kind: Kind
    size_bytes: int

    @classmethod
    def of(cls, raw_name: str, media_type: str, size_bytes: int) -> "Announced":
        """Cleaned and held against the list. Problem 422 `invalid_name`, `file_type_not_allowed`, `..._mismatch`."""
        name = clean(raw_name)
        return cls(name, claim(name, media_type), size_bytes)


async def admit(
    tx: OrgTx, holding: Holding, announced: Announced, *, object_id: UUID | None, within: timedelta
) -> UUID:
    """The row of a file whose bytes are still to come. Problem 413 or 422 where a bound is reached."""
    kernel, file_id = holding.kernel, ids.new()
    bounds = kernel.file_bounds
    refuse_large(holding, announced.size_bytes)
    await tx.get(queries.lock())
    used, mine = await tx.pipeline(queries.used_bytes(holding.org_id), queries.count(holding.user_id))
    if used[0] + announced.size_bytes > bounds.organization_bytes:
        raise unprocessable("file_quota", "The files of this organization take all the room that they have.")
    if mine[0] >= bounds.user_files:
        raise unprocessable("file_quota", f"There are {bounds.user_files} files already: delete some first.")
    await tx.run(
        queries.insert(
            file_id,
            user_id=holding.user_id,
            purpose=holding.purpose,
            name=kernel.vault.seal_text(holding.owner, fields.FILE_NAME, file_id, announced.name),
            media_type=announced.kind.media_type,
            size_bytes=announced.size_bytes,
            object_id=object_id,
        ),
        queries.work(file_id, "upload", within=within),
    )
    return file_id


def refuse_large(holding: Holding, size_bytes: int) -> None:
    """Problem 413 `file_too_large` for more than one file may have, before a byte of it is read."""
    most = holding.kernel.file_bounds.file_bytes
    if size_bytes > most:
        refusal = too_large("file_too_large", f"A file takes at most {most} bytes.")
        # What is on its way is not read: the connection cannot serve another request.
        refusal.headers["Connection"] = "close"
        raise refusal


async def store(holding: Holding, key: ObjectKey, file_id: UUID, kind: Kind, pieces: AsyncIterable[bytes]) -> int:
    """Seals the bytes as they come and stores them; gives how many they were. Problem 413, 422."""
    kernel, sniffer = holding.kernel, Sniffer()

    async def seen() -> AsyncGenerator[bytes]:
        async for piece in pieces:
            refuse_large(holding, sniffer.size_bytes + len(piece))
            sniffer.feed(piece)
            yield piece
        sniffer.check(kind)

    await kernel.objects.put(key, kernel.vault.seal_stream(holding.owner, fields.FILE_CONTENT, file_id, seen()))
    return sniffer.size_bytes


async def arrive(  # noqa: PLR0913 - the file, its object and what was found out about both
    tx: OrgTx, holding: Holding, key: ObjectKey, file_id: UUID, kind: Kind, size_bytes: int
) -> FileRow:
    """Says that the content is there and what comes next. Problem 404 where the file was deleted meanwhile."""
    status, stage = _next(holding)
    row = await tx.find(
        queries.arrived(file_id, key.object_id, size_bytes=size_bytes, media_type=kind.media_type, status=status)
    )
    if row is None:
        raise not_found()
    await tx.run(
        queries.stage(file_id, stage),
        queries.drop_parts(file_id),
        holding.entry(audit.Action.FILE_UPLOADED, file_id, purpose=holding.purpose, size_bytes=size_bytes),
    )
    return row


def _next(holding: Holding) -> tuple[str, Stage]:
    return ("processing", "read") if holding.kernel.file_bounds.scanner is None else ("scanning", "scan")


async def drop(holding: Holding, file_id: UUID) -> None:
    """Takes back the row of an upload that came to nothing."""
    async with holding.open() as tx:
        await tx.run(queries.delete(file_id, holding.purpose))
