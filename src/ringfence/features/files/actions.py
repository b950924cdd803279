"""What can be done to files: take one in whole, delete one. In pieces: see pieces.py."""

from collections.abc import AsyncIterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from ringfence.controls import audit
from ringfence.controls.objects import ObjectKey
from ringfence.controls.tenancy import OrgTx

from . import queries
from .holding import Holding
from .queries import FileRow
from .receiving import Announced, admit, arrive, drop, store

_WHOLE: Final = timedelta(hours=1)
"""By then an upload in one request is over, or its process died."""


async def take_in(holding: Holding, announced: Announced, pieces: AsyncIterable[bytes]) -> FileRow:
    """The file, stored and on its way to be scanned or read; nothing is left of one that is cut or refused."""
    key = ObjectKey.new(holding.org_id)
    async with holding.open() as tx:
        file_id = await admit(tx, holding, announced, object_id=key.object_id, within=_WHOLE)
    try:
        size_bytes = await store(holding, key, file_id, announced.kind, pieces)
        async with holding.open() as tx:
            return await arrive(tx, holding, key, file_id, announced.kind, size_bytes)
    except Exception:
        await drop(holding, file_id)
        await holding.kernel.objects.delete(key)
        raise


async def delete(tx: OrgTx, holding: Holding, file_id: UUID) -> None:
    """Deletes a file; its content goes with the next sweep of the store. Problem 404."""
    await tx.get(queries.delete(file_id, holding.purpose))
    await tx.run(holding.entry(audit.Action.FILE_DELETED, file_id, purpose=holding.purpose))
