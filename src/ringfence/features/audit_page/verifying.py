"""Verifies an organization's log from the rows as they are: every leaf, every index, the root, every checkpoint.

In pieces, so that nobody else waits for it; one at a time for an organization and two a process; for a minute at most.
A log that takes longer is verified from its end: stretch after stretch of entries, each on top of the sealed hashes of
what is before it, until the time is up. What was not reached is said, and may be verified next.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, final
from uuid import UUID

from ringfence.base import clock
from ringfence.base.merkle import CompactRange, leaf_hash
from ringfence.base.problem import Problem
from ringfence.controls.audit import trees
from ringfence.controls.audit.trees import Head, SealedEntry
from ringfence.controls.tenancy import Database, OrgScope
from ringfence.features.audit_page import queries
from ringfence.features.audit_page.queries import Kept

PIECE: Final = 500
"""Entries that are checked without a pause: some milliseconds."""
STRETCH: Final = 1 << 16
"""Entries between two places at which a verification may stop, and go on from: a subtree of which the hash is kept."""
LONGEST_S: Final = 60.0
_AT_ONCE: Final = 2
_TURN_S: Final = 2 * LONGEST_S
"""After so long somebody else may verify, whatever became of the page."""
_NAMED: Final = 20
_PATIENCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a checkpoint says, once its signature is known to be ours."""

    size: int
    root: bytes
    key: str


Check = Callable[[str], Claimed | None]
"""What a signed note says of this log; None where no key of this deployment signed it, or for another log."""


