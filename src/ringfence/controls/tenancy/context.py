"""The signed tenant context that every transaction carries. Keeps TEN-01, TEN-02.

The database verifies it once a statement (schema/0002_context.sql): whoever can run SQL can set any custom setting, so
the setting is worth nothing without the signature. Proved in tests/attacks/test_context.py.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID

from ringfence.base import clock
from ringfence.base.crypto import HmacSha256
from ringfence.base.principal import OrgId, PartnerId, Principal, Role, UserId

PLATFORM_ID = UUID(int=0)
WIDE_ROLES = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER, Role.PARTNER, Role.OPERATOR})
"""Roles that see every row of their organization; all others see their own rows alone."""
_LIFETIME_SECONDS = 60
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
    secret: bytes = field(repr=False)
    _mac: HmacSha256 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Makes the key's hash states once; each signature copies them."""
        object.__setattr__(self, "_mac", HmacSha256(self.secret))

    def pads(self) -> tuple[bytes, bytes]:
        """The inner and outer pad of RFC 2104, as the database stores them."""
        block = self.secret.ljust(_BLOCK_BYTES, b"\0")
        return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)

    def sign(self, scope: Scope) -> bytes:
        """The setting's text for one transaction that starts within a minute."""
        expires = int(clock.now().timestamp()) + _LIFETIME_SECONDS
        body = f"v1|{self.kid}|{_fields(scope)}|{expires}".encode()
        return b"%b|%b" % (body, self._mac.digest(body).hex().encode())


def _fields(scope: Scope) -> str:
    """The fields from scope to role, in the order that the database reads."""
    match scope:
        case OrgScope():
            org, partner = _hex(scope.org_id), _hex(scope.partner_id)
            user = _hex(scope.user_id) if scope.user_id is not None else ""
            owner = "*" if scope.role in WIDE_ROLES else user
            return f"org|{org}|{partner}|{org}||{user}|{owner}|{scope.role}"
        case PartnerScope():
            partner = _hex(scope.partner_id)
            return f"partner|{partner}|{partner}|||||{scope.role}"
        case PersonScope():
            person = _hex(scope.person_id)
            return f"person|{person}|||{person}|||"
        case PlatformScope():
            return f"platform|{_hex(PLATFORM_ID)}||||||"


def _hex(identifier: UUID) -> str:
    # Postgres reads a uuid without its dashes as well, and Python writes it so in a fifth of the time.
    return identifier.bytes.hex()


def narrowed(scope: PartnerScope, org_id: OrgId) -> OrgScope:
    """The scope of one of the partner's organizations, acting for the partner."""
    return OrgScope(scope.partner_id, org_id, scope.role)


def acting_as(scope: OrgScope, user_id: UserId, role: Role) -> OrgScope:
    """The same organization, as one of its users: only ever a narrower view."""
    return replace(scope, user_id=user_id, role=role)
