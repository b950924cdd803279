"""Keeps AUD-05. Streams' rows: one statement each. Those on the work are fenced: a holder that lost it changes nothing.

Proved in tests/promises/test_audit_streams.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, how far it is, and how far its log is; `target` and `secret` are sealed."""

    id: UUID
    kind: str
    form: str | None
    status: str
    target: bytes
    secret: bytes | None
    created_at: datetime
    secret_rotated_at: datetime | None
    next_index: int
    sending_to: int | None
    failures: int
    last_error: str | None
    last_failed_at: datetime | None
    last_delivered_at: datetime | None
    size: int
    waiting_since: datetime | None
    published_size: int
    published_at: datetime | None
    checkpoint: str | None

    @property
    def carries_entries(self) -> bool:
        """Entries, not checkpoints."""
        return self.kind in {"webhook", "syslog"}


class Held(NamedTuple):
    """A stream that nobody else changes before the transaction's end."""

    kind: str
    secret: bytes | None


STREAM = Statement(
    "select s.id, s.kind, s.form, s.status, s.target, s.secret, s.created_at, s.secret_rotated_at, w.next_index, "
    "w.sending_to, w.failures, w.last_error, w.last_failed_at, w.last_delivered_at, coalesce(l.size, 0), "
    "(select a.sealed_at from app.audit_sealed a where a.scope_id = w.scope_id and a.index = w.next_index), "
    "coalesce(l.published_size, 0), l.published_at, l.checkpoint "
    "from app.audit_stream s join app.audit_stream_work w on w.scope_id = s.scope_id and w.stream_id = s.id "
    "left join app.audit_log l on l.scope = s.scope and l.scope_id = s.scope_id where s.id = $1",
    Stream,
)
STREAMS = Statement(
    "select s.id, s.kind, s.form, s.status, s.target, s.secret, s.created_at, s.secret_rotated_at, w.next_index, "
    "w.sending_to, w.failures, w.last_error, w.last_failed_at, w.last_delivered_at, coalesce(l.size, 0), "
    "(select a.sealed_at from app.audit_sealed a where a.scope_id = w.scope_id and a.index = w.next_index), "
    "coalesce(l.published_size, 0), l.published_at, l.checkpoint "
    "from app.audit_stream s join app.audit_stream_work w on w.scope_id = s.scope_id and w.stream_id = s.id "
    "left join app.audit_log l on l.scope = s.scope and l.scope_id = s.scope_id "
    "where ($1::uuid is null or s.id < $1) order by s.id desc limit $2",
    Stream,
)
COUNT = Statement("select count(*) from app.audit_stream", scalar)
SIZE = Statement("select coalesce((select l.size from app.audit_log l), 0)", scalar)
ADD = Statement("insert into app.audit_stream (id, kind, form, target, secret) values ($1, $2, $3, $4, $5)", nothing)
ADD_WORK = Statement("insert into app.audit_stream_work (stream_id, next_index) values ($1, $2)", nothing)
PAUSE = Statement("update app.audit_stream set status = 'paused' where id = $1", nothing)
RESUME = Statement("update app.audit_stream set status = 'active' where id = $1", nothing)
# Whoever resumes, or mends what was wrong, does not wait for the end of a pause.
HURRY = Statement(
    "update app.audit_stream_work set next_at = clock_timestamp() "
    "where stream_id = $1 and holder is null and failures > 0",
    nothing,
)
HOLD = Statement("select kind, secret from app.audit_stream where id = $1 for no key update", Held)
ROTATE = Statement(
    "update app.audit_stream set secret = $2, secret_rotated_at = clock_timestamp() where id = $1", nothing
)
DELETE = Statement("delete from app.audit_stream where id = $1 returning kind", scalar)

# --- By whoever holds the stream's work: stream, holder, attempt, and then what is new. ---

SENDING = Statement(
    "update app.audit_stream_work set sending_to = $4, next_at = clock_timestamp() + make_interval(secs => $5) "
    "where stream_id = $1 and holder = $2 and attempt = $3 returning stream_id",
    scalar,
)
ARRIVED = Statement(
    "update app.audit_stream_work set next_index = $4, sending_to = null, failures = 0, last_error = null, "
    "last_delivered_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => $5) "
    "where stream_id = $1 and holder = $2 and attempt = $3 returning stream_id",
    scalar,
)
SKIPPED = Statement(
    "update app.audit_stream_work set next_index = $4, sending_to = null, "
    "next_at = clock_timestamp() + make_interval(secs => $5) "
    "where stream_id = $1 and holder = $2 and attempt = $3 returning stream_id",
    scalar,
)
RELEASED = Statement(
    "update app.audit_stream_work set holder = null, is_slow = $4, "
    "next_at = clock_timestamp() + make_interval(secs => $5) "
    "where stream_id = $1 and holder = $2 and attempt = $3 returning stream_id",
    scalar,
)
FAILED = Statement(
    "update app.audit_stream_work set holder = null, is_slow = true, failures = failures + 1, last_error = $4, "
    "last_failed_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => $5) "
    "where stream_id = $1 and holder = $2 and attempt = $3 returning failures",
    scalar,
)
