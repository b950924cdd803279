"""A database that was put back to an earlier day gets back what was published since. Keeps AUD-04.

What a customer was shown lies in the store: its entries are put back under the same indices, so an honest restore still
verifies against a checkpoint that the customer kept, and an entry says that it happened. A store that contradicts the
database at the same size is a fork: that log is published no more. Proved in tests/controls/test_audit_recovering.py.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final
from uuid import UUID

from ringfence.base import ids
from ringfence.base import log as lines
from ringfence.base.merkle import CompactRange, leaf_hash
from ringfence.base.problem import unavailable
from ringfence.controls.audit import heads, tiles
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.heads import PublishedHead
from ringfence.controls.audit.instance import grow
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import SIGNATURE_BYTES, BadNote, Note
from ringfence.controls.audit.replayed import entry_id, log_of
from ringfence.controls.audit.signers import Signers
from ringfence.controls.audit.storing import Depot
from ringfence.controls.audit.tiles import WIDTH, Tile
from ringfence.controls.tenancy import Database, PlatformScope, publication
from ringfence.controls.tenancy.publication import Shown

_AT_ONCE: Final = 16
_TILES_AT_ONCE: Final = 4
_TRIES: Final = 50
_LOOK_SECONDS: Final = 0.1
_LEASE_SECONDS: Final = 60.0
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """How the store stands to the database: it holds nothing usable, what was published, more, or something else."""

    head: PublishedHead | None
    is_stored: bool = True
    is_ahead: bool = False
    is_fork: bool = False
    at: datetime | None = None
    """When the store's checkpoint was made, where it is ours and not the one that the head has."""
    size: int = 0
    """Of the tree that the store's checkpoint is of, where it is ours and not the one that the head has."""


class Unrecoverable(Exception):  # noqa: N818 - what it names is the log
    """The store does not hold what its own checkpoint says."""


