"""Secrets' rows, without their values: one statement each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret as it is listed."""

    id: UUID
    organization_id: UUID
    name: str
    allowed_hosts: list[str]
    version: int
    created_at: datetime
    replaced_at: datetime | None
    last_used_at: datetime | None
    use_count: int


# Keeps two changes of one organization's secrets apart.
LOCK = Statement("select org_id from app.organization for no key update", scalar)
BY_NAME = Statement("select id from app.secret where name = $1", scalar)
COUNT = Statement("select count(*) from app.secret", scalar)
ADD = Statement("insert into app.secret (id, name, value, allowed_hosts) values ($1, $2, $3, $4)", nothing)
REPLACE = Statement("update app.secret set value = $2, allowed_hosts = $3 where id = $1", nothing)
DELETE = Statement("delete from app.secret where id = $1 returning id", scalar)
SECRET = Statement(
    "select id, org_id, name, allowed_hosts, version, created_at, replaced_at, last_used_at, use_count from app.secret "
    "where id = $1",
    SecretRow,
)
SECRETS = Statement(
    "select id, org_id, name, allowed_hosts, version, created_at, replaced_at, last_used_at, use_count from app.secret "
    "where ($1::uuid is null or id < $1) order by id desc limit $2",
    SecretRow,
)
