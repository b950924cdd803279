"""Logs with sealed entries: what tests of the sealer, of proofs and of probes stand on."""

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role
from ringfence.controls import audit
from ringfence.controls.audit import Action, Actor, Origin, Pace, Sealer
from ringfence.controls.audit.trees import Head, SealedEntry
from ringfence.controls.tenancy import Bound, Database, OrgScope, Statement
from tests.world import Cast, Stage

HOLDER = ids.new()
SEALED = Statement(
    "select index, entry_id, leaf_hash from app.audit_sealed order by index", lambda *row: (row[0], row[1], row[2])
)


def an_entry(action: Action = Action.ACCESS_DENIED, **said) -> Bound[None]:
    """One entry of the system's own, for whichever log the transaction belongs to."""
    return audit.entry(Actor.system(HOLDER), action, origin=Origin.internal(), **said)


def many(count: int) -> Bound[None]:
    """So many entries at once, by one statement."""
    return Statement(
        "insert into app.audit_queue (id, actor_kind, action, outcome) "
        "select app.time_ordered_id(), 'system', 'access.denied', 'success' from generate_series(1, $1)",
        lambda *_: None,
    )(count)


def reader(cast: Cast, org: OrgId) -> OrgScope:
    """Whoever may read this organization's log."""
    return OrgScope(cast.northwind, org, Role.ADMIN, cast.alice)


def sealer(database: Database, *, most: int = 2_000, **more) -> Sealer:
    """A sealer with small batches where they matter."""
    return Sealer(database, holder=HOLDER, pace=Pace(busy_s=0.01, idle_s=0.02, most=most), **more)


async def seal_all(database: Database, *, most: int = 2_000) -> int:
    """Seals until nothing is left that is final; gives how many entries were looked at."""
    seals, count = sealer(database, most=most), 0
    while looked_at := await seals.round():
        count += looked_at
    return count


async def read(database: Database, scope: OrgScope) -> tuple[Head | None, list[SealedEntry]]:
    """A log as its readers see it: head and leaves."""
    async with database.org(scope) as tx:
        return await audit.trees.head(tx), await audit.trees.entries(tx, 0, 100_000)


def queued(stage: Stage) -> int:
    """How many entries no tree holds."""
    with stage.admin() as admin:
        row = admin.execute(
            "select count(*) from app.audit_queue q where not exists "
            "(select from app.audit_sealed s where s.scope_id = q.scope_id and s.entry_id = q.id)"
        ).fetchone()
    assert row is not None
    return row[0]
