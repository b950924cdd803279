"""The way on for a log that was stopped: the operator's, once nothing contradicts what was signed. Keeps AUD-04.

What was signed stays as it is: a log goes on behind it or not at all. That it went on, the database itself enters into
the log and into the platform's (gate.seal_resume). Proved in tests/controls/test_audit_resuming.py.
"""

from dataclasses import dataclass
from typing import Final, final

from ringfence.base.problem import conflict, not_found
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.heads import PublishedHead
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import BadNote
from ringfence.controls.audit.recovering import Recovery, Standing, Unrecoverable
from ringfence.controls.audit.tiles import WIDTH
from ringfence.controls.audit.trees import DamagedTree
from ringfence.controls.tenancy import Database, PlatformScope, publication

_AT_ONCE: Final = 8 * WIDTH


@dataclass(frozen=True, slots=True)
class Stopped:
    """A log that was stopped: why, how far it is sealed here and was signed, and what still contradicts that."""

    log: Log
    why: str
    size: int
    goes_on_at: int
    """The first index behind all that was signed: the log goes on there."""
    contradiction: str | None


@final
class Resuming:
    """Looks at stopped logs, and lets them go on."""

    def __init__(self, database: Database, recovery: Recovery) -> None:
        self._database = database
        self._recovery = recovery

    async def stopped(self) -> list[Stopped]:
        """Every stopped log, compared with the store now; raises what the store raises."""
        rows = (await self._database.read(PlatformScope(), publication.stopped()))[0]
        found = [await self.look(Log(row.scope, row.scope_id)) for row in rows]
        return [one for one in found if one is not None]

    async def look(self, log: Log) -> Stopped | None:
        """How one stands; None where it is not stopped."""
        head = await heads.find(self._database, log)
        if head is None or head.stopped is None:
            return None
        standing = await self._recovery.examine(log)
        goes_on_at = max(head.published_size, standing.size)
        try:
            contradiction = await self._contradiction(log, head, standing)
        except DamagedTree:
            contradiction = "hashes of the tree are missing in the database"
        return Stopped(log, head.stopped, head.size, goes_on_at, contradiction)

    async def resume(self, log: Log, *, index: int) -> Stopped:
        """Lets it go on at the index that was shown (`goes_on_at`); gives how it stood.

        Problem 404 for a log that is not stopped; 409 `log_contradicts` where it still contradicts what was signed,
        and `log_index` where it goes on at another index.
        """
        await self._recovery.depot.hold()
        found = await self.look(log)
        if found is None:
            raise not_found()
        if found.contradiction is not None:
            raise conflict("log_contradicts", f"The log cannot go on: {found.contradiction}.")
        if index != found.goes_on_at:
            raise conflict("log_index", f"The log goes on at index {found.goes_on_at}, not at {index}.")
        head = await heads.find(self._database, log)
        published = head.published_size if head is not None else 0
        let = publication.resume(log.scope, log.id, size=found.size, published=published, from_index=index)
        if not (await self._database.write(PlatformScope(), let))[0][0]:
            raise conflict("log_index", "The log grew at this moment: look again.")
        return found

    async def _contradiction(self, log: Log, head: PublishedHead, standing: Standing) -> str | None:
        if standing.is_fork:
            return f"the store signed another history of its first {standing.size} entries than this database has"
        if (shown := await self._shown(log, head)) is not None:
            return shown
        if (altered := await self._altered(log, head)) is not None:
            return altered
        if standing.is_ahead:
            try:
                await self._recovery.lost(log, known=head.size)
            except Unrecoverable:
                return f"the store does not give back the {standing.size} entries that it signed, behind {head.size}"
        return None

    async def _shown(self, log: Log, head: PublishedHead) -> str | None:
        """What contradicts the checkpoint that was shown last."""
        if head.checkpoint is None:
            return None
        try:
            shown = await self._recovery.verified(log, head.checkpoint.encode())
        except BadNote:
            return "the checkpoint that was shown last is not signed by a key of ours"
        if shown.size > head.size or (await heads.prefix(self._database, log, shown.size)).root() != shown.root:
            return f"this database has another history of the {shown.size} entries that it showed"
        return None

    async def _altered(self, log: Log, head: PublishedHead) -> str | None:
        """What is not as it was sealed, of all that is to be published: the first of it."""
        first = head.published_size // WIDTH * WIDTH
        for start in range(first, head.size, _AT_ONCE):
            end = min(start + _AT_ONCE, head.size)
            entries = await heads.leaves(self._database, log, start, end)
            wrong = [one.index for one in entries if not heads.is_as_sealed(one)]
            if wrong:
                return f"the entry at index {wrong[0]} is not what was sealed: put it back"
            hashes = [one.leaf_hash for one in entries]
            full = [hashes[at : at + WIDTH] for at in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
            above = await heads.node_hashes(self._database, log, 1, start // WIDTH, start // WIDTH + len(full))
            if len(entries) != end - start or above != [tiles.above(each) for each in full]:
                return (
                    f"hashes of the tree between the indices {start} and {end} are not what was sealed: put them back"
                )
        if (await heads.prefix(self._database, log, head.size)).root() != head.root:
            return "the root of the tree is not that of its entries"
        return None
