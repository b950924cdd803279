"""A partner's settings and API keys: one statement each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.base.principal import KeyId, PartnerId
from ringfence.controls.tenancy import Statement, nothing


@dataclass(frozen=True, slots=True)
class SettingsRow:
    """A partner's own row; name and contact sealed."""

    id: PartnerId
    name: bytes
    issuer: str
    status: str
    default_region: str
    default_retention_days: int
    allowed_origins: list[str]
    creates_organizations: bool
    security_contact: bytes | None
    spend_micros: int | None
    spend_tokens: int | None
    user_spend_micros: int | None
    user_spend_tokens: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An API key without its digest."""

    id: KeyId
    kind: str
    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str | None
    use_count: int
    successor_id: UUID | None
    created_at: datetime


ADD_PARTNER = Statement("insert into app.partner (name, issuer) values ($1, $2)", nothing)
SETTINGS = Statement(
    "select partner_id, name, issuer, status, default_region, default_retention_days, allowed_origins,"
    " creates_organizations, security_contact, spend_micros, spend_tokens, user_spend_micros, user_spend_tokens,"
    " created_at from app.partner",
    SettingsRow,
)
CHANGE_SETTINGS = Statement(
    "update app.partner set name = coalesce($1, name), default_region = coalesce($2, default_region),"
    " default_retention_days = coalesce($3, default_retention_days), allowed_origins = coalesce($4, allowed_origins),"
    " creates_organizations = coalesce($5, creates_organizations),"
    " security_contact = case when $6 then $7 else security_contact end,"
    " spend_micros = case when $8 then $9 else spend_micros end,"
    " spend_tokens = case when $8 then $10 else spend_tokens end,"
    " user_spend_micros = case when $11 then $12 else user_spend_micros end,"
    " user_spend_tokens = case when $11 then $13 else user_spend_tokens end",
    nothing,
)

ADD_API_KEY = Statement(
    "insert into app.api_key (id, digest, name, scopes, address_ranges, expires_at, created_by, kind)"
    " values ($1, $2, $3, $4, $5::text[]::cidr[], $6, $7, $8)",
    nothing,
)
API_KEY = Statement(
    "select id, kind, name, scopes, address_ranges::text[], expires_at, revoked_at, last_used_at,"
    " encode(last_used_address_hash, 'hex'), use_count, successor_id, created_at from app.api_key where id = $1",
    ApiKeyRow,
)
API_KEY_TO_ROTATE = Statement(
    "select id, kind, name, scopes, address_ranges::text[], expires_at, revoked_at, last_used_at,"
    " encode(last_used_address_hash, 'hex'), use_count, successor_id, created_at"
    " from app.api_key where id = $1 for no key update",
    ApiKeyRow,
)
API_KEYS = Statement(
    "select id, kind, name, scopes, address_ranges::text[], expires_at, revoked_at, last_used_at,"
    " encode(last_used_address_hash, 'hex'), use_count, successor_id, created_at"
    " from app.api_key where ($1::uuid is null or id < $1) order by id desc limit $2",
    ApiKeyRow,
)
SUCCEED_API_KEY = Statement(
    "update app.api_key set successor_id = $2, expires_at = least(expires_at, now() + make_interval(secs => $3))"
    " where id = $1",
    nothing,
)