@dataclass(slots=True)
class Findings:
    """What was found; indexes and sizes name the faults, the first ones of each kind, and `faults` counts all."""

    size: int = 0
    until: int = 0
    """The entries before this index were to be looked at: all, or those that an earlier check did not reach."""
    first: int = 0
    """From here to `until` everything was looked at, with what it sums up to; `until` where nothing was."""
    done: int = 0
    pruned: int = 0
    root: bytes = b""
    faults: int = 0
    changed: list[int] = field(default_factory=list[int])
    missing: list[int] = field(default_factory=list[int])
    gaps: list[int] = field(default_factory=list[int])
    wrong_roots: list[int] = field(default_factory=list[int])
    wrong_checkpoints: list[int] = field(default_factory=list[int])
    unsigned: list[int] = field(default_factory=list[int])
    kept: int = 0
    newest: Claimed | None = None
    waiting: int = 0
    is_stalled: bool = False
    """Something waits to be sealed for a minute or more."""
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Every sealed entry was looked at."""
        return self.first == 0 and self.until == self.size

    def note(self, kind: list[int], where: int) -> None:
        """Counts a fault, and names it while there are few of its kind."""
        self.faults += 1
        if len(kind) < _NAMED:
            kind.append(where)


@final
class Turns:
    """Who verifies in this process, and until when.

    A turn ends by itself: a reader who takes nothing of the page, or was gone before it began, keeps it from nobody.
    """

    def __init__(self, *, longest_s: float = _TURN_S) -> None:
        self._longest_s = longest_s
        self._busy = dict[UUID, float]()

    def take(self, org_id: UUID) -> Callable[[], None]:
        """Takes a turn; gives what hands it back. Problem 409 `verifying` for a log that has one, 503 behind two."""
        now = clock.monotonic()
        self._busy = {owner: until for owner, until in self._busy.items() if until > now}
        if org_id in self._busy:
            raise Problem(409, "verifying", "This log is being verified already.")
        if len(self._busy) >= _AT_ONCE:
            raise Problem(503, "unavailable", "Other logs are being verified.", headers={"Retry-After": "10"})
        until = self._busy[org_id] = now + self._longest_s

        def give_back() -> None:
            # Whoever took the turn after it had ended keeps it.
            if self._busy.get(org_id) == until:
                del self._busy[org_id]

        return give_back


async def verify(
    database: Database, scope: OrgScope, check: Check, *, before: int | None = None, longest_s: float = LONGEST_S
) -> AsyncGenerator[Findings]:
    """The findings as they grow, after each piece; the last are final. `before` is where an earlier check ended."""
    began, found = clock.monotonic(), Findings()
    async with database.org(scope) as tx:
        # The checkpoints first: one that is published in between is of a tree that the head has by then.
        kept, waiting = await tx.pipeline(queries.KEPT(), queries.WAITING())
        head = await trees.head(tx)
    found.waiting, oldest = waiting[0].count, waiting[0].oldest
    found.is_stalled = oldest is not None and clock.now() - oldest > _PATIENCE
    if head is None:
        yield found
        return
    found.size, found.kept = head.size, len(kept)
    found.until = found.first = head.size if before is None else min(before, head.size)
    claims = await asyncio.to_thread(_claims, head, kept, check, found)
    following = await _sealed(database, scope, head, found.until)
    while found.first and clock.monotonic() - began < longest_s:
        start = (found.first - 1) // STRETCH * STRETCH
        base = await _sealed(database, scope, head, start)
        tree = _Tree(claims, found, start, base)
        while tree.at < found.first and clock.monotonic() - began < longest_s:
            end = min(tree.at + PIECE, found.first)
            # After the entries, how far they are pruned: a year may end while a log is verified.
            rows, pruned_to = await database.read(scope, trees.entries_of(tree.at, end), queries.PRUNED_TO())
            await asyncio.to_thread(tree.take, rows, end, pruned_to=pruned_to[0])
            found.seconds = clock.monotonic() - began
            yield found
        if tree.at == found.first:
            tree.close(following)
            found.first, following = start, base
    found.seconds = clock.monotonic() - began
    yield found


async def _sealed(database: Database, scope: OrgScope, head: Head, size: int) -> CompactRange | None:
    """The tree of the first entries as its hashes are kept; None where some are missing, or they give another root."""
    try:
        async with database.org(scope) as tx:
            found = await trees.prefix(tx, size)
    except trees.DamagedTree:
        return None
    return None if size == head.size and found.root() != head.root else found


class _Tree:
    """A stretch of the tree as it is built anew, on what is sealed before it."""

    def __init__(self, claims: dict[int, Claimed], found: Findings, start: int, base: CompactRange | None) -> None:
        self._claims = claims
        self._found = found
        self._range = None if base is None else CompactRange(start, base.hashes)
        self.at = start

    def take(self, rows: Sequence[SealedEntry], end: int, *, pruned_to: int) -> None:
        """The next piece, up to `end`: each row against its own hash, each index against the row before it."""
        found, by_index = self._found, {row.index: row for row in rows}
        for index in range(self.at, end):
            row = by_index.get(index)
            if row is None:
                found.note(found.gaps, index)
                self._range = None
                continue
            self._look(row, pruned_to=pruned_to)
            if self._range is None:
                continue
            self._range.append(row.leaf_hash)
            # NOTE: after a gap no root fits: that is said once, at the end, not for each checkpoint.
            claim = self._claims.get(index + 1)
            if claim is not None and claim.root != self._range.root():
                found.note(found.wrong_checkpoints, claim.size)
        found.done += end - self.at
        self.at = end

    def close(self, sealed: CompactRange | None) -> None:
        """The hashes over everything up to here, against those that are sealed."""
        found, built = self._found, self._range
        if not found.root and built is not None and built.size:
            found.root = built.root()
        if built is None or sealed is None or built.hashes != sealed.hashes:
            found.note(found.wrong_roots, self.at)

    def _look(self, row: SealedEntry, *, pruned_to: int) -> None:
        found = self._found
        if row.data is None:
            if row.index < pruned_to:
                found.pruned += 1
            else:
                found.note(found.missing, row.index)
        elif leaf_hash(row.data) != row.leaf_hash:
            found.note(found.changed, row.index)


def _claims(head: Head, kept: Sequence[Kept], check: Check, found: Findings) -> dict[int, Claimed]:
    """What each signed checkpoint says, by its size."""
    notes = {one.size: one.note for one in kept}
    if head.checkpoint is not None:
        notes[head.published_size] = head.checkpoint
    claims = dict[int, Claimed]()
    for size, note in notes.items():
        claim = check(note)
        if claim is None:
            found.note(found.unsigned, size)
        elif claim.size != size or size > head.size:
            found.note(found.wrong_checkpoints, size)
        else:
            claims[size] = claim
    found.newest = claims.get(head.published_size)
    return claims
