"""The signed tenant context that every transaction carries. Keeps TEN-01, TEN-02.

The database verifies it once a statement (schema/0002_context.sql): whoever can run SQL can set any custom setting, so
the setting is worth nothing without the signature. Proved in tests/attacks/test_context.py.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from ringfence.base import clock
from ringfence.base.principal import OrgId, PartnerId, Principal, Role, UserId

PLATFORM_ID = UUID(int=0)
WIDE_ROLES = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER, Role.PARTNER, Role.OPERATOR})
"""Roles that see every row of their organization; all others see their own rows alone."""
_LIFETIME = timedelta(seconds=60)
_BLOCK_BYTES = 64


@dataclass(frozen=True, slots=True)
class OrgScope:
    """One organization, its partner, and who acts in it."""

    partner_id: PartnerId
    org_id: OrgId
    role: Role
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class PartnerScope:
    """One partner."""

    partner_id: PartnerId
    role: Role = Role.PARTNER


@dataclass(frozen=True, slots=True)
class PersonScope:
    """One person who logs in and may belong to several organizations."""

    person_id: UUID


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """What belongs to no tenant: limits, schedules, refused log-ins."""


Scope = OrgScope | PartnerScope | PersonScope | PlatformScope


def scope_of(principal: Principal) -> OrgScope:
    """The organization scope of a session's principal."""
    if principal.org_id is None:
        raise TypeError("this principal belongs to no organization")
    return OrgScope(principal.partner_id, principal.org_id, principal.role, principal.user_id)


@dataclass(frozen=True, slots=True)
class ContextKey:
    """An HMAC key and the name under which the database knows it."""

    kid: str
    secret: bytes

    def pads(self) -> tuple[bytes, bytes]:
        """The inner and outer pad of RFC 2104, as the database stores them."""
        block = self.secret.ljust(_BLOCK_BYTES, b"\0")
        return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)

    def sign(self, scope: Scope) -> bytes:
        """The setting's text for one transaction that starts within a minute."""
        expires = int((clock.now() + _LIFETIME).timestamp())
        body = f"v1|{self.kid}|{_fields(scope)}|{expires}"
        return f"{body}|{hmac.digest(self.secret, body.encode(), 'sha256').hex()}".encode()


def _fields(scope: Scope) -> str:
    """scope | scope id | partner | organization | person | user | owner | role"""
    match scope:
        case OrgScope():
            user = scope.user_id if scope.user_id is not None else ""
            owner = "*" if scope.role in WIDE_ROLES else user
            return f"org|{scope.org_id}|{scope.partner_id}|{scope.org_id}||{user}|{owner}|{scope.role.value}"
        case PartnerScope():
            return f"partner|{scope.partner_id}|{scope.partner_id}|||||{scope.role.value}"
        case PersonScope():
            return f"person|{scope.person_id}|||{scope.person_id}||||"
        case PlatformScope():
            return f"platform|{PLATFORM_ID}|||||||"


def narrowed(scope: PartnerScope, org_id: OrgId) -> OrgScope:
    """The scope of one of the partner's organizations, acting for the partner."""
    return OrgScope(scope.partner_id, org_id, scope.role)


def acting_as(scope: OrgScope, user_id: UserId, role: Role) -> OrgScope:
    """The same organization, as one of its users: only ever a narrower view."""
    return replace(scope, user_id=user_id, role=role)
