"""What of the canaries no API can make: their partners, with an API key each; and where it is written that they are."""

from dataclasses import dataclass
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId
from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class CanaryRow:
    """A canary organization that was planted."""

    name: str
    partner_id: PartnerId
    org_id: OrgId


ADD_PARTNER = Statement(
    "insert into app.partner (name, issuer) values ($1, $2) on conflict do nothing returning partner_id", scalar
)
PARTNER = Statement("select status from app.partner", scalar)
REVOKED_KEYS = Statement("select count(*) from app.api_key where revoked_at is not null", scalar)
# A release that has more scopes gives them to the key that is there: it may be asked for what is new.
ADD_API_KEY = Statement(
    "insert into app.api_key as k (id, digest, name, scopes, kind) values ($1, $2, 'canary', $3, 'test')"
    " on conflict (partner_id, id) do update set scopes = excluded.scopes"
    " where k.scopes is distinct from excluded.scopes returning id",
    scalar,
)
PLANTED = Statement("select name, partner_id, org_id from app.canary order by name", CanaryRow)
NOTE_PLANTED = Statement(
    "insert into app.canary (name, partner_id, org_id) values ($1, $2, $3)"
    " on conflict (name) do update set partner_id = excluded.partner_id, org_id = excluded.org_id",
    nothing,
)


def note(name: str, partner_id: UUID, org_id: UUID) -> CanaryRow:
    """The row of a canary."""
    return CanaryRow(name, PartnerId(partner_id), OrgId(org_id))
