"""Who acted, as an entry names it. Keeps AUD-01. Proved in tests/controls/test_audit.py."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ringfence.base.principal import ActorKind, Principal, UserId

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """The kind of who acted, and the id where there is one."""

    kind: str
    id: UUID | None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """The verified caller."""
        return cls(principal.kind.value, principal.actor_id)

    @classmethod
    def user(cls, user_id: UserId) -> Self:
        """A user whose token or refresh token was just verified, before there is a principal."""
        return cls(ActorKind.USER.value, user_id)

    @classmethod
    def operator(cls) -> Self:
        """Whoever runs the command line."""
        return cls(ActorKind.OPERATOR.value, None)

    @classmethod
    def system(cls, holder: UUID) -> Self:
        """A process of this deployment, on its own account."""
        return cls(ActorKind.SYSTEM.value, holder)

    @classmethod
    def unknown(cls) -> Self:
        """Somebody who proved nothing."""
        return cls(_UNKNOWN, None)
