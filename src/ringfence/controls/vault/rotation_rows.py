"""The rows of rotations: one statement each, all in the platform's scope. Times are the caller's, for its clock counts.

Keeps CRY-02. Proved in tests/controls/test_rotations.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import Statement, scalar

State = Literal["sealing", "settling", "kept", "done", "void"]
Cause = Literal["command", "age", "api"]


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation of an owner's keys: an organization's covers its users'."""

    id: UUID
    owner_path: str
    cause: Cause
    leaves_hex: str
    state: State
    rotated_at: datetime | None
    kept_days: int
    pass_at: datetime | None
    place: str | None
    after: str | None
    total: int
    looked_at: int
    found: int
    resealed: int
    damaged: int
    next_at: datetime
    requested_at: datetime
    moved_at: datetime
    ended_at: datetime | None
    is_worked_on: bool

    @property
    def owner(self) -> KeyOwner:
        """Whose keys."""
        return KeyOwner(self.owner_path)

    @property
    def leaves(self) -> list[bytes]:
        """The ids of the keys that are being left."""
        return [bytes.fromhex(text) for text in self.leaves_hex.split()]

    @property
    def percent(self) -> int:
        """How much of the pass that is under way was looked at; 100 once nothing is left to be sealed anew."""
        if self.state != "sealing":
            return 100
        return min(99, 100 * self.looked_at // self.total) if self.total else 0


ASK = Statement(
    "insert into app.key_rotation (id, owner, cause, leaves, kept_days, next_at, requested_at, moved_at) "
    "values ($1, $2, $3, $4, $5, $6, $6, $6) "
    "on conflict (owner) where state in ('sealing', 'settling') do nothing returning id",
    scalar,
)
OPEN_OF = Statement("select id from app.key_rotation where owner = $1 and state in ('sealing', 'settling')", scalar)
OPEN = Statement("select count(*) from app.key_rotation where state in ('sealing', 'settling')", scalar)
CLAIM = Statement(
    "with due as (select id from app.key_rotation where ended_at is null and next_at <= $2 "
    "and (until is null or until < $2) and ($4::uuid is null or id = $4) "
    "order by next_at, id limit 1 for update skip locked) "
    "update app.key_rotation r set holder = $1, until = $3 from due where r.id = due.id returning r.id",
    scalar,
)
ROTATED = Statement(
    "update app.key_rotation set rotated_at = $3, moved_at = $3, until = $4 where id = $1 and holder = $2 returning id",
    scalar,
)
BEGIN_PASS = Statement(
    "update app.key_rotation set pass_at = $3, place = null, after = null, total = $4, looked_at = 0, found = 0, "
    "damaged = 0, moved_at = $3, until = $5 where id = $1 and holder = $2 returning id",
    scalar,
)
ADVANCE = Statement(
    "update app.key_rotation set place = $3, after = $4, looked_at = looked_at + $5, found = found + $6, "
    "resealed = resealed + $7, damaged = damaged + $8, moved_at = $9, until = $10 "
    "where id = $1 and holder = $2 returning found",
    scalar,
)
END_PASS = Statement(
    "update app.key_rotation set state = $3, pass_at = null, place = null, after = null, next_at = $4, moved_at = $5, "
    "holder = null, until = null where id = $1 and holder = $2 returning id",
    scalar,
)
END = Statement(
    "update app.key_rotation set state = $3, ended_at = $4, moved_at = $4, holder = null, until = null "
    "where id = $1 and holder = $2 returning id",
    scalar,
)
HOLD = Statement("update app.key_rotation set until = $3 where id = $1 and holder = $2 returning id", scalar)
DEFER = Statement("update app.key_rotation set next_at = $3 where id = $1 and holder = $2 returning id", scalar)
RELEASE = Statement(
    "update app.key_rotation set holder = null, until = null where id = $1 and holder = $2 returning id", scalar
)
SHOWN = Statement(
    "select r.id, r.owner, r.cause, (select string_agg(encode(l.id, 'hex'), ' ') from unnest(r.leaves) l(id)), "
    "r.state, r.rotated_at, r.kept_days, r.pass_at, r.place, r.after, r.total, r.looked_at, r.found, r.resealed, "
    "r.damaged, r.next_at, r.requested_at, r.moved_at, r.ended_at, r.until is not null and r.until > $1 "
    "from app.key_rotation r "
    "where case when $2::uuid is not null then r.id = $2 else r.ended_at is null or r.ended_at > $3 end "
    "order by r.requested_at desc, r.id desc limit $4",
    Rotation,
)
"""One rotation, or all that are under way or ended lately."""
SHOWN_OF = Statement(
    "select r.id, r.owner, r.cause, (select string_agg(encode(l.id, 'hex'), ' ') from unnest(r.leaves) l(id)), "
    "r.state, r.rotated_at, r.kept_days, r.pass_at, r.place, r.after, r.total, r.looked_at, r.found, r.resealed, "
    "r.damaged, r.next_at, r.requested_at, r.moved_at, r.ended_at, r.until is not null and r.until > $1 "
    "from app.key_rotation r where r.owner = $2 order by r.requested_at desc, r.id desc limit $3",
    Rotation,
)
"""The newest rotations of one owner."""
EXPIRE = Statement(
    "with expired as (delete from app.key_rotation where ended_at < $1 returning 1) select count(*) from expired",
    scalar,
)
