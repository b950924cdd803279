"""What the reconciliation asks beside the gate's own look, inside one scope at a time. Keeps AUD-01 (in part)."""

from dataclasses import dataclass

from ringfence.controls.tenancy import Statement, nothing


@dataclass(frozen=True, slots=True)
class Counted:
    """How many were seen, and how many of them lack their counterpart."""

    seen: int
    without: int


RUNS_WITHOUT_ENTRY = Statement(
    "select count(*)::int, (count(*) filter (where not exists (select from app.audit_queue q where q.id >= $2 "
    "and q.action = 'run.started' and q.target_id = r.id)))::int from app.run r where r.id >= $1",
    Counted,
)
PLANT_ENTRY = Statement(
    "insert into app.audit_queue (id, actor_kind, action, target_kind, target_id, outcome) "
    "values ($1, 'system', 'user.created', 'user', $2, 'success')",
    nothing,
)
