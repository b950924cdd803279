"""The verifiable export: every entry, its tiles, checkpoints and keys, checked off-line by verify.py.

The form is docs/audit-format.md. What leaves is made from the queue's rows as they stand now, and the tiles from what
was sealed: an edit of a row shows as a leaf that its tile does not hold.
"""

import base64
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

from ringfence.base import canonical_json
from ringfence.base.problem import unavailable, unprocessable
from ringfence.controls.audit import Log, trees, vouched
from ringfence.controls.audit.leaf import leaf_data
from ringfence.features.edge import Kernel

from . import proofs, queries
from .proofs import Shown, in_base64
from .queries import SealedRow
from .reach import Reading
from .sending import encoded

BLOCK: Final = 256
_PAGE: Final = 2 * BLOCK
_EARLIER: Final = 2_000


async def prepare(kernel: Kernel, reading: Reading, from_index: int) -> "Export":
    """All that comes before the entries; whatever is away is a Problem here, before a byte has left.

    Problem 422 `invalid_range` for a beginning behind the end; 503 as in `proofs.show`.
    """
    shown = await proofs.show(kernel, reading)
    if not 0 <= from_index <= shown.size:
        raise unprocessable("invalid_range", f"from_index is at most the log's size, {shown.size}.")
    pen = kernel.publisher.pen
    async with proofs.transaction(kernel, reading) as tx:
        prefix = (await trees.prefix(tx, from_index)).hashes if from_index else []
        earlier = [kept.note for kept in await tx.fetch(queries.kept(shown.size))]
    head: dict[str, Any] = {
        "format": "ringfence-audit-export/1",
        "log": reading.log.name,
        "origin": reading.log.origin(pen.host),
        "from": from_index,
        "size": shown.size,
        "prefix": in_base64(prefix),
        "keys": [verifier.line for verifier in await pen.signers.verifiers()],
        "key_changes": await pen.signers.changes(),
        "checkpoint": shown.note,
        "earlier": thinned(earlier, most=_EARLIER),
        "instance": await _instance(kernel, reading.log, shown),
    }
    return Export(reading.log, from_index, shown.size, _line(head))


class Export:
    """One export on its way: what is still missing of the block that it is in."""

    def __init__(self, log: Log, start: int, size: int, head: bytes) -> None:
        self._name = log.name
        self._start = start
        self._size = size
        self._head = head
        self._block: list[bytes] = []
        self._has_whole = False

    async def chunks(self, kernel: Kernel, reading: Reading) -> AsyncGenerator[bytes, None]:
        """The export's bytes. Problem 503 `pruned_meanwhile` where retention overtakes it: begin again."""

        async def fetch(after: SealedRow | None) -> Sequence[SealedRow]:
            start = self._start if after is None else after.number + 1
            # To the end of a block, so that slices stay aligned after an odd beginning.
            end = min(self._size, (start // BLOCK) * BLOCK + _PAGE)
            if start >= end:
                return []
            return (await kernel.database.read(reading.scope, queries.leaves(start, end)))[0]

        async for chunk in encoded(fetch, self.encode, is_valid=reading.still_valid(kernel), head=self._head):
            yield chunk
        yield canonical_json.encode({"end": True, "size": self._size}) + b"\n"

    def encode(self, rows: Sequence[SealedRow]) -> bytes:
        """The lines of these leaves, with the tiles of the blocks that end here."""
        out: list[bytes] = []
        name, block, last = self._name, self._block, self._size - 1
        for index, hashed, is_pruned, columns in rows:
            if columns is not None:
                out.append(leaf_data(name, index, columns))
                self._has_whole = True
            elif is_pruned:
                out.append(self._pruned(index, hashed))
            # An entry that is gone without having been pruned has no line: its hash in the tile tells of it.
            block.append(hashed)
            if index % BLOCK == BLOCK - 1 or index == last:
                out.append(_tile(index + 1 - len(block), block))
                block.clear()
        out.append(b"")
        return b"\n".join(out)

    def _pruned(self, index: int, hashed: bytes) -> bytes:
        if self._has_whole:
            raise unavailable("pruned_meanwhile", "Entries became a year old during this export. Begin again.")
        return canonical_json.encode({"index": index, "pruned": _base64(hashed)})


def thinned(notes: Sequence[str], *, most: int) -> list[str]:
    """At most so many of them, evenly, the last always among them."""
    if len(notes) <= most:
        return list(notes)
    return [notes[len(notes) - 1 - at * len(notes) // most] for at in range(most)][::-1]


async def _instance(kernel: Kernel, log: Log, shown: Shown) -> dict[str, Any] | None:
    """Where the log stands in the tree over all; None where it is not entered there yet."""
    found = await vouched(kernel.database, log, size=shown.size)
    if found is None:
        return None
    return {
        "checkpoint": found.checkpoint,
        "index": found.index,
        "proof": in_base64(found.proof),
        "leaf": found.text,
    }


def _tile(start: int, hashes: Sequence[bytes]) -> bytes:
    return canonical_json.encode({"index": start, "tile": _base64(b"".join(hashes))})


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
