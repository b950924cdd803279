"""What the reconciliation asks, inside one scope at a time. Keeps AUD-01 (in part)."""

from dataclasses import dataclass

from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class Changed:
    """A row's kind and the transaction that last changed it."""

    kind: str
    xid: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many were seen, and how many of them lack their counterpart."""

    seen: int
    without: int


HORIZON = Statement(
    "select coalesce(min(xid), pg_snapshot_xmin(pg_current_snapshot()))::text from app.invalidation "
    "where at > clock_timestamp() - interval '2 hours'",
    scalar,
)
"""A transaction of at most two hours ago. The probe of revocations writes one every few minutes; before its first,
nothing is old enough to be looked at."""
CHANGED_BY_ORG = Statement(
    "select 'organization', changed_xid::text from app.organization where changed_xid >= $1::text::xid8 "
    "union all select 'user', changed_xid::text from app.app_user where changed_xid >= $1::text::xid8 "
    "union all select 'session', changed_xid::text from app.session where changed_xid >= $1::text::xid8",
    Changed,
)
# An API key's row also counts its uses, which the log has no entry for; its making is held against the log by id.
CHANGED_BY_PARTNER = Statement(
    "select 'partner', changed_xid::text from app.partner where changed_xid >= $1::text::xid8 "
    "union all select 'directory', changed_xid::text from app.directory where changed_xid >= $1::text::xid8 "
    "union all select 'signing key', changed_xid::text from app.signing_key where changed_xid >= $1::text::xid8 "
    "union all select 'key set', changed_xid::text from app.key_set where changed_xid >= $1::text::xid8 "
    "union all select 'agent', changed_xid::text from app.agent where changed_xid >= $1::text::xid8",
    Changed,
)
RECORDED = Statement(
    "select distinct xid::text from app.audit_queue where id >= $1 and xid::text = any($2::text[])", scalar
)
RUNS_WITHOUT_ENTRY = Statement(
    "select count(*)::int, (count(*) filter (where not exists (select from app.audit_queue q where q.id >= $2 "
    "and q.action = 'run.started' and q.target_id = r.id)))::int from app.run r where r.id >= $1",
    Counted,
)
USERS_WITHOUT_ROW = Statement(
    "select count(*)::int, (count(*) filter (where not exists (select from app.app_user u where u.id = q.target_id) "
    "and not exists (select from app.key_destruction k where k.user_id = q.target_id or k.user_id is null)))::int "
    "from app.audit_queue q where q.id >= $1 and q.action = 'user.created' and q.outcome = 'success'",
    Counted,
)
"""A user who was erased since then has a key that was asked to be destroyed; so has an organization."""
PLANT_ENTRY = Statement(
    "insert into app.audit_queue (id, actor_kind, action, target_kind, target_id, outcome) "
    "values ($1, 'system', 'user.created', 'user', $2, 'success')",
    nothing,
)
