"""What goes in and comes out: partners' tokens, sessions, and the caller's own description."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from ringfence.controls.identity import Grant, Person, Tenant
from ringfence.features.edge import Input, Output


class TokenIn(Input):
    """A token signed by the partner's server."""

    token: Annotated[str, Field(min_length=1, description="JWT signed with one of the partner's registered keys.")]


class RefreshIn(Input):
    """A refresh token; each buys one successor."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=256)]


class SessionUserOut(Output):
    """The user, as the partner's claims have it."""

    id: UUID
    display_name: str | None
    email: str | None
    role: str
    locale: Annotated[str | None, Field(description="A BCP 47 tag, where a token gave one.")]

    @classmethod
    def of(cls, person: Person) -> Self:
        """The person's public shape."""
        return cls(
            id=person.id,
            display_name=person.display_name,
            email=person.email,
            role=person.role.value,
            locale=person.locale,
        )


class TenantOut(Output):
    """The organization of the session."""

    id: UUID
    external_id: str
    name: str
    region: str

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """The organization's public shape."""
        return cls(id=tenant.id, external_id=tenant.external_id, name=tenant.name, region=tenant.region)


class SessionOut(Output):
    """A session: send `session_token` as Bearer; renew with `refresh_token` before `expires_in` seconds are over."""

    session_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6749
    expires_in: int
    refresh_token: str
    user: SessionUserOut
    organization: TenantOut

    @classmethod
    def of(cls, grant: Grant) -> Self:
        """The grant's public shape; the one place where its refresh token is shown."""
        return cls(
            session_token=grant.session_token,
            expires_in=grant.expires_in,
            refresh_token=grant.refresh_token.reveal().decode("ascii"),
            user=SessionUserOut.of(grant.user),
            organization=TenantOut.of(grant.organization),
        )


class MeOut(Output):
    """Who the caller is and what it may do."""

    user: SessionUserOut
    organization: TenantOut
    session_expires_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})] | None
    permissions: list[str]
