"""What can be done to a conversation: open one, delete one."""

from ringfence.base import ids
from ringfence.base.principal import AgentId, ConversationId, Principal
from ringfence.base.problem import not_found
from ringfence.controls import audit
from ringfence.controls.tenancy import OrgTx

from . import queries


async def create(tx: OrgTx, caller: Principal, agent_id: AgentId, *, origin: audit.Origin) -> queries.ConversationRow:
    """A new conversation of the caller; raises the 404 that unknown and foreign agents share."""
    if caller.user_id is None:
        raise not_found()
    new_id = ConversationId(ids.new())
    row = await tx.get(queries.insert(new_id, user_id=caller.user_id, agent_id=agent_id))
    created = audit.Action.CONVERSATION_CREATED
    await tx.run(audit.entry(caller, created, target=new_id, origin=origin, agent_id=agent_id))
    return row


async def delete(tx: OrgTx, caller: Principal, conversation_id: ConversationId, *, origin: audit.Origin) -> None:
    """Deletes a conversation with all that was said and done in it; raises 404.

    What runs in it stops: its lease goes with its row, so its process can write nothing more and drops it within a
    second. Refusing until it is cancelled would only let a user wait for the same end.
    """
    going = await tx.get(queries.count(conversation_id))
    await tx.run(
        # Leases before runs, as every write of a journal has it: two orders would be a deadlock.
        queries.stop(conversation_id),
        queries.delete(conversation_id),
        audit.entry(
            caller,
            audit.Action.CONVERSATION_DELETED,
            target=conversation_id,
            origin=origin,
            runs=going.runs,
            messages=going.messages,
        ),
    )
