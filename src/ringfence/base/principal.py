"""Who acts: the types. Only controls.identity makes a Principal (a lint holds that)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

PartnerId = NewType("PartnerId", UUID)
OrgId = NewType("OrgId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
KeyId = NewType("KeyId", UUID)
AgentId = NewType("AgentId", UUID)
ConversationId = NewType("ConversationId", UUID)
RunId = NewType("RunId", UUID)


class Role(StrEnum):
    """The built-in roles, from the widest to the narrowest, and the two that no person holds."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    MEMBER = "member"
    VIEWER = "viewer"
    GUEST = "guest"
    PARTNER = "partner"
    OPERATOR = "operator"


class ActorKind(StrEnum):
    """What kind of thing acts, as the audit log names it."""

    USER = "user"
    API_KEY = "api_key"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller: a user of one organization, or a partner's API key."""

    kind: ActorKind
    partner_id: PartnerId
    role: Role
    issued_at: datetime
    org_id: OrgId | None = None
    user_id: UserId | None = None
    session_id: SessionId | None = None
    expires_at: datetime | None = None
    key_id: KeyId | None = None
    signing_key_id: KeyId | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def actor_id(self) -> UUID:
        """The id that the audit log names: the user's, or the key's."""
        actor = self.user_id if self.user_id is not None else self.key_id
        return actor if actor is not None else self.partner_id
