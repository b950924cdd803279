"""Reading a log: a page of entries, and an export, which is an entry of that log itself."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from starlette.responses import Response

from ringfence.base.page import Page
from ringfence.base.problem import unprocessable
from ringfence.controls import audit
from ringfence.controls.access import Permission
from ringfence.controls.tenancy import Bound
from ringfence.features.edge import Call, Kernel, Listing

from . import lines, proofs, queries, verifiable
from .bodies import ConsistencyOut, Form, Sizes
from .queries import LATEST, EntryRow, Filter
from .reach import Reading
from .sending import PAGE, Download, encoded
from .slots import Slots

_slots: Final = Slots()


async def find(call: Call, reading: Reading, wanted: Filter, listing: Listing) -> Page[EntryRow]:
    """A page of the log, newest first; Problem 400 for a cursor of another log or another filter."""
    cursors = call.kernel.cursors("audit_log", reading.log.name, *wanted)
    window = listing.window(cursors)
    rows = (await call.kernel.database.read(reading.scope, queries.find(wanted, window)))[0]
    return cursors.page(rows, window, lambda row: UUID(row.id))


async def export(call: Call, reading: Reading, wanted: Filter, form: Form, *, from_index: int = 0) -> Response:
    """The log as a stream: what of it is wanted, newest first; or verifiable, the whole of it.

    Problem 422 `unfiltered_only` for a verifiable one with a filter, and as `verifiable.prepare` refuses; 429
    `too_many_exports`, 503 `exports_busy` where as many are under way as may be.
    """
    if form == "verifiable" and any(wanted):
        raise unprocessable("unfiltered_only", "A verifiable export is the whole log: leave the filters out.")
    slot = _slots.take(reading, connections=call.kernel.database.connections)
    with slot.unless_kept():
        content = await chunks(call.kernel, reading, wanted, form, from_index=from_index)
        await record_export(call, reading, form, from_index=from_index if form == "verifiable" else 0)
    media_type = "text/csv" if form == "csv" else "application/jsonl"
    return Download(content, name=file_name(reading, form), media_type=media_type, slot=slot)


async def chunks(
    kernel: Kernel, reading: Reading, wanted: Filter, form: Form, *, from_index: int = 0
) -> AsyncGenerator[bytes, None]:
    """The bytes of an export; Problem as `verifiable.prepare` refuses."""
    if form != "verifiable":
        return _lines(kernel, reading, wanted, form)
    return (await verifiable.prepare(kernel, reading, from_index)).chunks(kernel, reading)


def _lines(kernel: Kernel, reading: Reading, wanted: Filter, form: Form) -> AsyncGenerator[bytes, None]:
    async def fetch(after: EntryRow | None) -> Sequence[EntryRow]:
        before = LATEST if after is None else UUID(after.id)
        return (await kernel.database.read(reading.scope, queries.entries(wanted, before=before, most=PAGE)))[0]

    is_valid = reading.still_valid(kernel)
    if form == "csv":
        return encoded(fetch, lines.csv_lines, is_valid=is_valid, head=lines.HEAD)
    return encoded(fetch, partial(lines.json_lines, reading.log), is_valid=is_valid)


async def checkpoint(call: Call, reading: Reading) -> str:
    """The newest signed note of the log."""
    return await proofs.checkpoint(call.kernel, reading)


async def receipt(call: Call, reading: Reading, entry_id: UUID) -> str:
    """The receipt of an entry, as `proofs.receipt` gives it."""
    return await proofs.receipt(call.kernel, reading, entry_id)


async def consistency(call: Call, reading: Reading, sizes: Sizes) -> ConsistencyOut:
    """The proof between two sizes, as `proofs.consistency` gives it."""
    hashes = await proofs.consistency(call.kernel, reading, sizes.old, sizes.new)
    return ConsistencyOut.model_validate({"from": sizes.old, "to": sizes.new, "hashes": hashes})


async def record_export(call: Call, reading: Reading, form: str, *, from_index: int = 0) -> None:
    """Writes the entry that names who takes the log away, before anything of it leaves."""
    await call.kernel.database.write(reading.scope, exported(reading, form, call.origin, from_index=from_index))


def exported(reading: Reading, form: str, origin: audit.Origin, *, from_index: int = 0) -> Bound[None]:
    """The entry that names who takes the log away."""
    return audit.entry(
        reading.actor,
        audit.Action.AUDIT_EXPORTED,
        permission=None if reading.caller is None else Permission.AUDIT_READ.value,
        origin=origin,
        within=reading.log.id,
        format=form,
        from_index=from_index,
    )


def file_name(reading: Reading, form: str) -> str:
    """What a browser calls the file: which log, and in which form."""
    ending = "csv" if form == "csv" else "jsonl"
    kind = "-verifiable" if form == "verifiable" else ""
    return f"audit-log-{reading.log.scope}-{reading.log.id}{kind}.{ending}"
