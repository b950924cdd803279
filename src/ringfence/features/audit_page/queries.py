"""What the page reads beside the log itself: leaf hashes of what it shows, people's names, and what is checked.

Every statement runs in the organization's own scope, which row security holds: none of them names a log.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.controls.tenancy import Statement, scalar


@dataclass(frozen=True, slots=True)
class Leaf:
    """The sealed hash of an entry."""

    entry_id: UUID
    hash: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """A user's name, sealed."""

    id: UUID
    name: bytes | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that was published."""

    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that are recorded and not sealed yet, and the time of the oldest."""

    count: int
    oldest: datetime | None


LEAVES = Statement("select entry_id, leaf_hash from app.audit_sealed where entry_id = any($1)", Leaf)
NAMES = Statement("select id, name from app.app_user where id = any($1)", Named)
ORGANIZATION = Statement("select name from app.organization", scalar)
LOCALE = Statement("select locale from app.app_user where id = $1", scalar)
KEPT = Statement("select size, note from app.audit_checkpoint order by size", Kept)
PRUNED_TO = Statement("select pruned_to from app.audit_log", scalar)
WAITING = Statement(
    "select count(*), min(q.at) from (select id, at, scope_id from app.audit_queue order by id desc limit 10000) q"
    " where not exists (select from app.audit_sealed s where s.scope_id = q.scope_id and s.entry_id = q.id)",
    Waiting,
)
"""Of the newest ten thousand."""
