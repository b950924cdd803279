"""What holds the sealer back: entries that wait, and the transactions that they wait for. Keeps AUD-02.

A transaction left open anywhere in the cluster, also a prepared one that no session holds any more, makes every younger
entry wait. Nothing is lost by it, and it must not go on unseen. Proved in tests/evidence/test_probes_sealing.py.
"""

from dataclasses import dataclass
from typing import Final

from ringfence.controls.tenancy import Bound, Database, PlatformScope, Statement, seal
from ringfence.controls.tenancy.seal import Lag

PATIENCE_SECONDS: Final = 60.0
"""Transactions of the product end within half of it (0001_roles.sql); seconds are what sealing takes."""


@dataclass(frozen=True, slots=True)
class Open:
    """A transaction that has written something and not ended: a session's, by its process id, or a prepared one."""

    is_prepared: bool
    name: str
    database: str | None
    seconds: float | None
    """Since it was prepared; None for a session."""
    is_oldest: bool


@dataclass(frozen=True, slots=True)
class Stall:
    """What waits for longer than a minute, and because of whom."""

    lag: Lag
    open: tuple[Open, ...]

    @property
    def forgotten(self) -> tuple[Open, ...]:
        """Prepared transactions that were left open."""
        return tuple(one for one in self.open if one.is_prepared and (one.seconds or 0) > PATIENCE_SECONDS)

    @property
    def oldest(self) -> Open | None:
        """What the oldest entry waits for, where something is open."""
        return next((one for one in self.open if one.is_oldest), None)


# Both views are everyone's to read; whose session it is stays hidden from other roles.
_OPEN = Statement(
    "select p.gid is not null, coalesce(p.gid, l.pid::text, '?'), coalesce(p.database::text, d.datname::text), "
    "extract(epoch from clock_timestamp() - p.prepared)::float8, "
    "l.transactionid = pg_snapshot_xmin(pg_current_snapshot())::xid "
    "from pg_locks l left join pg_prepared_xacts p on p.transaction = l.transactionid "
    "left join pg_stat_activity a on a.pid = l.pid left join pg_database d on d.oid = a.datid "
    "where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted order by 5 desc, 4 desc nulls last "
    "limit 1000",
    Open,
)


async def find(database: Database) -> Stall:
    """What waits now."""
    lag, opened = await database.read(PlatformScope(), *looks(PATIENCE_SECONDS))
    return Stall(lag[0], tuple(opened))


def looks(seconds: float) -> tuple[Bound[Lag], Bound[Open]]:
    """The two statements of the look, for a transaction in which a probe planted something."""
    return seal.lag(seconds), _OPEN()
