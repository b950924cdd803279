"""Keeps TEN-07, AUD-04. Whose the store is: a copy of the database that is started on it reads, and changes nothing.

A marker in the store names its owner by a claim, which the owner's database keeps, and by what a copy of that database
has not: the cluster and the number of the database (a dump that was loaded elsewhere, a `create database template`),
and a turn that both change every few minutes (a copied disk, a database that was put back). Another database becomes
the owner by `ringfence store claim` alone. Proved in tests/controls/test_store_ownership.py.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Final, final
from uuid import UUID

import msgspec

from ringfence.base import clock, ids
from ringfence.base import log as lines
from ringfence.base.problem import Problem, conflict, unavailable
from ringfence.controls import audit
from ringfence.controls.objects.marker import Marked, Marker
from ringfence.controls.objects.place import Place
from ringfence.controls.tenancy import Bound, Database, PlatformScope, Statement, nothing, scalar

FRESH_SECONDS: Final = 5.0
"""How old what a process saw of the marker may be when it writes."""
LEAVE_SECONDS: Final = 15.0
"""How long a claim waits until it counts: the owner before has seen it by then, and its last call has ended."""
TURN_SECONDS: Final = 300.0
"""How often the turn changes. A copy is told by it that is older than two of them."""
NOBODY: Final = "nobody"
UNREADABLE: Final = "unreadable"
_FORM: Final = "ringfence-store/1"
_TOLD_SECONDS: Final = 60.0


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the marker says; `host` is the owner's public address, for people, and decides nothing."""

    form: str
    claim: UUID
    cluster: str
    turn: UUID
    host: str

    @classmethod
    def parse(cls, content: bytes) -> "Owner | None":
        """None for what no release of ours wrote."""
        try:
            made = msgspec.json.decode(content, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return made if made.form == _FORM else None


class State(Enum):
    """How the store stands to this database."""

    OURS = "ours"
    EMPTY = "empty"
    """Nobody's, and nothing is in it."""
    UNMARKED = "unmarked"
    """Nobody's, and something is in it."""
    ANOTHERS = "anothers"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was seen; `owner` is None where there is no marker, or none that can be read."""

    state: State
    found: Marked | None
    owner: Owner | None

    @property
    def holder(self) -> str:
        """The owner as an operator names it: its claim, or a word."""
        return NOBODY if self.found is None else str(self.owner.claim) if self.owner is not None else UNREADABLE


@dataclass(frozen=True, slots=True)
class _Row:
    """The claim of this database, and the turns that the marker may show: this one, and the next."""

    claim: UUID
    turn: UUID
    next_turn: UUID


_HERE = Statement(
    "select c.system_identifier::text || '/' || d.oid::text from pg_control_system() c, pg_database d "
    "where d.datname = current_database()",
    scalar,
)
_ROW = Statement("select claim, turn, next_turn from app.store_owner where shard = 0", _Row)
_FIRST = Statement(
    "insert into app.store_owner (shard, claim, turn, next_turn) values (0, $1, $2, $3) on conflict do nothing", nothing
)
_CLAIMED = Statement(
    "insert into app.store_owner (shard, claim, turn, next_turn) values (0, $1, $2, $3) on conflict (shard) do update "
    "set claim = excluded.claim, turn = excluded.turn, next_turn = excluded.next_turn, turned_at = clock_timestamp()",
    nothing,
)
_TURNED = Statement(
    "update app.store_owner set turn = next_turn, next_turn = $2, turned_at = clock_timestamp() "
    "where shard = 0 and next_turn = $1",
    nothing,
)


class NotOwned(Problem):
    """The store is another deployment's, or nobody's yet: nothing is stored, deleted, sealed or published there."""

    def __init__(self, standing: Standing) -> None:
        made = unavailable("store_not_owned", "Nothing can be stored now: the operator has to say whose the store is.")
        self.standing = standing
        cause = f"the store is {standing.state.value}, owner {standing.holder}: ringfence store status"
        super().__init__(made.status, made.code, made.detail, headers=made.headers, cause=cause)


@final
class Ownership:
    """Whether this database may change the store at a place; `adopts` one without a marker, as no copy shares it."""

    def __init__(
        self, database: Database, place: Place, *, host: str, adopts: bool = False, leave_seconds: float = LEAVE_SECONDS
    ) -> None:
        self._database = database
        self._marker = Marker(place)
        self._host = host
        self._adopts = adopts
        self._leave_seconds = leave_seconds
        self._one = asyncio.Lock()
        self._until = self._told_until = 0.0

    async def hold(self) -> None:
        """Returns where the store is ours, seen less than five seconds ago; an empty one becomes ours. NotOwned."""
        if clock.monotonic() < self._until:
            return
        async with self._one:
            began = clock.monotonic()
            if began < self._until:
                return
            standing = await self.look()
            if standing.state is State.EMPTY or (standing.state is State.UNMARKED and self._adopts):
                standing = await self._take(standing)
            if standing.state is not State.OURS:
                self._tell(standing, began)
                raise NotOwned(standing)
            self._until = began + FRESH_SECONDS

    async def look(self) -> Standing:
        """How the store stands, asked now; changes nothing."""
        # NOTE: the row first. A turn that is made in between shows the marker's as the next one, which counts.
        rows, here = await self._database.read(PlatformScope(), _ROW(), _HERE())
        found = await self._marker.find()
        if found is None:
            return Standing(State.EMPTY if await self._marker.is_alone() else State.UNMARKED, None, None)
        owner = Owner.parse(found.content)
        is_ours = (
            owner is not None
            and bool(rows)
            and (owner.claim, owner.cluster) == (rows[0].claim, here[0])
            and owner.turn in (rows[0].turn, rows[0].next_turn)
        )
        return Standing(State.OURS if is_ours else State.ANOTHERS, found, owner)

    async def turn(self) -> int:
        """Changes the turn, in the store and then here; gives 1, or 0 where another process was faster."""
        await self.hold()
        standing, row = await self.look(), await self._row()
        if standing.state is not State.OURS or standing.owner is None:
            raise NotOwned(standing)
        # NOTE: the next turn is known to the database since the last one: a standby that takes over may lack some
        # seconds, and must not be taken for a database that was put back.
        if standing.owner.turn == row.turn:
            becomes = await self._owner(row.claim, row.next_turn)
            if not await self._marker.put(becomes, before=standing.found):
                return 0
        elif standing.owner.turn != row.next_turn:
            return 0  # Between looking and reading another process turned: a second turn here would lock us all out.
        await self._database.write(PlatformScope(), _TURNED(row.next_turn, ids.new()))
        return 1

    async def claim(self, held_by: str) -> Standing:
        """Makes this database the owner in the place of the one that is named (Standing.holder); gives that one.

        Problem 409 `store_claimed` where it is another's than was said, also at the very last moment.
        """
        before = await self.look()
        if before.holder != held_by:
            raise conflict("store_claimed", f"The owner is {before.holder}, not {held_by}.")
        row = _Row(ids.new(), ids.new(), ids.new())
        if not await self._marker.put(await self._owner(row.claim, row.turn), before=before.found):
            raise conflict("store_claimed", "Somebody else claimed the store at this moment.")
        if before.found is not None:
            await asyncio.sleep(self._leave_seconds)
        kept = _CLAIMED(row.claim, row.turn, row.next_turn)
        await self._database.write(PlatformScope(), kept, _entry(audit.Actor.operator(), "command"))
        self._until = 0.0
        return before

    async def _take(self, standing: Standing) -> Standing:
        """Claims a store that is nobody's: every process of this database would write the same marker."""
        row = await self._row()
        if await self._marker.put(await self._owner(row.claim, row.turn), before=None):
            lines.warning("store_claimed", state=standing.state.value)
            await self._database.write(PlatformScope(), _entry(audit.Actor.system(ids.new()), standing.state.value))
        return await self.look()

    async def _row(self) -> _Row:
        made = _FIRST(ids.new(), ids.new(), ids.new())
        await self._database.write(PlatformScope(), made)
        return (await self._database.read(PlatformScope(), _ROW()))[0][0]

    async def _owner(self, claim: UUID, turn: UUID) -> bytes:
        here: str = (await self._database.read(PlatformScope(), _HERE()))[0][0]
        return msgspec.json.encode(Owner(_FORM, claim, here, turn, self._host))

    def _tell(self, standing: Standing, now: float) -> None:
        if now >= self._told_until:
            self._told_until = now + _TOLD_SECONDS
            lines.error("store_not_owned", state=standing.state.value, reason=standing.holder)


def _entry(actor: audit.Actor, cause: str) -> Bound[None]:
    return audit.entry(actor, audit.Action.STORE_CLAIMED, origin=audit.Origin.internal(), cause=cause)
