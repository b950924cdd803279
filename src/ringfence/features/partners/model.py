"""What goes in and comes out: settings and API keys."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from ringfence.controls.identity import parse_origin
from ringfence.features.edge import Input, Line, Output
from ringfence.features.orgs.model import Spending, SpendingOut

DAY_SECONDS: Final = 86_400


def _origin(text: str) -> str:
    return str(parse_origin(text))


def _range(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("an address range is an IP address or a network such as 203.0.113.0/24") from None


Origin = Annotated[str, Field(max_length=300), AfterValidator(_origin)]
AddressRange = Annotated[str, Field(max_length=50), AfterValidator(_range)]
Region = Literal["eu", "us"]
# Time comes as text in JSON, so this one field is not strict.
Moment = Annotated[AwareDatetime, Field(strict=False)]
Overlap = Annotated[int, Field(ge=0, le=7 * DAY_SECONDS, description="Seconds for which the old one goes on.")]


class PartnerSettingsOut(Output):
    """A partner's settings; `issuer` and `status` are the operator's."""

    id: UUID
    name: str
    issuer: str
    status: str
    default_region: str
    default_retention_period: int
    allowed_origins: list[str]
    creates_organizations: bool
    security_contact: str | None
    default_spending: SpendingOut
    user_spending: SpendingOut
    created_at: datetime


class SettingsChange(Input):
    """What to change; what is left out stays. `security_contact` may be null."""

    name: Line | None = None
    default_region: Region | None = None
    default_retention_period: Annotated[int, Field(ge=1, le=90, description="Days.")] | None = None
    allowed_origins: Annotated[list[Origin], Field(max_length=50)] | None = None
    creates_organizations: bool | None = None
    security_contact: Line | None = None
    default_spending: Annotated[
        Spending | None, Field(description="For each organization without limits of its own.")
    ] = None
    user_spending: Annotated[Spending | None, Field(description="For each user of each organization.")] = None


class ApiKeyNew(Input):
    """A key to make; without scopes it may do what its maker may."""

    name: Annotated[str, Field(max_length=100)] = ""
    kind: Literal["live", "test"] = "live"
    scopes: Annotated[list[str], Field(max_length=50)] | None = None
    address_ranges: Annotated[list[AddressRange], Field(max_length=50, default_factory=list)]
    expires_at: Moment | None = None


class ApiKeyRotation(Input):
    """How long the old key goes on beside its successor."""

    overlap_seconds: Overlap = DAY_SECONDS


class ApiKeyOut(Output):
    """An API key; the key itself is shown once, when it is made."""

    id: UUID
    kind: str
    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_from: Annotated[str | None, Field(description="The address, as the keyed hash that the audit log has.")]
    use_count: int
    successor_id: UUID | None
    created_at: datetime


class ApiKeyShown(Output):
    """A key just made: `key` is shown now and never again."""

    id: UUID
    key: str
    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: datetime | None
