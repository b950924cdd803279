"""What goes in and comes out: organizations, users, certificates of erasure."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ringfence.features.edge import Input, Line, Output

Status = Literal["active", "restricted"]
Region = Literal["eu", "us"]
Days = Annotated[int, Field(ge=1, le=90, description="Days.")]


Limit = Annotated[int, Field(ge=0, le=10**15)]


class Spending(Input):
    """The most that models may cost in a calendar month (UTC), in millionths of a US dollar and in tokens."""

    monthly_micros: Limit | None = None
    monthly_tokens: Limit | None = None


class OrganizationSettings(Input):
    """What an organization may set; without a period or a limit the partner's default holds."""

    generative_ai: bool | None = None
    retention_period: Days | None = None
    spending: Spending | None = None


class OrganizationNew(Input):
    """An organization to make; `external_id` is the partner's own name for it, unique and fixed."""

    external_id: Line
    name: Line
    region: Region | None = None
    settings: OrganizationSettings | None = None


class OrganizationChange(Input):
    """What to change; what is left out stays."""

    name: Line | None = None
    status: Status | None = None
    settings: OrganizationSettings | None = None


class SpendingOut(Output):
    """The most that models may cost in a calendar month; null is no limit of its own."""

    monthly_micros: int | None
    monthly_tokens: int | None


class OrganizationSettingsOut(Output):
    """An organization's settings; what is null has the partner's default."""

    generative_ai: bool
    retention_period: int | None
    spending: SpendingOut


class OrganizationOut(Output):
    """One of the partner's organizations."""

    id: UUID
    external_id: str
    name: str
    region: str
    status: str
    settings: OrganizationSettingsOut
    created_at: datetime


class UserChange(Input):
    """What to rectify or restrict; what is left out stays, null clears."""

    status: Status | None = None
    role: Literal["admin", "member", "viewer"] | None = None
    display_name: Line | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\s@]{1,64}@[^\s@]{1,189}$")] | None = None


class UserOut(Output):
    """A shadow user: `external_id` is the `sub` of the partner's tokens, `address` a synthetic one, no mailbox."""

    id: UUID
    external_id: str
    address: str
    display_name: str | None
    email: str | None
    role: str
    locale: str | None
    status: str
    created_at: datetime
    last_seen_at: datetime


class Erased(Output):
    """What an erasure removed: rows by table, the key, and what is kept by law or purpose."""

    id: UUID
    erased_at: datetime
    rows: dict[str, int]
    key_destroyed: bool
    kept: list[str]


class KeyRotationOut(Output):
    """A rotation of an organization's keys and its users'.

    `sealing`: what lies under the old keys is sealed anew. `settling`: it is looked over once more. `kept`: done, and
    the old keys are kept for backups until `old_keys_until`. `done`: they are destroyed. `void`: the organization was
    erased.
    """

    id: UUID
    state: Literal["sealing", "settling", "kept", "done", "void"]
    cause: Literal["command", "age", "api"]
    percent: Annotated[int, Field(ge=0, le=100)]
    resealed: int
    damaged: int
    old_keys_until: datetime | None
    requested_at: datetime
    ended_at: datetime | None


class OrganizationKeysOut(Output):
    """The newest ten rotations of an organization's keys, newest first."""

    organization_id: UUID
    rotations: list[KeyRotationOut]
