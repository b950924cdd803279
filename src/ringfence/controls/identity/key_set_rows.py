"""What key sets read and write: one statement each. Keeps EMB-01, EMB-05. Proved in tests/promises/test_key_sets.py.

NOTE on locks: the set's row stands for its list of keys. A fetch and a revocation take it first, so that no key is
added to a set that is revoked; neither waits for the other while it holds a key.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.base.principal import KeyId
from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A set that this process is to fetch now, and since when."""

    id: UUID
    url: str
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class FetchRow:
    """How the last fetch went; `refused` is JSON."""

    error: str | None
    refused: str
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A key of the set, or of the partner under a name that the set uses, too."""

    id: KeyId
    kid: str
    public_key_pem: str
    is_of_set: bool
    is_revoked: bool
    is_withdrawn: bool


ADD_KEY_SET = Statement("insert into app.key_set (id, url) values ($1, $2)", nothing)
ADD_FETCH = Statement("insert into app.key_set_fetch (set_id) values ($1)", nothing)
# One process gets each set, and no set more than once a minute: whoever is second sees the time of the first.
CLAIM = Statement(
    "update app.key_set_fetch f set attempted_at = clock_timestamp() from app.key_set s"
    " where s.partner_id = f.partner_id and s.id = f.set_id and s.status = 'active'"
    " and (s.expires_at is null or s.expires_at > now()) and f.attempted_at < clock_timestamp() - interval '1 minute'"
    " returning s.id, s.url, f.attempted_at",
    ClaimedRow,
)
LOCK_KEY_SET = Statement("select id from app.key_set where id = $1 and status = 'active' for no key update", scalar)
FETCH = Statement("select error, refused::text, attempted_at from app.key_set_fetch where set_id = $1", FetchRow)
KNOWN = Statement(
    "select id, kid, public_key_pem, set_id is not distinct from $1, status = 'revoked',"
    " coalesce(expires_at <= now(), false) from app.signing_key where set_id = $1 or kid = any($2)",
    KnownRow,
)
FORGET = Statement(
    "delete from app.signing_key where set_id = $1 and status = 'active' and expires_at < now() - interval '7 days'",
    nothing,
)
ADD_KEY = Statement(
    "insert into app.signing_key (id, kid, algorithm, public_key_pem, set_id) values ($1, $2, $3, $4, $5)"
    " on conflict (partner_id, kid) do nothing",
    nothing,
)
WITHDRAW = Statement("update app.signing_key set expires_at = now() where id = any($1)", nothing)
RESTORE = Statement("update app.signing_key set expires_at = null where id = any($1)", nothing)
FETCHED = Statement(
    "update app.key_set_fetch set fetched_at = clock_timestamp(), error = $2, refused = $3::text::jsonb"
    " where set_id = $1",
    nothing,
)
FAILED = Statement(
    "update app.key_set_fetch set error = $2 where set_id = $1 and error is distinct from $2 returning set_id", scalar
)
