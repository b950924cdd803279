"""A partner's signing keys and key sets: one statement each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class SigningKeyRow:
    """A registration: a key by itself, or a set with its keys; `keys` and `refused` are JSON."""

    id: UUID
    kid: str | None
    algorithm: str | None
    public_key_pem: str | None
    jwks_url: str | None
    status: str
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    fetched_at: datetime | None
    last_error: str | None
    keys: str
    refused: str


ADD_SIGNING_KEY = Statement(
    "insert into app.signing_key (id, kid, algorithm, public_key_pem) values ($1, $2, $3, $4)"
    " on conflict (partner_id, kid) do nothing returning id",
    scalar,
)
ADD_SECRET = Statement("insert into app.signing_secret (key_id, secret) values ($1, $2)", nothing)
# An overlap never lengthens a life that is set already. A key of a set goes with the set.
EXPIRE_SIGNING_KEY = Statement(
    "update app.signing_key set expires_at = least(expires_at, now() + make_interval(secs => $2))"
    " where id = $1 and status = 'active' and set_id is null returning id",
    scalar,
)
EXPIRE_KEY_SET = Statement(
    "update app.key_set set expires_at = least(expires_at, now() + make_interval(secs => $2))"
    " where id = $1 and status = 'active' returning id",
    scalar,
)
# The partner's row stands for its keys: two that register at once count one after the other.
HOLD_SETS = Statement("select partner_id from app.partner for no key update", scalar)
ACTIVE_SETS = Statement(
    "select count(*) from app.key_set where status = 'active' and (expires_at is null or expires_at > now())", scalar
)
LISTED = Statement(
    "select x.id, x.kid, x.algorithm, x.pem, x.url, x.status, x.expires_at, x.created_at, x.revoked_at, x.used_at,"
    " x.fetched_at, x.error, x.keys, x.refused from ("
    "select k.id, k.kid, k.algorithm, nullif(k.public_key_pem, '') as pem, null as url,"
    " case when k.status = 'active' and k.expires_at <= now() then 'expired' else k.status end as status,"
    " k.expires_at, k.created_at, k.revoked_at, u.used_at, null::timestamptz as fetched_at, null as error,"
    " '[]' as keys, '[]' as refused"
    " from app.signing_key k left join app.signing_key_use u on u.partner_id = k.partner_id and u.key_id = k.id"
    " where k.set_id is null and ($1::uuid is null or k.id = $1)"
    " union all "
    "select s.id, null, null, null, s.url,"
    " case when s.status = 'active' and s.expires_at <= now() then 'expired'"
    " when s.status = 'active' and f.fetched_at <= now() - interval '24 hours' then 'stale' else s.status end,"
    " s.expires_at, s.created_at, s.revoked_at, y.used_at, f.fetched_at, f.error, y.keys, f.refused::text"
    " from app.key_set s join app.key_set_fetch f on f.partner_id = s.partner_id and f.set_id = s.id"
    " cross join lateral (select max(u.used_at) as used_at, coalesce(json_agg(json_build_object("
    "'id', k.id, 'kid', k.kid, 'algorithm', k.algorithm, 'last_used_at', u.used_at, 'status',"
    " case when k.status = 'active' and k.expires_at <= now() then 'withdrawn' else k.status end)"
    " order by k.id desc)::text, '[]') as keys from app.signing_key k"
    " left join app.signing_key_use u on u.partner_id = k.partner_id and u.key_id = k.id"
    " where k.partner_id = s.partner_id and k.set_id = s.id) y"
    " where $1::uuid is null or s.id = $1"
    ") x where ($2::uuid is null or x.id < $2) order by x.id desc limit $3",
    SigningKeyRow,
)
