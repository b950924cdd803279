"""What became of messages, and another beginning for one that was given up. Keeps HOK-02.

Proved in tests/controls/test_deliveries.py.
"""

from uuid import UUID

from ringfence.controls.audit import Action, Actor, Origin, entry
from ringfence.controls.tenancy import Database, gate
from ringfence.controls.tenancy.gate import DeliveryRow

__all__ = ["DeliveryRow", "list_", "replay"]


async def list_(database: Database, *, status: str | None = None, most: int = 50) -> list[DeliveryRow]:
    """The newest, of one status or of all: ids, codes and times, never what they say."""
    return await gate.deliveries(database, status=status, most=most)


async def replay(database: Database, delivery_id: UUID) -> bool:
    """Sends again what was given up, with the same Message-ID; False where no such message is."""
    async with database.platform() as tx:
        if not await tx.get(gate.replay_delivery(delivery_id)):
            return False
        await tx.run(entry(Actor.operator(), Action.COMMAND_RUN, origin=Origin.internal(), command="deliveries_replay"))
    return True
