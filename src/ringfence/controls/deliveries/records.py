"""What became of messages, and another beginning for one that was given up. Keeps HOK-02, TEN-10.

Proved in tests/controls/test_deliveries.py.
"""

from uuid import UUID

from ringfence.controls.audit import Action, Actor, Log, Origin, entry
from ringfence.controls.tenancy import Database, OrgScope, PartnerScope, gate
from ringfence.controls.tenancy.gate import DeliveryRow

__all__ = ["DeliveryRow", "list_", "replay"]


async def list_(database: Database, *, status: str | None = None, most: int = 50) -> list[DeliveryRow]:
    """The newest, of one status or of all: ids, codes and times, never what they say."""
    return await gate.deliveries(database, status=status, most=most)


async def replay(database: Database, delivery_id: UUID) -> bool:
    """Sends again what was given up, with the same Message-ID; False where no such message is.

    Whose message it is finds that in its own log (TEN-10), beside the command in the platform's.
    """
    own = await gate.log_of_delivery(database, delivery_id)
    if own is None:
        return False
    replayed = entry(
        Actor.operator(),
        Action.DELIVERY_REPLAYED,
        target=delivery_id,
        origin=Origin.internal(),
        within=own.scope_id,
    )
    match Log(own.scope, own.scope_id).reader:
        case OrgScope() as scope:
            opened = database.org(scope)
        case PartnerScope() as scope:
            opened = database.partner(scope)
        case _:
            opened = database.platform()
    async with opened as tx:
        if not await tx.get(gate.replay_delivery(delivery_id)):
            return False
        await tx.run(replayed)
    return True
