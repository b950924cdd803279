"""A client's name for a conversation. Keeps AGT-04, TEN-07 (in part).

The id of one of the caller's conversations is taken as it is. Any other name leads to the conversation whose id ends in
a keyed digest of user, agent and name: the same user with the same name comes back to it, nobody else can.

Proved in tests/agui/test_agui.py.
"""

from dataclasses import dataclass
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import AgentId, ConversationId, OrgId, UserId
from ringfence.controls.tenancy import OrgTx
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import queries

_TAIL_BYTES = 7


@dataclass(frozen=True, slots=True)
class Thread:
    """A name, as this user means it with this agent."""

    user_id: UserId
    agent_id: AgentId
    given: UUID | None
    digest: bytes

    async def find(self, tx: OrgTx) -> ConversationId | None:
        """Its conversation, once it has one; until the transaction ends nobody else gives it one."""
        lock = int.from_bytes(self.digest[-8:], signed=True)
        _, found = await tx.pipeline(
            queries.lock(lock), queries.find(self.given, self.user_id, self.agent_id, self._tail.hex())
        )
        return None if found[0] is None else ConversationId(found[0])

    def open(self) -> ConversationId:
        """The id of a conversation that it will lead to."""
        return ConversationId(ids.new(self._tail))

    @property
    def _tail(self) -> bytes:
        return self.digest[:_TAIL_BYTES]


def named(vault: Vault, org_id: OrgId, user_id: UserId, agent_id: AgentId, name: str) -> Thread:
    """The thread of this name."""
    digest = vault.blind_index(KeyOwner.user(org_id, user_id), fields.CONVERSATION_THREAD, f"{agent_id} {name}")
    return Thread(user_id, agent_id, ids.parse(name), digest)
