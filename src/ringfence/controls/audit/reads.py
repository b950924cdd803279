"""Reads, counted per actor, route, address and minute. Keeps AUD-01 and KEY-02 (the log's part).

A read writes nothing of its own: the process counts it, one statement a second writes what all of its scopes have, and
the schedule seals what was counted into entries once its minute is over. A process that stops writes what it holds; one
that is killed loses the reads of its last second. Proved in tests/promises/test_recording.py.
"""

from typing import Final, NamedTuple, final
from uuid import UUID

from ringfence.base import clock
from ringfence.base.principal import Principal
from ringfence.base.problem import unavailable
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.origin import AddressHasher, network_of
from ringfence.controls.audit.tally import MINUTE_S, Tally
from ringfence.controls.tenancy import PLATFORM_ID, Database, gate

MOST: Final = 50_000
"""How many different counts a process holds before it refuses to read more: it must not lose one."""
_SEALED_AT_ONCE: Final = 5000


class Read(NamedTuple):
    """What is counted together."""

    scope: str
    scope_id: UUID
    minute: int
    """Since 1970."""
    actor_kind: str
    actor_id: UUID
    route: str
    permission: str
    address: str


@final
class Reads:
    """What this process counted and has not written yet."""

    def __init__(self, database: Database, addresses: AddressHasher) -> None:
        self._database = database
        self._addresses = addresses
        self._tally = Tally[Read](lambda counted: gate.count_reads(database, counted), self._row)

    def check_room(self) -> None:
        """Returns while another read can be counted; Problem 503 `not_recorded` otherwise, for it would be lost."""
        if len(self._tally) >= MOST:
            raise unavailable("not_recorded", "Reads cannot be recorded at the moment, so there are none.")

    def note(self, caller: Principal, *, route: str, permission: str, address: str, org_id: UUID | None = None) -> None:
        """Counts a read in the caller's own log, and in the log of the organization that a partner's key reads."""
        actor = Actor.of(caller)
        minute = int(clock.now().timestamp()) // MINUTE_S
        of_caller = ("partner", caller.partner_id) if caller.org_id is None else ("org", caller.org_id)
        scopes = [of_caller] if org_id is None or caller.org_id is not None else [of_caller, ("org", org_id)]
        for scope, scope_id in scopes:
            read = Read(scope, scope_id, minute, actor.kind, actor.id or PLATFORM_ID, route, permission, address)
            self._tally.add(read)

    async def flush(self) -> int:
        """Writes what was counted, in one statement; gives how many rows. What cannot be written is kept."""
        return await self._tally.flush()

    async def run(self) -> None:
        """Writes once a second, until cancelled."""
        await self._tally.run()

    async def enter(self) -> int:
        """Makes entries of the minutes that are over, for all processes; gives how many."""
        sealed = 0
        while some := await gate.enter_counts(self._database, most=_SEALED_AT_ONCE):
            sealed += some
        return sealed

    def _row(self, read: Read, count: int) -> dict[str, object]:
        return {
            **read._asdict(),
            "address": None,
            "address_hash": self._addresses.hash(read.scope_id, read.address).hex(),
            "network": network_of(read.address),
            "count": count,
        }