@final
class Recovery:
    """Compares store and database, and puts back what the database lost."""

    def __init__(self, database: Database, depot: Depot, signers: Signers, *, host: str, holder: UUID) -> None:
        self._database = database
        self.depot = depot
        self._signers = signers
        self._host = host
        self._holder = holder

    async def check(self) -> None:
        """Looks at every log in the store, after a restore (a start looks at few: Watch); raises what it raises."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(log: Log) -> None:
            async with turns:
                await self.check_one(log)

        await asyncio.gather(*map(one, await self._all()))

    async def check_one(self, log: Log) -> None:
        """The same for one log."""
        standing = await self.examine(log)
        if standing.is_ahead:
            await self.recover(log)
        elif standing.is_fork:
            await self.stop(log, "fork")

    async def examine(self, log: Log) -> Standing:
        """How the store's checkpoint of a log stands to its head.

        NOTE: the store first: what another process publishes in between is in the head, and not taken for a restore.
        """
        found = await self.depot.find(f"{log.folder}/checkpoint")
        head = await heads.find(self._database, log)
        if found is None or (head is not None and found.decode(errors="replace") == head.checkpoint):
            return Standing(head, is_stored=found is not None)
        try:
            stored = await self.verified(log, found)
        except BadNote as bad:
            lines.error("audit_checkpoint_unreadable", bad, reason=log.name)
            if await self._is_by_lost_key(log, found.decode(errors="replace"), head):
                cause = "the store's checkpoint is by a key that the keystore lacks: put the keystore back"
                raise unavailable("storage_unavailable", "The log cannot be published now.", cause=cause) from bad
            return Standing(head, is_stored=False)
        if head is None or stored.size > head.size:
            return Standing(head, is_ahead=True, at=stored.at, size=stored.size)
        root = (await heads.prefix(self._database, log, stored.size)).root()
        # What was shown and is not stored, which no publisher of ours leaves behind, is all put again.
        is_stored = stored.size >= head.published_size
        return Standing(head, is_stored=is_stored, is_fork=root != stored.root, at=stored.at, size=stored.size)

    async def _is_by_lost_key(self, log: Log, found: str, head: PublishedHead | None) -> bool:
        """Whether it looks as if a key of ours that is gone had shown more than the database has.

        An older keystore was put back beside an older database: to go on from there would be a fork, and silent.
        """
        known = {key.id for key in await self._signers.verifiers()}
        try:
            note = Note.parse(found)
            said = Checkpoint.parse(note.text)
        except BadNote:
            return False
        name = (await self._signers.current()).name
        named = [one for one in note.signatures if one.name == name and len(one.value) == SIGNATURE_BYTES]
        lost = [one for one in named if one.key_id not in known]
        return said.origin == log.origin(self._host) and said.size > (head.size if head else 0) and bool(lost)

    async def lost_by(self, instance: Log) -> list[Log]:
        """The logs of which the store's instance tree has checkpoints that the database's has not.

        All of them where the store does not say which.
        """
        stored = await self.verified(instance, await self.depot.find(f"{instance.folder}/checkpoint") or b"")
        head = await heads.find(self._database, instance)
        known, found = (head.size if head is not None else 0), set[Log]()
        for start in range(known, stored.size, _TILES_AT_ONCE * WIDTH):
            end = min(start + _TILES_AT_ONCE * WIDTH, stored.size)
            for data in await self._entries(instance, start, end, stored.size):
                if (log := log_of(data or b"")) is None:
                    return await self._all()
                found.add(log)
        return sorted(found)

    async def _all(self) -> list[Log]:
        folders = await self.depot.objects.folders()
        return sorted(log for folder in folders if (log := Log.of_folder(folder)) is not None)

    async def recover(self, log: Log) -> int:
        """Puts back what the store has beyond the database; gives how many entries.

        The log is stopped, and 0 given, where the store's leaves do not go on from those of the database.
        """
        found = await self.depot.find(f"{log.folder}/checkpoint")
        stored = await self.verified(log, found or b"")
        head = await heads.find(self._database, log)
        known = head.size if head is not None else 0
        if known >= stored.size:
            return 0  # Another process did it.
        try:
            hashes = await self._lost(log, known=known, stored=stored)
        except Unrecoverable:
            await self.stop(log, "fork")
            return 0
        tree = head.tree if head is not None else CompactRange()
        for start in range(0, len(hashes), _TILES_AT_ONCE * WIDTH):
            await self._replay(log, tree, hashes[start : start + _TILES_AT_ONCE * WIDTH], stored.size)
        await self._show(log, stored, (found or b"").decode())
        lines.warning("audit_recovered", reason=log.name, count=len(hashes))
        return len(hashes)

    async def stop(self, log: Log, why: str) -> None:
        """Publishes nothing of the log from now on, and says so."""
        if (await self._database.write(PlatformScope(), publication.stop(log.scope, log.id, why)))[0][0]:
            lines.error("audit_log_stopped", reason=log.name, state=why)

    async def lost(self, log: Log, *, known: int) -> list[bytes]:
        """The leaf hashes beyond `known` that the store has, proved against its checkpoint; else Unrecoverable."""
        stored = await self.verified(log, await self.depot.find(f"{log.folder}/checkpoint") or b"")
        return await self._lost(log, known=known, stored=stored)

    async def verified(self, log: Log, note: bytes) -> Checkpoint:
        """The checkpoint of a note that a key of ours signed for this log; BadNote."""
        known = await self._signers.verifiers()
        return Checkpoint.verified(note.decode(errors="replace"), known, origin=log.origin(self._host))

    async def _lost(self, log: Log, *, known: int, stored: Checkpoint) -> list[bytes]:
        """The leaf hashes that the database lost, proved against the checkpoint; else Unrecoverable."""
        first, hashes = known // WIDTH, list[bytes]()
        for tile in tiles.tiles_of(0, stored.size, since=known):
            hashes += await self.depot.tile(log, tile) or []
        kept = await heads.leaf_hashes(self._database, log, first * WIDTH, known)
        tree = await heads.prefix(self._database, log, known) if known else CompactRange()
        lost = hashes[len(kept) :]
        tree.extend(lost)
        if hashes[: len(kept)] != kept or tree.size != stored.size or tree.root() != stored.root:
            raise Unrecoverable
        return lost

    async def _replay(self, log: Log, tree: CompactRange, hashes: list[bytes], size: int) -> None:
        start = tree.size
        found = await self._entries(log, start, start + len(hashes), size)
        entries = [
            data if data is not None and leaf_hash(data) == hashed else b""
            for data, hashed in zip(found, hashes, strict=True)
        ]
        grown = grow(tree, hashes)
        entry_ids = [entry_id(log, data) for data in entries]
        for _ in range(_TRIES):
            replay = publication.replay(log.scope, log.id, grown, self._holder, entry_ids, entries)
            if (await self._database.write(PlatformScope(), replay))[0][0]:
                return
            head = await heads.find(self._database, log)
            if head is not None and head.size >= tree.size:
                return  # Another process recovers this log, too.
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError

    async def _entries(self, log: Log, start: int, end: int, size: int) -> list[bytes | None]:
        """The entries from `start` to before `end` of a tree of `size`; None for one that the store has not."""
        found: list[bytes | None] = []
        for index in range(start // WIDTH, -(-end // WIDTH)):
            tile = Tile(0, index, min(WIDTH, size - index * WIDTH))
            found += await self.depot.bundle(log, tile) or [None] * tile.width
        offset = start // WIDTH * WIDTH
        return found[start - offset : end - offset]

    async def _show(self, log: Log, stored: Checkpoint, note: str) -> None:
        """The checkpoint that was shown is shown again; whoever has leased the log meanwhile shows a newer one."""
        token = ids.new()
        claim = publication.claim_one(log.scope, log.id, token, seconds=_LEASE_SECONDS)
        shown = Shown(stored.size, stored.root, note)
        published = publication.published(log.scope, log.id, token, shown)
        await self._database.write(PlatformScope(), claim, published)
