"""What identity reads and writes: one statement each, inside the transaction of whoever calls.

Keeps EMB-01, EMB-04, EMB-05. Proved in tests/promises/test_embed.py.

NOTE on locks: who vouches holds the partner's row (which stands for its signing keys, too), then the directory's, then
the user's, then the session's, `for share` or stronger; who cuts off locks the same row first and takes the time after.
So each session that was vouched for before a cut-off is older than the cut-off's time. Order matters: no deadlock.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from ringfence.base.principal import KeyId, OrgId, SessionId, UserId
from ringfence.controls.tenancy import Statement, nothing, scalar

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """The partner's standing, locked until the transaction ends, and the transaction's time."""

    status: str
    sessions_from: datetime | None
    creates_organizations: bool
    default_region: str
    now: datetime


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """One of the partner's organizations."""

    org_id: OrgId
    status: str
    sessions_from: datetime | None


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization, its name sealed."""

    id: OrgId
    external_id: str
    name: bytes
    region: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user, name and address sealed."""

    id: UserId
    role: str
    status: str
    sessions_from: datetime | None
    name: bytes | None
    email: bytes | None
    address: bytes
    locale: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and the state of the key that vouched for it."""

    id: SessionId
    user_id: UserId
    signing_key_id: KeyId
    created_at: datetime
    expires_at: datetime
    is_over: bool
    is_ended: bool
    key_status: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """A refresh token's state: used or not, how long ago, and whether its child is still unused."""

    is_used: bool
    is_within_grace: bool
    is_childs_turn: bool


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A key's digest and standing; `now` is the time of the reading transaction."""

    digest: bytes
    scopes: list[str]
    address_ranges: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    partner_status: str
    now: datetime

    @property
    def networks(self) -> tuple[Network, ...]:
        """The ranges from which the key may be used; none means anywhere."""
        return tuple(ip_network(one) for one in self.address_ranges)


@dataclass(frozen=True, slots=True)
class ResumedRow:
    """A run's user as it stands now, with its organization and partner."""

    role: str
    user_status: str
    organization_status: str
    partner_status: str
    now: datetime


PARTNER = Statement(
    "select status, nullif(sessions_from, '-infinity'), creates_organizations, default_region, now()"
    " from app.partner for share",
    PartnerRow,
)
KEY_STANDING = Statement(
    "select status from app.signing_key where id = $1 and (expires_at is null or expires_at > now())",
    scalar,
)
DIRECTORY_BY_EXTERNAL_ID = Statement(
    "select org_id, status, nullif(sessions_from, '-infinity') from app.directory where external_id = $1 for share",
    DirectoryRow,
)
DIRECTORY = Statement(
    "select org_id, status, nullif(sessions_from, '-infinity') from app.directory where org_id = $1 for share",
    DirectoryRow,
)
USE_TOKEN = Statement(
    "insert into app.token_use (jti, expires_at) values ($1, $2) on conflict do nothing returning jti", scalar
)
REGISTER = Statement(
    "insert into app.directory (org_id, external_id, region) values ($1, $2, $3)"
    " on conflict do nothing returning org_id",
    scalar,
)
ADD_ORGANIZATION = Statement(
    "insert into app.organization (org_id, external_id, name, region) values ($1, $2, $3, $4)", nothing
)
ORGANIZATION = Statement("select org_id, external_id, name, region from app.organization", OrganizationRow)
RENAME_ORGANIZATION = Statement("update app.organization set name = $1", nothing)

USER_BY_SUBJECT = Statement(
    "select id, role, status, nullif(sessions_from, '-infinity'), name, email, address, locale from app.app_user"
    " where subject_index = $1 for no key update",
    UserRow,
)
ADD_USER = Statement(
    "insert into app.app_user (id, subject_index, subject, address, role) values ($1, $2, $3, $4, $5)"
    " on conflict (org_id, subject_index) do nothing",
    nothing,
)
RECTIFY_USER = Statement(
    "update app.app_user set name = coalesce($2, name), email = coalesce($3, email), role = $4,"
    " locale = coalesce($5, locale), last_seen_at = now() where id = $1",
    nothing,
)
USER_OF_SESSION = Statement(
    "select u.id, u.role, u.status, nullif(u.sessions_from, '-infinity'), u.name, u.email, u.address, u.locale"
    " from app.app_user u"
    " where u.id = (select s.user_id from app.session s where s.id = $1) for share",
    UserRow,
)
ADD_SESSION = Statement(
    "insert into app.session (id, user_id, signing_key_id, role, expires_at)"
    " values ($1, $2, $3, $4, now() + make_interval(secs => $5))",
    nothing,
)
# NOTE: locks the session alone; the key's standing is safe to read since the partner's row is held.
SESSION = Statement(
    "select s.id, s.user_id, s.signing_key_id, s.created_at, s.expires_at, s.expires_at <= now(),"
    " s.ended_at is not null, k.status, now() from app.session s left join app.signing_key k on k.id = s.signing_key_id"
    " where s.id = $1 for no key update of s",
    SessionRow,
)
END_SESSION = Statement(
    "update app.session set ended_at = clock_timestamp(), end_reason = $2"
    " where id = $1 and ended_at is null returning id",
    scalar,
)
END_OTHER_SESSIONS = Statement(
    "update app.session set ended_at = clock_timestamp(), end_reason = $2"
    " where user_id = $1 and ended_at is null and expires_at > now() returning id",
    scalar,
)
ADD_REFRESH = Statement("insert into app.refresh_token (hash, session_id, parent_hash) values ($1, $2, $3)", nothing)
REFRESH = Statement(
    "select t.used_at is not null,"
    " coalesce(t.used_at > clock_timestamp() - make_interval(secs => $3), false),"
    " exists (select from app.refresh_token c where c.session_id = $2 and c.parent_hash = t.hash and c.used_at is null)"
    " from app.refresh_token t where t.hash = $1 and t.session_id = $2",
    RefreshRow,
)
USE_REFRESH = Statement("update app.refresh_token set used_at = clock_timestamp() where hash = $1", nothing)

API_KEY = Statement(
    "select k.digest, k.scopes, k.address_ranges::text[], k.expires_at, k.revoked_at, p.status, now()"
    " from app.api_key k join app.partner p on p.partner_id = k.partner_id where k.id = $1 for share",
    ApiKeyRow,
)
COUNT_USE = Statement(
    "update app.api_key set last_used_at = now(), last_used_address_hash = $2, use_count = use_count + $3"
    " where id = $1",
    nothing,
)
RESUMED = Statement(
    "select u.role, u.status, o.status, p.status, now() from app.app_user u"
    " join app.organization o on o.org_id = u.org_id cross join app.partner p where u.id = $1",
    ResumedRow,
)

ALLOWED_ORIGINS = Statement("select allowed_origins from app.partner where status = 'active'", scalar)
FRAME = Statement(
    "select p.allowed_origins from app.partner p join app.agent a on a.partner_id = p.partner_id"
    " where a.id = $1 and a.status = 'active' and p.status = 'active'",
    scalar,
)
