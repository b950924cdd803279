"""What proves a log to somebody who does not trust us: checkpoints, receipts, consistency (docs/audit-format.md).

Everything is about what was published: first the tree goes to the store and is signed, then it is shown.
"""

import base64
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from ringfence.base.problem import Problem, conflict, not_found, unavailable, unprocessable
from ringfence.controls.audit import trees
from ringfence.controls.tenancy import OrgScope, PartnerScope, PlatformScope, Tx
from ringfence.features.edge import Kernel

from . import queries
from .reach import Reading


@dataclass(frozen=True, slots=True)
class Shown:
    """A published tree: its size, and the signed note that says so."""

    size: int
    note: str


async def show(kernel: Kernel, reading: Reading) -> Shown:
    """All that is sealed of the log, published now.

    Problem 503: `nothing_sealed` for a log whose first entry is still to be sealed, or the store is away.
    """
    head = await kernel.publisher.publish(reading.log)
    if head is None or head.checkpoint is None:
        raise nothing_sealed()
    return Shown(head.published_size, head.checkpoint)


async def checkpoint(kernel: Kernel, reading: Reading) -> str:
    """The newest signed note of the log; Problem as in `show`."""
    async with transaction(kernel, reading) as tx:
        head = await trees.head(tx)
    if head is not None and head.checkpoint is not None:
        return head.checkpoint
    return (await show(kernel, reading)).note


async def receipt(kernel: Kernel, reading: Reading, entry_id: UUID) -> str:
    """The proof that an entry is in the log, as text (c2sp.org/tlog-proof@v1), made from its row as it stands now.

    Problem 404 for an entry of no such log, or one that is pruned; 409 `not_sealed_yet` for its first second.
    """
    async with transaction(kernel, reading) as tx:
        index = await trees.index_of(tx, entry_id)
        head = await trees.head(tx)
        if index is None and await tx.find(queries.known(entry_id)) is None:
            raise not_found()
    if index is None or head is None:
        raise conflict("not_sealed_yet", "This entry is sealed within seconds. Try again.")
    shown = await _including(kernel, reading, index, head)
    async with transaction(kernel, reading) as tx:
        (entry,) = await trees.entries(tx, index, index + 1)
        if entry.data is None:
            raise not_found()
        hashes = await trees.inclusion(tx, index, shown.size)
    return _receipt(entry.data, index, hashes, shown.note)


async def consistency(kernel: Kernel, reading: Reading, old: int, new: int) -> list[str]:
    """The hashes that prove that the first `new` entries go on from the first `old` (RFC 6962 section 2.1.2).

    Problem 422 `invalid_range` unless 0 < old <= new, and the log has so many; 503 as in `show`.
    """
    async with transaction(kernel, reading) as tx:
        head = await trees.head(tx)
    size = (
        head.published_size if head is not None and head.published_size >= new else (await show(kernel, reading)).size
    )
    if not 0 < old <= new <= size:
        raise unprocessable("invalid_range", "from and to are sizes of this log, from the smaller one.")
    async with transaction(kernel, reading) as tx:
        return in_base64(await trees.consistency(tx, old, new))


@asynccontextmanager
async def transaction(kernel: Kernel, reading: Reading) -> AsyncGenerator[Tx]:
    """A short transaction in the log's own scope. Problem 500 `log_damaged` where sealed hashes are missing."""
    scope, database = reading.scope, kernel.database
    try:
        match scope:
            case OrgScope():
                opened = database.org(scope)
            case PartnerScope():
                opened = database.partner(scope)
            case PlatformScope():
                opened = database.platform()
        async with opened as tx:
            yield tx
    except trees.DamagedTree as missing:
        raise Problem(500, "log_damaged", "Hashes of this log are missing.", cause=str(missing)) from None


def in_base64(hashes: Sequence[bytes]) -> list[str]:
    """Hashes as JSON and receipts hold them."""
    return [base64.b64encode(one).decode("ascii") for one in hashes]


def nothing_sealed() -> Problem:
    """Retrying helps: the first entry of a log is sealed within seconds."""
    return unavailable("nothing_sealed", "No entry of this log is sealed yet. Try again in a few seconds.")


async def _including(kernel: Kernel, reading: Reading, index: int, head: trees.Head) -> Shown:
    if head.checkpoint is not None and index < head.published_size:
        return Shown(head.published_size, head.checkpoint)
    return await show(kernel, reading)


def _receipt(data: bytes, index: int, hashes: Sequence[bytes], note: str) -> str:
    extra = base64.b64encode(data).decode("ascii")
    head = f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n"
    return head + "".join(f"{one}\n" for one in in_base64(hashes)) + "\n" + note
