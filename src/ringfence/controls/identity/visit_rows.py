"""What visits of the log's page read and write: one statement each. Keeps AUD-05.

Proved in tests/promises/test_audit_page.py.
"""

from dataclasses import dataclass
from datetime import datetime

from ringfence.base.principal import KeyId, SessionId, UserId
from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with everything that it stands on, as it is now by the database's clock."""

    user_id: UserId
    session_id: SessionId | None
    api_key_id: KeyId | None
    role: str
    vouched_at: datetime
    ticket_hash: bytes
    ticket_until: datetime
    cookie_hash: bytes | None
    expires_at: datetime | None
    ended_at: datetime | None
    role_now: str
    user_status: str
    user_from: datetime | None
    organization_status: str
    organization_from: datetime | None
    partner_status: str
    partner_from: datetime | None
    is_session_over: bool
    signing_key_id: KeyId | None
    signing_key_status: str | None
    now: datetime


VISIT = Statement(
    "select v.user_id, v.session_id, v.api_key_id, v.role, v.vouched_at, v.ticket_hash, v.ticket_until, v.cookie_hash,"
    " v.expires_at, v.ended_at, u.role, u.status, nullif(u.sessions_from, '-infinity'),"
    " o.status, nullif(o.sessions_from, '-infinity'), p.status, nullif(p.sessions_from, '-infinity'),"
    " coalesce(s.ended_at is not null or s.expires_at <= now(), false), s.signing_key_id, k.status, now()"
    " from app.audit_visit v"
    " join app.app_user u on u.org_id = v.org_id and u.id = v.user_id"
    " join app.organization o on o.org_id = v.org_id"
    " cross join app.partner p"
    " left join app.session s on s.org_id = v.org_id and s.id = v.session_id"
    " left join app.signing_key k on k.id = s.signing_key_id"
    " where v.id = $1",
    VisitRow,
)
USER = Statement("select role from app.app_user where id = $1 and status = 'active' for share", scalar)
SESSION = Statement(
    "select id from app.session where id = $1 and ended_at is null and expires_at > now() for share", scalar
)
ADD = Statement(
    "insert into app.audit_visit (id, user_id, session_id, api_key_id, role, vouched_at, ticket_hash, ticket_until)"
    " values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))",
    nothing,
)
OPEN = Statement(
    "update app.audit_visit set opened_at = now(), cookie_hash = $2, expires_at = now() + make_interval(secs => $3)"
    " where id = $1 and opened_at is null and ended_at is null and ticket_until > now() returning id",
    scalar,
)
"""Of two who open at once, one gets an answer."""
END = Statement("update app.audit_visit set ended_at = now() where id = $1 and ended_at is null returning id", scalar)
FORGET_OLD = Statement(
    "delete from app.audit_visit where coalesce(expires_at, ticket_until) < now() - interval '1 hour'", nothing
)
"""Visits that are over: each new link sweeps those of its organization."""
