"""Organizations and users as the partner sees them: one statement each."""

from dataclasses import dataclass
from datetime import datetime

from ringfence.base.principal import OrgId, UserId
from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization, its name sealed."""

    id: OrgId
    external_id: str
    name: bytes
    region: str
    status: str
    generative_ai: bool
    retention_days: int | None
    spend_micros: int | None
    spend_tokens: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user; what tells about the person sealed."""

    id: UserId
    subject: bytes
    address: bytes
    name: bytes | None
    email: bytes | None
    role: str
    locale: str | None
    status: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by table, in the order of Counts' own names."""

    users: int
    sessions: int
    refresh_tokens: int
    conversations: int
    runs: int
    messages: int
    run_events: int
    files: int


DIRECTORY = Statement(
    "select org_id from app.directory where ($1::uuid is null or org_id < $1) order by org_id desc limit $2", scalar
)
LOCK_DIRECTORY = Statement("select org_id from app.directory where org_id = $1 for update", scalar)
ORGANIZATION = Statement(
    "select org_id, external_id, name, region, status, generative_ai, retention_days, spend_micros,"
    " spend_tokens, created_at from app.organization",
    OrganizationRow,
)
CHANGE_ORGANIZATION = Statement(
    "update app.organization set name = coalesce($1, name), generative_ai = coalesce($2, generative_ai),"
    " retention_days = case when $3 then $4 else retention_days end,"
    " spend_micros = case when $5 then $6 else spend_micros end,"
    " spend_tokens = case when $5 then $7 else spend_tokens end",
    nothing,
)
# What was spent this month before there was a limit counts from now on. Runs under way settle when they end.
COUNT_SPENDING = Statement(
    "insert into app.spending (run_id, user_id, month, tokens, cost_micros) select id, user_id, app.this_month(),"
    " input_tokens + output_tokens, coalesce(cost_micros, 0) from app.run"
    " where finished_at >= app.this_month()::timestamp at time zone 'utc' on conflict do nothing",
    nothing,
)

USERS = Statement(
    "select id, subject, address, name, email, role, locale, status, created_at, last_seen_at from app.app_user"
    " where ($1::uuid is null or id < $1) order by id desc limit $2",
    UserRow,
)
USER = Statement(
    "select id, subject, address, name, email, role, locale, status, created_at, last_seen_at from app.app_user"
    " where id = $1",
    UserRow,
)
LOCK_USER = Statement("select role from app.app_user where id = $1 for no key update", scalar)
CHANGE_USER = Statement(
    "update app.app_user set role = coalesce($2, role), name = case when $3 then $4 else name end,"
    " email = case when $5 then $6 else email end where id = $1",
    nothing,
)

COUNT_ORGANIZATION = Statement(
    "select (select count(*) from app.app_user), (select count(*) from app.session),"
    " (select count(*) from app.refresh_token), (select count(*) from app.conversation),"
    " (select count(*) from app.run), (select count(*) from app.message), (select count(*) from app.run_event),"
    " (select count(*) from app.file)",
    Counts,
)
COUNT_USER = Statement(
    "select (select count(*) from app.app_user where id = $1), (select count(*) from app.session where user_id = $1),"
    " (select count(*) from app.refresh_token t join app.session s on s.id = t.session_id where s.user_id = $1),"
    " (select count(*) from app.conversation where user_id = $1), (select count(*) from app.run where user_id = $1),"
    " (select count(*) from app.message where user_id = $1), (select count(*) from app.run_event where user_id = $1),"
    " (select count(*) from app.file where user_id = $1)",
    Counts,
)
# An erasure takes what it takes: one that the usual limit cuts off could never be done.
TAKE_TIME = Statement("select set_config('statement_timeout', '10min', true)", scalar)
# Leases before runs, as every write of a journal has it: two orders would be a deadlock.
STOP_ORGANIZATION = Statement("delete from app.run_lease", nothing)
STOP_USER = Statement("delete from app.run_lease l using app.run r where r.id = l.run_id and r.user_id = $1", nothing)
# Takes the runs from whoever executes them, within a heartbeat, and wakes those that wait for a person: the next to
# claim one asks whether it may go on, and ends it.
RELEASE_RUNS = Statement("update app.run_lease set holder = null, until = '-infinity'", nothing)
RELEASE_RUNS_OF_USER = Statement(
    "update app.run_lease l set holder = null, until = '-infinity' from app.run r where r.id = l.run_id"
    " and r.user_id = $1",
    nothing,
)
# Everything else of an organization, and of a user, goes by `on delete cascade`.
ERASE_ANSWERS = Statement("delete from app.idempotency", nothing)
# Queued messages, and the records of sent ones; whoever sends one at this moment finds it gone, or has sent it.
ERASE_DELIVERIES = Statement("delete from app.delivery", nothing)
ERASE_STREAMS = Statement("delete from app.audit_stream", nothing)
ERASE_DELIVERIES_OF_USER = Statement("delete from app.delivery where user_id = $1", nothing)
# Leases go before their runs, in the order of every journal's write: a cascade that begins at the run would deadlock.
ERASE_LEASES = Statement("delete from app.run_lease", nothing)
ERASE_LEASES_OF_USER = Statement(
    "delete from app.run_lease l using app.run r where r.id = l.run_id and r.user_id = $1", nothing
)
ERASE_ORGANIZATION = Statement("delete from app.organization returning org_id", scalar)
ERASE_DIRECTORY = Statement("delete from app.directory where org_id = $1", nothing)
ERASE_USER = Statement("delete from app.app_user where id = $1 returning id", scalar)


DEFAULT_REGION = Statement("select default_region from app.partner", scalar)
